"""The words for the codes of the rights desk, as staff read them."""

from __future__ import annotations

from handlers.i18n import gettext_noop
from handlers.label import Label

RIGHTS = {
    "access": Label(
        gettext_noop("Access"), help=gettext_noop("They get a link to a copy of everything we hold of them.")
    ),
    "rectification": Label(
        gettext_noop("Correction"), help=gettext_noop("What you enter is put right, and no feed changes it back.")
    ),
    "erasure": Label(
        gettext_noop("Erasure"),
        help=gettext_noop("Look at the plan first. What the law keeps stays, and they are told."),
    ),
    "restriction": Label(
        gettext_noop("Restriction"), help=gettext_noop("Their data is stored and not used until you lift it.")
    ),
    "objection": Label(gettext_noop("Objection"), help=gettext_noop("All prospecting ends, for good.")),
    "portability": Label(
        gettext_noop("Portability"), help=gettext_noop("They get a link to their data in forms that programs read.")
    ),
    "directives": Label(
        gettext_noop("After their death"), help=gettext_noop("Their directive is kept, and carried out one day.")
    ),
    "withdrawal": Label(gettext_noop("Withdrawal"), help=gettext_noop("Every consent that they gave ends.")),
}

REQUESTS = {
    "received": Label(gettext_noop("New"), "information"),
    "identity_check": Label(gettext_noop("Identity open"), "information"),
    "awaiting_information": Label(gettext_noop("Waits for them")),
    "accepted": Label(gettext_noop("To be answered"), "warning"),
    "planned": Label(gettext_noop("Planned"), "warning"),
    "in_progress": Label(gettext_noop("Being done"), "information"),
    "fulfilled": Label(gettext_noop("Fulfilled"), "success"),
    "partly_fulfilled": Label(gettext_noop("Fulfilled in part"), "success"),
    "refused": Label(gettext_noop("Refused"), "danger"),
    "withdrawn_by_subject": Label(gettext_noop("Taken back")),
    "duplicate": Label(gettext_noop("Asked before")),
}

STEPS = {
    **{code: Label(label.text) for code, label in REQUESTS.items()},
    "extended": Label(gettext_noop("Prolonged")),
    "suspended": Label(gettext_noop("Clock stopped")),
    "resumed": Label(gettext_noop("Clock started again")),
    "recipient_notified": Label(gettext_noop("Recipients told")),
    "complaint_information_given": Label(gettext_noop("Answer sent, with the ways to complain")),
}

URGENCIES = {
    "overdue": Label(gettext_noop("Overdue"), "danger"),
    "due_today": Label(gettext_noop("Due today"), "danger"),
    "due_in_3_days": Label(gettext_noop("Three days or less"), "danger"),
    "due_in_10_days": Label(gettext_noop("Ten days or less"), "warning"),
}

CAME_BY = {
    "web": Label(gettext_noop("Public page")),
    "mail": Label(gettext_noop("E-mail")),
    "phone": Label(gettext_noop("Phone")),
    "post": Label(gettext_noop("Post")),
    "fax": Label(gettext_noop("Fax")),
    "jira": Label(gettext_noop("Jira issue")),
}

REFUSALS = {
    "unfounded": Label(gettext_noop("it is manifestly unfounded")),
    "excessive": Label(gettext_noop("it is excessive")),
    "identity": Label(gettext_noop("their identity stays in doubt")),
    "nothing_held": Label(gettext_noop("we hold nothing of theirs")),
    "law": Label(gettext_noop("the law is against it")),
}

DELAYS = {
    "complexity": Label(gettext_noop("its complexity")),
    "number": Label(gettext_noop("the number of requests")),
}

DIRECTIVES = {
    "retain": Label(gettext_noop("Keep it")),
    "erase": Label(gettext_noop("Erase it")),
    "communicate": Label(gettext_noop("Give it to somebody")),
    "revoke": Label(gettext_noop("Take the directive back")),
}

ACTORS = {"person": Label(gettext_noop("the person")), "system": Label(gettext_noop("Fairtrial"))}

KINDS = {
    "right_asked": RIGHTS,
    "request": REQUESTS,
    "request_step": STEPS,
    "request_actor": ACTORS,
    "urgency": URGENCIES,
    "came_by": CAME_BY,
    "refusal": REFUSALS,
    "delay": DELAYS,
    "directive": DIRECTIVES,
}
