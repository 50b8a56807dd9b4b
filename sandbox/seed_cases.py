"""What makes each seeded case what it is, told as changes to a plain evaluation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sandbox.seed import CLOUD_ONLY, PLAN, CaseMaker, Row, evaluation, identity
from sandbox.seed_people import ORGANISATIONS

Made = tuple[list[Row], list[Row]]


def _plain(made: CaseMaker, **changes: Any) -> Made:
    return [{**made.row, **changes}], []


def _until(made: CaseMaker, days: int, touched: int) -> Made:
    """Another end, `touched` days after the start."""
    end = made.start + timedelta(days=days)
    touched_on = min(made.start + timedelta(days=touched), made.today)
    state = "active" if end >= made.today else "inactive"
    return _plain(made, maintenanceEndDate=end.isoformat(), lastUpdated=touched_on.isoformat(), status=state)


def _expired(made: CaseMaker) -> Made:
    return _plain(made, lastUpdated=(made.start + timedelta(days=31)).isoformat(), status="inactive")


def _paid(made: CaseMaker, kind: str = "COMMERCIAL", tier: str = "100 Users", **changes: Any) -> Row:
    """The evaluation converted in place after its 30 days, in the current yearly period."""
    sold = made.start + timedelta(days=30)
    years = max(0, (made.today - sold).days // 365)
    start = sold + timedelta(days=365 * years)
    return {
        **made.row,
        "licenseType": kind,
        "tier": tier,
        "status": "active",
        "lastUpdated": min(start + timedelta(days=1), made.today).isoformat(),
        "maintenanceStartDate": start.isoformat(),
        "maintenanceEndDate": (start + timedelta(days=365)).isoformat(),
        "latestMaintenanceStartDate": start.isoformat(),
        "evaluationOpportunitySize": "NA",
        "evaluationLicense": made.row["appEntitlementNumber"],
        "daysToConvertEval": "0",
        "evaluationStartDate": made.start.isoformat(),
        "evaluationEndDate": sold.isoformat(),
        "evaluationSaleDate": sold.isoformat(),
        **changes,
    }


def _sale(row: Row, on: date, kind: str = "New", price: float = 1200.0) -> Row:
    """A transaction row for `row`, sold `on`."""
    ids: Row = {name: row[name] for name in ("appEntitlementId", "appEntitlementNumber", "cloudId") if name in row}
    key = row.get("appEntitlementNumber") or row.get("addonLicenseId")
    details = row["contactDetails"]
    people = {
        name: {field: details[name][field] for field in ("email", "name") if field in details[name]}
        for name in ("technicalContact", "billingContact")
        if name in details
    }
    return {
        "transactionId": f"IN-EU-{identity('sale', key, on)[:11]}",
        "transactionLineItemId": identity("line", key, on, kind),
        **ids,
        **{name: row[name] for name in ("licenseId", "addonLicenseId") if name in row},
        **{name: row[name] for name in ("addonKey", "productId", "addonName", "licenseLevel", "appEdition")},
        "lastUpdated": (on + timedelta(days=1)).isoformat(),
        "paymentStatus": "Paid",
        "customerDetails": {**{name: details[name] for name in ("company", "country", "region")}, **people},
        "purchaseDetails": {
            "saleDate": on.isoformat(),
            "licenseType": row["licenseType"],
            "hosting": row["hosting"],
            "billingPeriod": "Annual",
            "tier": "Per Unit Pricing (100 Users)",
            "changeInTier": "Not Applicable",
            "parentProductName": row["parentProductName"],
            "parentProductEdition": row["parentProductEdition"],
            "purchasePrice": price,
            "vendorAmount": round(price * 0.85, 2),
            "discounts": [],
            "saleType": kind,
            "maintenanceStartDate": on.isoformat(),
            "maintenanceEndDate": (on + timedelta(days=365)).isoformat(),
        },
    }


def _won(made: CaseMaker) -> Made:
    row = _paid(made)
    return [row], [_sale(row, made.start + timedelta(days=30))]


def _renewed(made: CaseMaker) -> Made:
    row, first = _paid(made, tier="250 Users"), made.start + timedelta(days=30)
    again = date.fromisoformat(row["maintenanceStartDate"])
    return [row], [_sale(row, first), _sale(row, again, "Renewal")]


def _refunded(made: CaseMaker) -> Made:
    row, sold = _paid(made, status="inactive"), made.start + timedelta(days=30)
    back = sold + timedelta(days=5)
    row |= {"maintenanceEndDate": back.isoformat(), "lastUpdated": back.isoformat()}
    return [row], [_sale(row, sold), _sale(row, back, "Refund", -1200.0)]


def _grace(made: CaseMaker) -> Made:
    end = made.today - timedelta(days=6)
    changes = {"inGracePeriod": "Yes", "invoiceDunningReason": "PAYMENT METHOD IS NOT SET"}
    row = _paid(made, maintenanceEndDate=end.isoformat(), lastUpdated=made.today.isoformat(), **changes)
    start = end - timedelta(days=365)
    row |= {"maintenanceStartDate": start.isoformat(), "latestMaintenanceStartDate": start.isoformat()}
    return [row], [_sale(row, start)]


def _lost(made: CaseMaker) -> Made:
    sold = made.start + timedelta(days=30)
    end = sold + timedelta(days=365)
    dates = {"maintenanceStartDate": sold.isoformat(), "maintenanceEndDate": end.isoformat()}
    row = _paid(made, status="inactive", lastUpdated=(end + timedelta(days=1)).isoformat(), **dates)
    return [row], [_sale(row, sold)]


def _server_ids(made: CaseMaker, offset: int) -> Row:
    licence = str(20_000_000 + int(identity(made.organisation.domain, made.app)[:6], 16) + offset)
    return {"hosting": "Data Center", "addonLicenseId": licence, "licenseId": f"SEN-{licence}"}


def _on_premises(made: CaseMaker, row: Row, offset: int) -> Row:
    """No cloud ids at all, a licence number instead."""
    return {name: value for name, value in row.items() if name not in CLOUD_ONLY} | _server_ids(made, offset)


def _dc_evaluation(made: CaseMaker) -> Made:
    return [_on_premises(made, made.row, 0) | {"tier": "Unlimited Users"}], []


def _dc_won(made: CaseMaker) -> Made:
    """On premises a purchase is a NEW licence that points to the evaluation."""
    trial = _on_premises(made, made.row, 0) | {"tier": "Unlimited Users", "status": "inactive"}
    bought = _on_premises(made, _paid(made, tier="500 Users"), 1) | {"evaluationLicense": trial["addonLicenseId"]}
    return [trial, bought], [_sale(bought, made.start + timedelta(days=30), price=5400.0)]


def _erased(made: CaseMaker) -> Made:
    details = made.row["contactDetails"]
    gone = dict.fromkeys(details["technicalContact"], "RTBF")
    return _plain(made, status="inactive", contactDetails={**details, "technicalContact": gone, "billingContact": gone})


def _without(made: CaseMaker, name: str, **instead: Any) -> Made:
    kept = {key: value for key, value in made.row["contactDetails"].items() if key != name}
    return _plain(made, contactDetails={**kept, **instead})


def _re_evaluation(made: CaseMaker) -> Made:
    """An old entitlement tried again: its maintenance start is years old."""
    old = made.start - timedelta(days=730)
    return _plain(made, maintenanceStartDate=old.isoformat())


def _pending(made: CaseMaker) -> Made:
    names = ("parentProductBillingCycle", "parentProductName", "parentProductEdition", "installedOnSandbox")
    return _plain(made, evaluationOpportunitySize="Unknown", **dict.fromkeys(names, "Pending"))


def _migration(made: CaseMaker) -> Made:
    """A free year in the cloud beside the licence on the customer's own machines."""
    server = _on_premises(made, _paid(made, tier="250 Users"), 2)
    pair = {"status": "active", "relatedOnPremLicense": server["addonLicenseId"]}
    cloud = evaluation(made.organisation, made.app, made.start, 365, made.today)
    return [server, {**cloud, "cmtDetails": pair}], []


def _free(made: CaseMaker, kind: str) -> Made:
    return [_paid(made, kind)], []


CASES: dict[str, Callable[[CaseMaker], Made]] = {
    "active": _plain,
    "long": lambda made: _until(made, 61, 1),
    "extended": lambda made: _until(made, 75, 33),
    "cancelled": lambda made: _plain(made, status="cancelled", lastUpdated=made.today.isoformat()),
    "expired": _expired,
    "won": _won,
    "renewed": _renewed,
    "refunded": _refunded,
    "grace": _grace,
    "lost": _lost,
    "community": lambda made: _free(made, "COMMUNITY"),
    "academic": lambda made: _free(made, "ACADEMIC"),
    "dc-evaluation": _dc_evaluation,
    "dc-won": _dc_won,
    "erased": _erased,
    "no-contact": lambda made: _without(made, "technicalContact"),
    "no-billing": lambda made: _without(made, "billingContact", billingContact={}),
    "re-evaluation": _re_evaluation,
    "pending": _pending,
    "migration": _migration,
    "unknown-type": lambda made: _plain(made, licenseType="SOCIAL_IMPACT", brandNewField={"x": 1}),
    "sandbox": lambda made: _plain(made, tier="37 Users", installedOnSandbox="Yes"),
}


def seeded(today: date) -> tuple[list[Row], list[Row]]:
    """All licences and transactions of the plan, as of `today`."""
    licences: list[Row] = []
    transactions: list[Row] = []
    for index, app, case, age in PLAN:
        rows, sales = CASES[case](CaseMaker(ORGANISATIONS[index], app, today, age))
        licences += rows
        transactions += sales
    return licences, transactions
