"""The words for the codes of the exchange with Atlassian, as staff read them."""

from __future__ import annotations

from handlers.i18n import gettext_noop
from handlers.label import Label

STATES = {
    "proposed": Label(gettext_noop("Waits for approval"), "warning"),
    "approved": Label(gettext_noop("Approved"), "information"),
    "sending": Label(gettext_noop("On its way"), "information"),
    "handed_over": Label(gettext_noop("Handed over"), "success"),
    "withdrawn": Label(gettext_noop("Withdrawn")),
}

PARTS = {
    "product": Label(gettext_noop("Product")),
    "database": Label(gettext_noop("Database")),
    "jvm": Label(gettext_noop("Java")),
    "os": Label(gettext_noop("Operating system")),
    "app_server": Label(gettext_noop("Application server")),
    "machine": Label(gettext_noop("Size of the machine")),
    "apps": Label(gettext_noop("Apps")),
}

REFUSALS = {
    "unknown-case": Label(gettext_noop("There is no open case with this key.")),
    "nothing-to-tell": Label(gettext_noop("The case tells nothing of these parts.")),
    "unknown-part": Label(gettext_noop("Choose at least one part of the configuration.")),
    "no-question": Label(gettext_noop("Say what Atlassian is asked.")),
    "address-needed": Label(
        gettext_noop("Jira hides the address of whoever reported the case. Enter it: it tells whose data it is.")
    ),
    "not-an-address": Label(gettext_noop("This is not an e-mail address.")),
    "reporter-gone": Label(gettext_noop("The account that reported the case was closed: nothing of it may leave.")),
    "person-blocked": Label(gettext_noop("This person’s data was erased or restricted: nothing of it may leave.")),
    "changed-since": Label(
        gettext_noop("The case tells something else by now. This package may not leave; build a new one.")
    ),
    "emptied": Label(gettext_noop("Its content is no longer held.")),
}

KINDS = {"package": STATES, "package_part": PARTS, "package_refusal": REFUSALS}
