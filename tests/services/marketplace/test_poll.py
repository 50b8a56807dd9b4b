"""Reports that are polled: from where they are asked for, and what is made of one that has shrunk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from models.database import Database
from models.vault import Vault
from services import prospects
from services.marketplace import poll
from services.marketplace.ingest import Summary, envelope_of_row
from services.prospects import Filters
from tests.services.marketplace.test_ingest import ROW


def rows(count: int) -> list[dict[str, Any]]:
    return [ROW | {"appEntitlementNumber": f"E-{n}000", "appEntitlementId": f"id-{n}"} for n in range(count)]


class Report:
    """A report of so many rows, which remembers from where it was asked for."""

    def __init__(self, count: int) -> None:
        self.rows = rows(count)
        self.asked: list[date | None] = []

    def __call__(self, since: date | None) -> Iterable[object]:
        self.asked.append(since)
        return self.rows


def sync(database: Database, vault: Vault, report: Report, now: datetime, *, full: bool = False) -> Summary:
    return poll.sync(database, vault, report, feed="licences", full=full, now=now)


def test_each_run_begins_some_days_before_the_last_one(database: Database, vault: Vault, now: datetime) -> None:
    report = Report(2)
    assert sync(database, vault, report, now) == Summary(rows=2, new=2)
    assert sync(database, vault, report, now + timedelta(days=1)) == Summary(rows=2, unchanged=2)
    sync(database, vault, report, now + timedelta(days=1), full=True)
    assert report.asked == [None, now.date() - poll.OVERLAP, None]


@pytest.mark.parametrize("left", [0, 17])
def test_a_report_that_has_shrunk_is_told_and_proves_nothing(
    database: Database, vault: Vault, now: datetime, left: int
) -> None:
    report = Report(20)
    sync(database, vault, report, now)
    whole, report.rows = report.rows, report.rows[:left]
    sync(database, vault, report, now, full=True)
    with database.read() as session:
        assert poll.shrunk(session) == ["licences"]
        assert prospects.list_prospects(session, vault, Filters())["total"] == 1
        assert len(prospects.licence_links(session)) == 20
    report.rows = whole
    sync(database, vault, report, now)
    assert report.asked[-1] is None
    with database.read() as session:
        assert poll.shrunk(session) == []


def test_a_report_of_what_has_changed_may_be_small(database: Database, vault: Vault, now: datetime) -> None:
    report = Report(20)
    sync(database, vault, report, now)
    report.rows = []
    sync(database, vault, report, now + timedelta(days=1))
    with database.read() as session:
        assert poll.shrunk(session) == []


def test_a_row_of_a_history_counts_from_when_it_was_created() -> None:
    envelope = envelope_of_row(ROW | {"recordCreatedDate": "2026-11-05T07:00:00Z"}, "history", None)
    assert envelope.as_of.isoformat() == "2026-11-05T07:00:00+00:00"
