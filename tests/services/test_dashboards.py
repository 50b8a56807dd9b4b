"""Figures of the dashboards: what they count, and what they keep to themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from models.database import Database
from models.vault import Vault
from services import dashboards
from services.dashboards import Start, cohorts, spans
from services.marketplace.poll import take_all

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def licence(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "appEntitlementNumber": f"E-AAA-BBB-CCC-{number:03}",
        "addonKey": "com.alkaes.timesheets",
        "addonName": "Timesheets",
        "hosting": "Cloud",
        "lastUpdated": "2026-11-03",
        "licenseType": "EVALUATION",
        "status": "active",
        "maintenanceStartDate": "2026-11-02",
        "maintenanceEndDate": "2026-12-02",
        "latestEvaluationStartDate": "2026-11-02",
        "contactDetails": {"company": f"C{number}", "technicalContact": {"email": f"a{number}@c{number}.example"}},
    } | changes


def test_a_group_that_is_small_or_not_over_keeps_its_share() -> None:
    started, later = date(2026, 9, 1), date(2026, 11, 20)
    rows = cohorts([Start(started, date(2026, 9, 8), 2), Start(started, None, 2), Start(later, None, 9)], TODAY)
    by_month = {row["month"]: row for row in rows}
    assert (by_month["2026-09-01"]["started"], by_month["2026-09-01"]["bought"]) == (4, [None] * 5)
    assert by_month["2026-11-01"]["bought"] == [None] * 5
    (whole,) = [
        row for row in cohorts([Start(started, date(2026, 9, 8), 1), Start(started, None, 4)], TODAY) if row["started"]
    ]
    assert whole["bought"] == [20, 20, 20, 20, None]


def test_the_span_of_a_purchase_has_its_last_day_in_it() -> None:
    start = date(2026, 9, 1)
    counted = spans(
        [Start(start, date(2026, 9, 8), 3), Start(start, date(2026, 9, 9), 1), Start(start, date(2027, 9, 9), 1)]
    )
    assert [(one["upto"], one["count"]) for one in counted] == [(7, 3), (14, 1), (30, 0), (60, 0), (90, 0), (None, 1)]


def test_everything_is_counted_and_an_app_narrows_it(database: Database, vault: Vault) -> None:
    feedback = {
        "addonKey": "com.alkaes.timesheets",
        "hosting": "Cloud",
        "date": "2026-11-04",
        "feedbackType": "uninstall",
        "reasonKey": "missing-features",
        "appEntitlementNumber": "E-AAA-BBB-CCC-001",
    }
    way = {"appEntitlementNumber": "E-AAA-BBB-CCC-001", "channel": "paid-search", "eventTimestamp": "2026-11-01"}
    ways = [way, way | {"eventTimestamp": "2026-11-02"}, way | {"appEntitlementNumber": "E-AAA-BBB-CCC-002"}]
    diagrams = licence(3, addonKey="com.alkaes.diagrams", addonName="Diagrams")
    rows = [licence(1), licence(2), diagrams, feedback, *ways]
    take_all(database, vault, rows, source="file", as_of=None, now=NOW)
    with database.read() as session:
        found = dashboards.figures(session, TODAY)
        narrowed = dashboards.figures(session, TODAY, app="Diagrams")
    assert [step["count"] for step in found["funnel"]] == [3, 0, 0, 0]
    assert found["apps"] == ["Diagrams", "Timesheets"]
    assert found["reasons"] == [{"kind": "uninstall", "reason": "missing-features", "count": 1}]
    assert found["ways"] == [{"channel": "paid-search", "count": 2}], "a licence once"
    assert found["consent"] == [{"state": "notice_due", "count": 3}]
    assert len(found["ingest"]) == 14 and found["ingest"][-1]["day"] == "2026-11-22"
    assert (narrowed["funnel"][0]["count"], narrowed["reasons"], narrowed["ways"]) == (1, [], [])
