"""The words for every code that people get to see, with the tone of their lozenge. Codes are stable; words may change.

A code without words here is shown as it is, its underscores as spaces: a new state of a feed must never break a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from handlers import desk_labels, exchange_labels, labels_rights, rights_labels
from handlers.i18n import gettext_noop, language, translate
from handlers.label import Label

STATES = {
    "pending_licence": Label(gettext_noop("Awaiting licence")),
    "evaluating": Label(gettext_noop("Evaluating"), "information"),
    "extended": Label(gettext_noop("Extended"), "information"),
    "cancelled": Label(gettext_noop("Cancelled, still running"), "warning"),
    "grace": Label(gettext_noop("Grace period"), "warning"),
    "lost_expired": Label(gettext_noop("Lost: ran out")),
    "lost_cancelled": Label(gettext_noop("Lost: cancelled")),
    "won": Label(gettext_noop("Won"), "success"),
    "renewed": Label(gettext_noop("Renewed"), "success"),
    "past_due": Label(gettext_noop("Payment past due"), "warning"),
    "cancelling": Label(gettext_noop("Leaving"), "warning"),
    "churned": Label(gettext_noop("Left")),
    "refunded": Label(gettext_noop("Refunded")),
    "free": Label(gettext_noop("Free licence")),
    "unknown_type": Label(gettext_noop("Unknown licence type"), "discovery"),
}

FLAGS = {
    "returning": Label(gettext_noop("Came back"), "discovery"),
    "migrating": Label(gettext_noop("Migrating"), "discovery"),
    "quoted": Label(gettext_noop("Quote accepted"), "success"),
    "internal": Label(gettext_noop("Internal")),
    "sandbox_only": Label(gettext_noop("Sandbox only")),
    "erased": Label(gettext_noop("Erased"), "danger"),
    "expired": Label(gettext_noop("No longer kept"), "danger"),
    "restricted": Label(gettext_noop("Restricted to storage"), "danger"),
}

CONSENT = {
    "unknown": Label(
        gettext_noop("Not known"), "neutral", gettext_noop("Do not contact: there is no legal basis yet.")
    ),
    "notice_due": Label(
        gettext_noop("Notice due"),
        "warning",
        gettext_noop("The first message must tell them where their details come from; it is due within one month."),
    ),
    "legitimate_interest": Label(
        gettext_noop("Legitimate interest"),
        "information",
        gettext_noop("They have been told where their details come from and have not objected."),
    ),
    "requested": Label(
        gettext_noop("Consent asked"), "information", gettext_noop("Do not contact: their answer is awaited.")
    ),
    "granted": Label(
        gettext_noop("Consent given"), "success", gettext_noop("They agreed and can change their mind at any time.")
    ),
    "refused": Label(gettext_noop("Refused"), "danger", gettext_noop("Do not contact, and do not ask again.")),
    "lapsed": Label(
        gettext_noop("No answer"), "neutral", gettext_noop("Do not contact: they left the request unanswered.")
    ),
    "expired": Label(
        gettext_noop("Consent expired"), "neutral", gettext_noop("Do not contact: their consent ran out.")
    ),
    "needs_refresh": Label(
        gettext_noop("Consent to renew"),
        "warning",
        gettext_noop("Do not contact: the policy has changed since they agreed."),
    ),
    "withdrawn": Label(
        gettext_noop("Withdrawn"), "danger", gettext_noop("Do not contact: they took their consent back.")
    ),
    "objected": Label(gettext_noop("Objected"), "danger", gettext_noop("Do not contact. Only they can undo this.")),
    "invalidated": Label(
        gettext_noop("Invalidated"), "danger", gettext_noop("Do not contact: this consent was annulled.")
    ),
}

# The same states, told to the person themself.
CONSENT_TOLD = {
    "unknown": Label(gettext_noop("We do not contact you.")),
    "notice_due": Label(
        gettext_noop("We have not contacted you. Our first message will tell you where we have your details.")
    ),
    "legitimate_interest": Label(
        gettext_noop("We may contact you about the apps you tried (our legitimate interest), until you object.")
    ),
    "requested": Label(gettext_noop("We asked for your consent. Until you give it we do not contact you.")),
    "granted": Label(gettext_noop("You agreed that we contact you. You can change your mind at any time.")),
    "refused": Label(gettext_noop("You refused. We do not contact you.")),
    "lapsed": Label(gettext_noop("You did not answer our request. We do not contact you.")),
    "expired": Label(gettext_noop("Your consent has run out. We do not contact you.")),
    "needs_refresh": Label(gettext_noop("Our policy has changed. We do not contact you unless you agree again.")),
    "withdrawn": Label(gettext_noop("You took your consent back. We do not contact you.")),
    "objected": Label(gettext_noop("You objected. We do not contact you.")),
    "invalidated": Label(gettext_noop("Your consent was annulled. We do not contact you.")),
}

PURPOSES = {
    "prospect": Label(gettext_noop("Prospecting")),
    "news": Label(gettext_noop("News")),
    "survey": Label(gettext_noop("Surveys")),
    "tracking": Label(gettext_noop("Tracking")),
    "analytics": Label(gettext_noop("Statistics")),
    "reference_list": Label(gettext_noop("Reference list")),
}

CHANNELS = {
    "email": Label(gettext_noop("E-mail")),
    "phone": Label(gettext_noop("Phone")),
    "fax": Label(gettext_noop("Fax")),
    "post": Label(gettext_noop("Post")),
    "web": Label(gettext_noop("Web")),
    "*": Label(gettext_noop("All channels")),
}

BASES = {
    "legitimate_interest": Label(gettext_noop("Legitimate interest")),
    "consent": Label(gettext_noop("Consent")),
    "contract": Label(gettext_noop("Contract")),
    "legal_obligation": Label(gettext_noop("Legal obligation")),
    "objection": Label(gettext_noop("Objection")),
}

TIMELINE = {
    "evaluation_started": Label(gettext_noop("Evaluation started"), "information"),
    "extended": Label(gettext_noop("Evaluation extended"), "information"),
    "cancelled": Label(gettext_noop("Evaluation cancelled"), "warning"),
    "ends": Label(gettext_noop("Licence ends")),
    "expired": Label(gettext_noop("Evaluation ran out")),
    "lost_expired": Label(gettext_noop("Evaluation ran out")),
    "lost_cancelled": Label(gettext_noop("Evaluation ended, cancelled")),
    "won": Label(gettext_noop("Licence bought"), "success"),
    "renewed": Label(gettext_noop("Licence renewed"), "success"),
    "churned": Label(gettext_noop("Licence ended")),
    "refunded": Label(gettext_noop("Purchase refunded"), "warning"),
    "arrived": Label(gettext_noop("Came to the listing"), "information"),
    "feedback": Label(gettext_noop("Said why they left")),
    "quoted": Label(gettext_noop("Quote accepted"), "success"),
    "consent": Label(gettext_noop("Consent"), "discovery"),
}

LINKS = {
    "site": Label(gettext_noop("Same Atlassian site")),
    "host": Label(gettext_noop("Same host licence")),
    "licence": Label(gettext_noop("Same licence")),
    "mailbox": Label(gettext_noop("Same mailbox")),
    "domain": Label(gettext_noop("Same company domain")),
    "company": Label(gettext_noop("Same company name within one domain")),
    "decision": Label(gettext_noop("Decided by staff")),
}

SOURCES = {
    "atlassian_marketplace": Label(gettext_noop("Atlassian Marketplace")),
    "marketplace": Label(gettext_noop("Atlassian Marketplace")),
    "choices": Label(gettext_noop("The person’s own choice")),
    "unsubscribe": Label(gettext_noop("The person’s own unsubscribe link")),
    "confirmation": Label(gettext_noop("The person’s own confirmation")),
    "officer": Label(gettext_noop("A privacy officer, with evidence")),
    "clock": Label(gettext_noop("It ran out")),
    "notice": Label(gettext_noop("The notice that was sent to them")),
    "staff": Label(gettext_noop("Staff")),
    "system": Label(gettext_noop("System")),
}

RULES = {
    "identification.prospect": Label(gettext_noop("prospects, from the last step they took themselves")),
    "identification.client": Label(gettext_noop("customers, from the end of their last licence")),
}

# What a person may be read for.
READING_PURPOSES = {
    "prospecting": Label(gettext_noop("Prospecting")),
    "support": Label(gettext_noop("Support")),
    "rights": Label(gettext_noop("Rights of the person")),
}

KINDS = {
    "state": STATES,
    "flag": FLAGS,
    "consent": CONSENT,
    "told": CONSENT_TOLD,
    "purpose": PURPOSES,
    "channel": CHANNELS,
    "basis": BASES,
    "timeline": TIMELINE,
    "link": LINKS,
    "source": SOURCES,
    "rule": RULES,
    "reading": {**READING_PURPOSES, **desk_labels.OTHER_PURPOSES},
    **desk_labels.KINDS,
    **rights_labels.KINDS,
    **exchange_labels.KINDS,
    **{kind: {code: Label(text) for code, text in words.items()} for kind, words in labels_rights.KINDS.items()},
}


def by_purpose(rows: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows of `consent.current`, gathered by purpose: prospecting first, as it is what people come for."""
    order = list(PURPOSES)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["purpose"], []).append(row)
    return sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))


def label(code: str, kind: str) -> str:
    """The words for `code` in the reader's language. Plain text: whoever shows it has to escape it."""
    return translate(language(), _find(code, kind).text)


def tone(code: str, kind: str) -> str:
    """The tone of the lozenge of `code`; always one of the style sheet's own."""
    return _find(code, kind).tone


def explanation(code: str, kind: str) -> str:
    """One sentence about `code` in the reader's language, or nothing."""
    return translate(language(), _find(code, kind).help)


def _find(code: str, kind: str) -> Label:
    return KINDS[kind].get(code) or Label(str(code).replace("_", " ").capitalize())
