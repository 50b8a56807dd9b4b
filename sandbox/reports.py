"""The Marketplace's rows: licences and transactions, and the exports that were asked for."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from werkzeug.datastructures import MultiDict

from sandbox.seed import Row, evaluation
from sandbox.seed_cases import seeded
from sandbox.seed_people import Organisation

ID_FIELDS = (
    "appEntitlementNumber",
    "appEntitlementId",
    "addonLicenseId",
    "licenseId",
    "transactionLineItemId",
    "transactionId",
)
INSIGHTS = (
    "attribution", "evaluationOpportunitySize", "evaluationLicense", "daysToConvertEval", "evaluationStartDate",
    "evaluationEndDate", "evaluationSaleDate",
)  # fmt: skip
INSIGHTS_SINCE = "2018-07-01"
HOSTINGS = {"cloud": "Cloud", "datacenter": "Data Center", "server": "Server"}


@dataclass
class Export:
    """One asynchronous export: the rows as they were when it was asked for, and how often its status was read."""

    export_id: str
    kind: str
    rows: list[Row] = field(repr=False)
    fate: str = ""
    polls: int = 0

    def next_status(self) -> str:
        """QUEUED, then IN_PROGRESS, then how it ends."""
        self.polls += 1
        if self.polls <= 2:
            return ("QUEUED", "IN_PROGRESS")[self.polls - 1]
        return {"export-failed": "FAILED", "export-stuck": "IN_PROGRESS"}.get(self.fate, "COMPLETED")

    def summary(self) -> dict[str, Any]:
        return {"id": self.export_id, "kind": self.kind, "rows": len(self.rows), "polls": self.polls, "fate": self.fate}

    @property
    def ready(self) -> bool:
        return self.polls >= 3 and self.fate not in ("export-failed", "export-stuck")


class Reports:
    """What a vendor can read. Rows fed from outside are kept as they stand."""

    def __init__(self, licences: list[Row], transactions: list[Row]) -> None:
        self.rows = {"licenses": licences, "sales/transactions": transactions}
        named = [(number, row) for number, row in enumerate(licences) if "appEntitlementId" in row]
        self.rows["quotes"] = [_quote(row, number) for number, row in named[::9]]
        self.rows["marketing-attribution"] = [_attribution(row) for _, row in named[::5]]
        self.exports: dict[str, Export] = {}
        self.feedback = [
            _farewell(row, number) for number, row in enumerate(licences) if row.get("status") == "inactive"
        ]

    @classmethod
    def seeded(cls, today: float) -> Reports:
        """The invented seed, dated from `today` (seconds since the epoch)."""
        return cls(*seeded(datetime.fromtimestamp(today, UTC).date()))

    @property
    def licences(self) -> list[Row]:
        return self.rows["licenses"]

    @property
    def transactions(self) -> list[Row]:
        return self.rows["sales/transactions"]

    def find(self, kind: str, wanted: object) -> Row | None:
        """A row by any of its ids, or by its index."""
        rows = self.rows[kind]
        if isinstance(wanted, int):
            return rows[wanted] if 0 <= wanted < len(rows) else None
        return next((row for row in rows if wanted in [row.get(name) for name in ID_FIELDS]), None)

    def change(self, row: Row, changes: Row) -> Row:
        """`row` with `changes`, touched today unless they say when."""
        row.update({"lastUpdated": datetime.now(UTC).date().isoformat(), **changes})
        return row

    def new_evaluation(self, wish: dict[str, Any]) -> Row:
        """A fresh evaluation of an invented (or given) person, added to the licences."""
        number = random.randint(100, 999)  # noqa: S311
        today = datetime.now(UTC).date()
        company = str(wish.get("company") or f"Essai Inventé {number}")
        email = str(wish.get("email") or f"essai.{number}@nouveau-{number}-exemple.fr")
        local, _, domain = email.rpartition("@")
        organisation = Organisation(
            company, str(wish.get("country") or "France"), "Lyon", "69001", "1 rue Inventée", domain,
            str(wish.get("name") or "Camille Nouvelle"), "+33 4 65 71 00 99",
        )  # fmt: skip
        row = evaluation(
            organisation, str(wish.get("app") or "com.alkaes.tableaux"), today, int(wish.get("days") or 30), today
        )
        row["contactDetails"]["technicalContact"]["email"] = f"{local}@{domain}"
        self.licences.append(row)
        return row

    def export(self, kind: str, query: MultiDict[str, str], fate: str) -> Export:
        """Begin an export; `fate` is the ordered fault, if any."""
        rows = [] if fate == "export-empty" else self.select(kind, query)
        export = Export(str(uuid4()), kind, rows, fate)
        self.exports[export.export_id] = export
        return export

    def select(self, kind: str, query: MultiDict[str, str]) -> list[Row]:
        """The rows a query finds. Names that are not known change nothing, as with the real one."""
        licences = kind == "licenses"
        filters = {"licenses": _licence_tests, "sales/transactions": _transaction_tests}
        tests = filters.get(kind, _attribution_tests)(query)
        found = [row for row in self.rows[kind] if all(test(row) for test in tests)]
        with_insights = query.get("withDataInsights") == "true" and query.get("startDate", "") >= INSIGHTS_SINCE
        if licences and not with_insights:
            found = [{name: value for name, value in row.items() if name not in INSIGHTS} for row in found]
        return found


REASONS = (
    ("not-meeting-needs", "The app did not meet my needs"),
    ("cost", "It costs too much"),
    ("bugs", "It did not work as I expected"),
    ("other", "Another reason"),
)


def _farewell(row: Row, number: int) -> Row:
    """What whoever let this licence end has said of it."""
    key, reason = REASONS[number % len(REASONS)]
    ids = {name: row[name] for name in (*ID_FIELDS[:4], "cloudId", "addonKey", "hosting") if name in row}
    told = {"feedbackType": "uninstall", "reasonKey": key, "reason": reason, "message": "", "fullName": ""}
    return ids | told | {"date": row.get("maintenanceEndDate", row.get("lastUpdated"))}


def _quote(row: Row, number: int) -> Row:
    """What the customer of this licence has accepted to pay."""
    begun = str(row.get("maintenanceStartDate", "2026-01-05"))
    details = row.get("contactDetails") or {}
    return {
        "quoteId": f"Q-{10_000 + number}", "quoteNumber": f"QT-{number:06}", "quoteStatus": "ACCEPTED",
        "quoteCreatedDate": begun, "acceptedDate": begun, "entitlementEid": row["appEntitlementId"],
        "entitlementNumber": row.get("appEntitlementNumber"), "productId": row.get("productId"),
        "productName": row.get("addonName"), "technicalContactCompany": details.get("company"),
        "technicalEmail": (details.get("technicalContact") or {}).get("email"), "startDate": begun, "userTier": 250,
        "listPrice": 2500, "discounts": [], "createdBy": "partner@reseller-example.com", "productPlatform": "cloud",
        "commerceSystem": "CART",
    }  # fmt: skip


def _attribution(row: Row) -> Row:
    """How the licence came about."""
    ids = {name: row[name] for name in (*ID_FIELDS[:2], "addonKey", "productId") if name in row}
    campaign = {"campaignSource": "google", "campaignMedium": "cpc", "campaignName": "q1", "userType": "admin"}
    address = "https://marketplace.atlassian.com/apps/1/x?utm_source=google&utm_medium=cpc&utm_campaign=q1"
    told = {
        "channel": "paid-search-non-branded",
        "referrerDomain": "https://www.google.com/",
        "marketplaceURL": address,
    }
    begun = f"{row.get('maintenanceStartDate', '2026-01-05')}T09:11:12Z"
    return ids | campaign | told | {"eventTimestamp": begun, "userId": "hashed"}


Test = Callable[[Row], bool]


def _common_tests(query: MultiDict[str, str]) -> list[Test]:
    tests: list[Test] = []
    since = query.get("lastUpdated")
    if since:
        tests.append(lambda row: str(row.get("lastUpdated", "")) >= since)
    apps = query.getlist("addon")
    if apps:
        tests.append(lambda row: row.get("addonKey") in apps)
    # A comma list is no list to the real one: it is not understood, and everything comes back.
    products = [value for value in query.getlist("productId") if "," not in value]
    if products:
        tests.append(lambda row: row.get("productId") in products)
    text = query.get("text", "").casefold()
    if text:
        tests.append(lambda row: text in str(list(row.values())).casefold())
    return tests


def _licence_tests(query: MultiDict[str, str]) -> list[Test]:
    tests = _common_tests(query)
    low, high = query.get("startDate", ""), query.get("endDate", "9999")
    if query.get("dateType") == "end":
        tests.append(lambda row: row.get("maintenanceEndDate", "9999") >= low and row["maintenanceStartDate"] <= high)
    elif low or "endDate" in query:
        tests.append(lambda row: low <= str(row.get("maintenanceStartDate", low)) <= high)
    statuses, kinds = query.getlist("status"), [kind.upper() for kind in query.getlist("licenseType")]
    if statuses:
        tests.append(lambda row: row.get("status") in statuses)
    if kinds:
        tests.append(lambda row: row.get("licenseType") in kinds)
    hostings = [HOSTINGS.get(name) for name in query.getlist("hosting")]
    if hostings:
        tests.append(lambda row: row.get("hosting") in hostings)
    if query.get("includeAtlassianLicenses") != "true":
        tests.append(lambda row: row.get("licenseSourceType") != "Atlassian")
    return tests


def _transaction_tests(query: MultiDict[str, str]) -> list[Test]:
    low, high = query.get("startDate", ""), query.get("endDate", "9999")
    tests = _common_tests(query)
    tests.append(lambda row: low <= str(row.get("purchaseDetails", {}).get("saleDate", low)) <= high)
    if query.get("excludeZeroTransactions") == "true":
        tests.append(lambda row: row.get("purchaseDetails", {}).get("purchasePrice") != 0)
    return tests


def _attribution_tests(query: MultiDict[str, str]) -> list[Test]:
    low = query.get("startDate", "")
    return [lambda row: str(row.get("eventTimestamp", low)) >= low]
