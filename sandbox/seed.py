"""The invented Marketplace: about forty licences of three apps, dated from today so that the demo is always fresh."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.seed_people import Organisation

Row = dict[str, Any]
APPS = {
    "com.alkaes.tableaux": ("Tableaux for Confluence", "Confluence"),
    "com.alkaes.relecture": ("Relecture for Confluence", "Confluence"),
    "com.alkaes.echeances": ("Échéances for Jira", "Jira"),
}
TABLEAUX, RELECTURE, ECHEANCES = APPS
# organisation, app, case, days since its start
PLAN = (
    (0, TABLEAUX, "active", 6), (0, RELECTURE, "won", 70), (0, ECHEANCES, "expired", 200),
    (1, TABLEAUX, "active", 12), (1, RELECTURE, "cancelled", 9),
    (2, RELECTURE, "active", 2), (2, TABLEAUX, "community", 300),
    (3, TABLEAUX, "extended", 41), (3, ECHEANCES, "renewed", 800),
    (4, TABLEAUX, "expired", 55), (4, RELECTURE, "active", 20),
    (5, TABLEAUX, "won", 95), (5, ECHEANCES, "active", 14),
    (6, RELECTURE, "academic", 400), (6, TABLEAUX, "cancelled", 18),
    (7, ECHEANCES, "active", 5), (7, TABLEAUX, "expired", 120),
    (8, TABLEAUX, "long", 25), (8, RELECTURE, "sandbox", 8),
    (9, TABLEAUX, "active", 10),
    (10, TABLEAUX, "dc-evaluation", 15), (10, RELECTURE, "dc-won", 60),
    (11, ECHEANCES, "grace", 380), (11, TABLEAUX, "active", 1),
    (12, TABLEAUX, "no-contact", 7), (12, RELECTURE, "won", 50),
    (13, ECHEANCES, "erased", 90), (13, TABLEAUX, "active", 22),
    (14, RELECTURE, "active", 16), (14, TABLEAUX, "renewed", 900),
    (15, TABLEAUX, "unknown-type", 30), (15, ECHEANCES, "cancelled", 11),
    (16, RELECTURE, "re-evaluation", 13), (16, ECHEANCES, "expired", 75),
    (17, TABLEAUX, "lost", 500), (17, RELECTURE, "active", 4),
    (18, TABLEAUX, "migration", 35), (18, ECHEANCES, "active", 19),
    (19, RELECTURE, "pending", 3), (19, TABLEAUX, "no-billing", 28), (19, ECHEANCES, "refunded", 45),
)  # fmt: skip
CLOUD_ONLY = (
    "appEntitlementId",
    "appEntitlementNumber",
    "hostEntitlementId",
    "hostEntitlementNumber",
    "cloudId",
    "cloudSiteHostname",
    "transactionAccountId",
    "cloudComplianceBoundaries",
)


def identity(*parts: object) -> str:
    """A UUID that is the same on each start."""
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, ("sandbox", *parts)))))


def number(*parts: object) -> str:
    """An entitlement number, `E-XXX-XXX-XXX-XXX`."""
    text = hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest().upper()
    return "E-" + "-".join(text[start : start + 3] for start in range(0, 12, 3))


def evaluation(organisation: Organisation, app: str, start: date, days: int, today: date) -> Row:
    """A plain cloud evaluation, as v3 gives it."""
    domain, end = organisation.domain, start + timedelta(days=days)
    name, parent = APPS[app]
    site = organisation.company if domain == "gmail.com" else domain
    return {
        "appEntitlementId": identity("app", site, app),
        "appEntitlementNumber": number("app", site, app),
        "hostEntitlementId": identity("host", site, parent),
        "hostEntitlementNumber": number("host", site, parent),
        "cloudId": identity("cloud", site),
        "cloudSiteHostname": f"{site.split('.')[0].lower().replace(' ', '-')}.atlassian.net",
        "addonKey": app,
        "productId": identity("product", app),
        "addonName": name,
        "hosting": "Cloud",
        "appEdition": "Standard",
        "newBillingSystem": "Yes",
        "lastUpdated": min(start + timedelta(days=1), today).isoformat(),
        "licenseType": "EVALUATION",
        "maintenanceStartDate": start.isoformat(),
        "maintenanceEndDate": end.isoformat(),
        "latestMaintenanceStartDate": start.isoformat(),
        "latestEvaluationStartDate": start.isoformat(),
        "status": "active" if end >= today else "inactive",
        "tier": "Evaluation",
        "contactDetails": organisation.contact_details(),
        **_partner(organisation),
        "extendedServerSupport": "NA",
        "licenseSourceType": "Non-Atlassian",
        "licenseLevel": "single-instance",
        "inGracePeriod": "No",
        "transactionAccountId": identity("account", organisation.partner or site),
        "cloudComplianceBoundaries": ["commercial"],
        "evaluationOpportunitySize": "250",
        "parentProductBillingCycle": "ANNUAL",
        "parentProductName": parent,
        "parentProductEdition": "Premium",
        "installedOnSandbox": "No",
    }


def _partner(organisation: Organisation) -> Row:
    if organisation.partner is None:
        return {}
    name, kind, email = organisation.partner
    billing = {"email": email, "name": "Orders"} if email else {}
    return {"partnerDetails": {"partnerName": name, "partnerType": kind, "billingContact": billing}}


class CaseMaker:
    """What a seeded case starts from: a plain evaluation that began `age` days ago."""

    def __init__(self, organisation: Organisation, app: str, today: date, age: int) -> None:
        self.organisation, self.app, self.today = organisation, app, today
        self.start = today - timedelta(days=age)
        self.row = evaluation(organisation, app, self.start, 30, today)
