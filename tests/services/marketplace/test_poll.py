"""Reports that are polled: from where they are asked for, and what is made of one that has shrunk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from connect.marketplace_exports import Bookmark
from models import pace
from models.database import Database
from models.marketplace import Feed
from models.vault import Vault
from services import prospects
from services.marketplace import poll
from services.marketplace.ingest import Summary, envelope_of_row
from services.prospects import Filters
from tests.services.marketplace.test_ingest import ROW

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "BATCH", poll.FEW)
    monkeypatch.setattr(pace, "UNHINDERED", 0)


def rows(count: int) -> list[dict[str, Any]]:
    return [ROW | {"appEntitlementNumber": f"E-{n}000", "appEntitlementId": f"id-{n}"} for n in range(count)]


class Report:
    """A report of so many rows, which remembers from where it was asked for."""

    def __init__(self, count: int) -> None:
        self.rows = rows(count)
        self.asked: list[date | None] = []
        self.read = 0
        self.dies_at: int | None = None

    def __call__(self, since: date | None, mark: Bookmark) -> Iterator[object]:
        self.asked.append(since)
        if mark.export is None:
            mark.begin("export-1")
        return self._rows(mark.taken)

    def _rows(self, start: int) -> Iterator[object]:
        for number, row in enumerate(self.rows[start:], start):
            if number == self.dies_at:
                raise InterruptedError
            self.read += 1
            yield row


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


def cut_off(database: Database, vault: Vault, report: Report, now: datetime, at: int) -> None:
    report.dies_at = at
    with pytest.raises(InterruptedError):
        sync(database, vault, report, now)
    report.dies_at, report.read = None, 0


def test_what_was_cut_off_is_read_on_from_where_it_was(database: Database, vault: Vault, now: datetime) -> None:
    rest = poll.BATCH + 30
    count = poll.BATCH + rest
    report = Report(count)
    cut_off(database, vault, report, now, at=poll.BATCH + 7)
    later = now + timedelta(hours=1)
    assert sync(database, vault, report, later) == Summary(rows=count, new=rest, unchanged=poll.BATCH)
    assert report.read == rest
    with database.read() as session:
        assert len(prospects.licence_links(session)) == count
        feed = session.get_one(Feed, "licences")
        assert (feed.whole_rows, feed.cursor, feed.half_export, feed.half_taken) == (count, now.date(), None, 0)


def test_the_day_of_the_export_is_that_of_its_beginning(database: Database, vault: Vault, now: datetime) -> None:
    report = Report(poll.BATCH + 5)
    cut_off(database, vault, report, now - timedelta(hours=11), at=poll.BATCH + 1)
    sync(database, vault, report, now)
    with database.read() as session:
        assert session.get_one(Feed, "licences").cursor == (now - timedelta(hours=11)).date() < now.date()


def test_a_report_that_was_read_on_counts_whole_for_the_alarm(database: Database, vault: Vault, now: datetime) -> None:
    report = Report(poll.BATCH + 50)
    sync(database, vault, report, now)
    report.rows = [row | {"lastUpdated": "2026-11-20"} for row in report.rows]
    report.dies_at = poll.BATCH + 10
    with pytest.raises(InterruptedError):
        sync(database, vault, report, now, full=True)
    report.dies_at = None
    sync(database, vault, report, now, full=True)
    with database.read() as session:
        assert poll.shrunk(session) == []


@pytest.mark.parametrize(("hours", "full"), [(13, False), (1, True)])
def test_an_old_report_or_another_one_is_begun_anew(
    database: Database, vault: Vault, now: datetime, hours: int, full: bool
) -> None:
    report = Report(poll.BATCH + 50)
    sync(database, vault, Report(1), now - timedelta(days=2))
    cut_off(database, vault, report, now, at=poll.BATCH + 10)
    sync(database, vault, report, now + timedelta(hours=hours), full=full)
    assert report.read == len(report.rows)


def test_a_file_is_read_on_and_another_one_from_its_beginning(database: Database, vault: Vault, now: datetime) -> None:
    def take(rows: Iterator[object], digest: str) -> Summary:
        return poll.take_file(database, vault, rows, digest=digest, now=now)

    report = Report(poll.BATCH + 20)
    report.dies_at = poll.BATCH + 5
    with pytest.raises(InterruptedError):
        take(report._rows(0), "a")
    report.dies_at = None
    count = poll.BATCH + 20
    assert take(report._rows(0), "a") == Summary(rows=count, new=20, unchanged=poll.BATCH)
    assert take(report._rows(0), "a") == Summary(rows=count, unchanged=count)
    with database.read() as session:
        assert session.get(Feed, "file") is None
        assert poll.due(session, ["licences"], HOUR, now) == ["licences"]


def test_each_report_is_asked_for_in_its_time(database: Database, vault: Vault, now: datetime) -> None:
    def due(moment: datetime, every: timedelta = HOUR) -> list[str]:
        with database.read() as session:
            return poll.due(session, ["licences", "feedback"], every, moment)

    assert due(now) == ["licences", "feedback"] and due(now, timedelta(0)) == []
    sync(database, vault, Report(2), now)
    assert due(now) == ["feedback"] and due(now + HOUR) == ["licences", "feedback"]


@pytest.mark.parametrize("every", [timedelta(days=1), timedelta(minutes=5)])
def test_a_report_that_fails_is_not_asked_for_at_every_turn(
    database: Database, vault: Vault, now: datetime, every: timedelta
) -> None:
    sync(database, vault, Report(2), now - 2 * every)
    cut_off(database, vault, Report(2), now, at=1)
    again = now + min(every, poll.AFTER_FAILURE)
    with database.read() as session:
        assert poll.due(session, ["licences"], every, again - timedelta(seconds=1)) == []
        assert poll.due(session, ["licences"], every, again) == ["licences"]
