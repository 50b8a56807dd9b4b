"""Words for what a rights request deals with: the rights, the forms of a copy, the tables and fields that are shown."""

from __future__ import annotations

from handlers.i18n import gettext_noop

RIGHTS = {
    "access": gettext_noop("See everything you hold about me"),
    "rectification": gettext_noop("Have something corrected"),
    "erasure": gettext_noop("Have my data erased"),
    "restriction": gettext_noop("Have my data kept but not used"),
    "objection": gettext_noop("Stop prospecting"),
    "portability": gettext_noop("Take my data along"),
    "directives": gettext_noop("Say what becomes of my data after my death"),
    "withdrawal": gettext_noop("Take back every consent"),
}
FORMATS = {
    "json": gettext_noop("As JSON"),
    "csv": gettext_noop("As a table (CSV)"),
    "vcard": gettext_noop("As a contact card (vCard)"),
}
HELD = {
    "people": gettext_noop("Your record"),
    "observed_contacts": gettext_noop("Your details as Atlassian gave them to us"),
    "licences": gettext_noop("Licences for which you are the contact"),
    "prospects": gettext_noop("Your evaluations, summed up"),
    "consent_events": gettext_noop("Your choices, one by one"),
    "suppressions": gettext_noop("The objection list"),
    "signed_links": gettext_noop("Links that we made for you"),
    "rights_cases": gettext_noop("Your requests"),
    "directives": gettext_noop("Your directives"),
    "exchange_packages": gettext_noop("Configurations of your requests that were put together for Atlassian"),
    "audit_events": gettext_noop("Journal of access to your data"),
}
FIELDS = {
    "id": gettext_noop("Our number"),
    "name": gettext_noop("Name"),
    "email": gettext_noop("E-mail"),
    "phone": gettext_noop("Phone"),
    "company": gettext_noop("Organisation"),
    "source": gettext_noop("Source"),
    "first_seen_at": gettext_noop("Known since"),
    "details": gettext_noop("Details"),
    "licence_key": gettext_noop("Licence"),
    "app_name": gettext_noop("App"),
    "state": gettext_noop("State"),
    "started_on": gettext_noop("Start"),
    "ends_on": gettext_noop("End"),
    "won_on": gettext_noop("Bought on"),
    "last_observed": gettext_noop("Last news"),
    "purpose": gettext_noop("Purpose"),
    "channel": gettext_noop("Channel"),
    "basis": gettext_noop("Legal basis"),
    "at": gettext_noop("When"),
    "kind": gettext_noop("Kind"),
    "reason": gettext_noop("Reason"),
    "received_at": gettext_noop("Received"),
    "due_on": gettext_noop("Answer due"),
    "closed_at": gettext_noop("Closed"),
}
KINDS = {"right": RIGHTS, "format": FORMATS, "held": HELD, "field": FIELDS}
