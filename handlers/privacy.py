"""What people decide for themselves, by signed links: no account, no cookie, no script. GET never changes anything."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from handlers.i18n import gettext_noop, language, translate
from handlers.parts import parts
from models.consent import SignedLink
from models.register import LIMITS, PURPOSES, Language
from services import choices, consent_record, links, opt_in
from services.marketplace.people import living

blueprint = Blueprint("privacy", __name__)

# What the person declares; the ledger keeps a hash of the words as they were shown.
OBJECTION = gettext_noop("I object to the use of my personal data for prospecting, on every channel.")
UNSUBSCRIPTION = gettext_noop("I no longer want to be contacted for prospecting.")
AGREEMENT = gettext_noop("I agree to be contacted for what I have ticked. I can take this back here at any time.")
CONFIRMATION = gettext_noop("I agree to be contacted for this. I can take it back at any time:")
AGE = gettext_noop("I am older than %(age)s, or a person with parental authority over me agrees.")
UNSUBSCRIBED = gettext_noop("You are unsubscribed")
UNSUBSCRIBED_TEXT = gettext_noop("We no longer contact you for prospecting. You need do nothing more.")
AGREED = gettext_noop("You have agreed")
AGREED_TEXT = gettext_noop("You can take it back at any time: each of our letters has the link.")
DECLINED = gettext_noop("You have declined")
DECLINED_TEXT = gettext_noop("We do not contact you for it. You need do nothing more.")
SAVED = {
    "none": gettext_noop("Your choices are saved."),
    "sent": gettext_noop(
        "Your choices are saved. What is new counts once you confirm it by the letter that we have sent you."
    ),
    "too_many": gettext_noop("We have sent you several letters already. Please try again in an hour."),
    "age": gettext_noop("To agree to something, please tell us that you are old enough. Nothing new was saved."),
}


@blueprint.get("/privacy/choices/<token>", endpoint="choices")
def choices_page(token: str) -> str:
    """What we hold, where it is from, how it may be used, and the forms to object and to agree."""
    p = parts()
    with p.database.read() as session:
        shown = choices.view(session, p.vault, _link(session, token, "choices"), p.clock())
    for row in shown["offers"]:
        row["words"] = PURPOSES[row["purpose"]].label.in_(_lang())
    done = "done" in request.args and shown["objected"]
    page = "public/choices_done.html" if done else "public/choices.html"
    saved = request.args.get("saved", "")
    return render_template(
        page, token=token, choices=shown, statement=_told(OBJECTION), agreement=_told(AGREEMENT), age=_age(),
        saved=saved if saved in SAVED else "", saved_text=_told(SAVED.get(saved, "")),
    )  # fmt: skip


@blueprint.post("/privacy/choices/<token>")
def choose(token: str) -> Redirect:
    """Object to prospecting, or save what is ticked. A second time changes nothing."""
    form = request.form
    if form.to_dict() == {"action": "object", "purpose": "prospect", "channel": "*"}:
        _object(token, "choices", OBJECTION)
        return redirect(url_for("privacy.choices", token=token, done=1, lang=language()), 303)
    if form.get("action") != "choose" or set(form) - {"action", "choice", "of_age"}:
        abort(400)
    saved = _choose(token, form.getlist("choice"), of_age="of_age" in form)
    return redirect(url_for("privacy.choices", token=token, saved=saved.value, lang=language()), 303)


@blueprint.get("/privacy/choices/<token>/record")
def record(token: str) -> Response:
    """The record of the person's choices, for other programs (ISO/IEC TS 27560, JSON-LD)."""
    p = parts()
    with p.database.read() as session:
        link = _link(session, token, "choices")
        person = living(session, link.person_id) or abort(404)
        found = consent_record.document(
            session, person.id, vendor=p.settings.vendor, base_url=p.settings.base_url, language=_lang(), now=p.clock()
        )
    answer = Response(json.dumps(found, ensure_ascii=False, indent=1), mimetype="application/ld+json")
    answer.headers["Content-Disposition"] = 'attachment; filename="choices.jsonld"'
    return answer


@blueprint.get("/privacy/confirm/<token>")
def confirm_page(token: str) -> str:
    """What the letter asked to confirm: the question before the deed."""
    p = parts()
    with p.database.read() as session:
        pairs = opt_in.asked_for(session, _link(session, token, "confirm"))
    lines = opt_in.in_words(pairs, _lang())
    return render_template("public/consent_confirm.html", token=token, lines=lines, statement=_told(CONFIRMATION))


@blueprint.post("/privacy/confirm/<token>")
def confirm(token: str) -> str:
    """Whoever reads the mailbox says yes or no. A second time changes nothing."""
    p = parts()
    said = request.form.get("answer")
    if said not in ("yes", "no"):
        abort(400)
    with p.database.write() as session:
        link = _link(session, token, "confirm")
        lines = opt_in.in_words(opt_in.asked_for(session, link), _lang())
        wording = "\n".join([_told(CONFIRMATION), *lines])
        opt_in.answer(session, link, yes=said == "yes", wording=wording, now=p.clock())
    return _message(AGREED, AGREED_TEXT) if said == "yes" else _message(DECLINED, DECLINED_TEXT)


@blueprint.get("/u/<token>")
def unsubscribe_page(token: str) -> str:
    """The question before the deed: link scanners follow every GET of a mail."""
    with parts().database.read() as session:
        _link(session, token, "unsubscribe")
    return render_template("public/unsubscribe.html", token=token, statement=_told(UNSUBSCRIPTION))


@blueprint.post("/u/<token>")
def unsubscribe(token: str) -> str:
    """RFC 8058 one-click: no cookie, no redirect, no question, and it works after erasure.

    The body (`List-Unsubscribe=One-Click`, in either form encoding) is not required: the link alone says who and what,
    and no objection may be lost to a mail program that writes it in its own way.
    """
    _object(token, "unsubscribe", UNSUBSCRIPTION)
    return _message(UNSUBSCRIBED, UNSUBSCRIBED_TEXT)


def _object(token: str, kind: links.Kind, wording: str) -> None:
    p = parts()
    with p.database.write() as session:
        link = _link(session, token, kind)
        choices.object_to_prospecting(session, link, wording=_told(wording), now=p.clock())


def _choose(token: str, wanted: list[str], *, of_age: bool) -> opt_in.Letter:
    p = parts()
    wording = "\n".join([_told(AGREEMENT), *([_age()] if of_age else [])])
    with p.database.write() as session:
        person = living(session, _link(session, token, "choices").person_id) or abort(404)
        try:
            saved = opt_in.choose(
                session, p.vault, person, wanted, of_age=of_age, language=_lang(), wording=wording, now=p.clock()
            )
        except ValueError:
            abort(400)
    p.jobs.wake_outbox()
    return saved


def _message(title: str, text: str) -> str:
    return render_template("public/message.html", title=_told(title), text=_told(text))


def _age() -> str:
    return _told(AGE) % {"age": LIMITS["guardian_age"].words(_lang())}


def _told(message: str) -> str:
    return translate(language(), message)


def _lang() -> Language:
    return "fr" if language() == "fr" else "en"


def _link(session: Session, token: str, kind: links.Kind) -> SignedLink:
    """The link, or 404: unknown, malformed, expired and of another kind look the same, so nothing can be probed."""
    p = parts()
    return links.resolve(session, p.vault, token, kind=kind, now=p.clock()) or abort(404)
