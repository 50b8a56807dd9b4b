"""The words for the codes of the pages that staff look after: queues, journal, policy, checks."""

from __future__ import annotations

from handlers.i18n import gettext_noop
from handlers.label import Label

QUEUED = {
    "marketplace": Label(gettext_noop("Marketplace event")),
    "forge.licence": Label(gettext_noop("Licence told by Forge")),
    "file": Label(gettext_noop("Row of a file")),
    "poll": Label(gettext_noop("Row of a report")),
    "jira": Label(gettext_noop("Jira event")),
    "marketplace.relink": Label(gettext_noop("Linking of licences")),
    "jira.issue-property": Label(gettext_noop("Index of a support case")),
    "atlassian.request": Label(gettext_noop("Package for Atlassian")),
    "confluence.policy": Label(gettext_noop("Policy pages")),
    "tenant.prove": Label(gettext_noop("Proof of a site")),
    "mail.send": Label(gettext_noop("Letter")),
    "consent.clock": Label(gettext_noop("Consents that have run out")),
    "policy.changed": Label(gettext_noop("Change of the policy")),
    "policy.letter": Label(gettext_noop("Letter about a change of the policy")),
    "jira.reconcile": Label(gettext_noop("Comparison with Jira")),
    "notice.send": Label(gettext_noop("Notice to an evaluator")),
    "notices.queue": Label(gettext_noop("Search for due notices")),
}

ACTS = {
    "prospects.list": Label(gettext_noop("Looked through prospects")),
    "prospects.export": Label(gettext_noop("Exported prospects"), "warning"),
    "prospect.read": Label(gettext_noop("Read a prospect")),
    "prospect.note": Label(gettext_noop("Wrote a note")),
    "links.apart": Label(gettext_noop("Split a prospect"), "warning"),
    "links.together": Label(gettext_noop("Joined prospects"), "warning"),
    "links.taken-back": Label(gettext_noop("Took a decision back"), "warning"),
    "account.read": Label(gettext_noop("Read an account")),
    "consent.entered": Label(gettext_noop("Entered a consent"), "warning"),
    "choices.link": Label(gettext_noop("Made a choices link")),
    "fleet.ending": Label(gettext_noop("Read whom to tell about the end of support")),
    "note.written": Label(gettext_noop("Wrote a note")),
    "note.dropped": Label(gettext_noop("Deleted a note"), "warning"),
    "exchange.proposed": Label(gettext_noop("Built a package for Atlassian")),
    "exchange.read": Label(gettext_noop("Read a package for Atlassian")),
    "exchange.approved": Label(gettext_noop("Approved a package for Atlassian"), "warning"),
    "exchange.ordered": Label(gettext_noop("Had a package sent to Atlassian"), "warning"),
    "exchange.handed-over": Label(gettext_noop("Handed a package to Atlassian"), "warning"),
    "exchange.export": Label(gettext_noop("Saved a package for Atlassian"), "warning"),
    "exchange.withdrawn": Label(gettext_noop("Withdrew a package for Atlassian")),
    "exchange.key-recorded": Label(gettext_noop("Kept the key of a case at Atlassian")),
    "disclosure.made": Label(gettext_noop("Entered a disclosure"), "warning"),
    "queue.retry": Label(gettext_noop("Tried the quarantine again")),
    "policy.publish": Label(gettext_noop("Ordered a publication")),
}

# What the journal also knows, where no person is read.
OTHER_PURPOSES = {"operations": Label(gettext_noop("Running the app"))}

POINTS = {
    "fine": Label(gettext_noop("Works"), "success"),
    "look": Label(gettext_noop("Needs you"), "warning"),
    "off": Label(gettext_noop("Switched off")),
}

PAGES = {
    "published": Label(gettext_noop("Published"), "success"),
    "publishing": Label(gettext_noop("Being published"), "information"),
    "unverified": Label(gettext_noop("Not verified"), "warning"),
    "blocked": Label(gettext_noop("Blocked"), "danger"),
    "waiting": Label(gettext_noop("Waiting"), "information"),
}

SEVERITIES = {
    "error": Label(gettext_noop("Error"), "danger"),
    "warning": Label(gettext_noop("Warning"), "warning"),
}

KINDS = {"queued": QUEUED, "act": ACTS, "point": POINTS, "page": PAGES, "severity": SEVERITIES}
