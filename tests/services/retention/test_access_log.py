"""Visitors' access log: four to ten days by how much is written, in no backup, with no link of anybody's in it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, Table, select

from models.database import Database
from models.schema import METADATA
from services import access_log
from services.access_log import AccessLog, Visit, days_for
from tests.handlers.edge import Edge

DAY = timedelta(days=1)
VISIT = Visit("192.0.2.77", "GET", "/policy/<lang>", 200, 1234, "Mozilla/5.0")


@pytest.fixture
def log(tmp_path: Path) -> AccessLog:
    return AccessLog(tmp_path / "access")


@pytest.mark.parametrize(("lines", "days"), [(0, 10), (8_000, 10), (50_000, 7), (100_000, 4), (10**9, 4), (-5, 10)])
def test_the_days_follow_the_load(lines: int, days: int) -> None:
    assert days_for(lines) == days


@settings(max_examples=60, deadline=None)
@given(st.floats(allow_nan=False), st.integers(0, 86_399), st.integers(0, 60 * 86_400))
def test_invariant_8_no_line_goes_before_four_days_or_stays_for_more_than_ten(
    load: float, second: int, later: int
) -> None:
    """By the days of whatever load, for a line of any second of a day, at any second after it."""
    written = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=second)
    midnight = written.replace(hour=0, minute=0, second=0)
    at = written + timedelta(seconds=later)
    gone = at >= midnight + timedelta(days=min(days_for(load) + 1, access_log.LONGEST))
    if at - written < 4 * DAY:
        assert not gone
    if at - written >= 10 * DAY:
        assert gone


def test_a_day_goes_as_a_file_when_it_is_due(log: AccessLog, now: datetime) -> None:
    for age in range(12):
        log.write(VISIT, now - age * DAY)
    assert log.load(now) == access_log.Load(1, 10)
    assert [file.name for file in log.due(now)] == ["access-2026-11-11.log", "access-2026-11-12.log"]
    assert (log.purge(now), log.purge(now)) == (2, 0)
    assert len(list(log.lines(now))) == 10


def test_a_busy_day_shortens_the_period(log: AccessLog, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "FULL_LOAD", 3)
    for age in (1, 1, 1, 4, 5, 6):
        log.write(VISIT, now - age * DAY)
    assert log.load(now).days == 4
    assert log.purge(now) == 2
    assert len(list(log.lines(now))) == 3, "four days exactly is past it"


def test_what_is_past_its_period_is_not_shown_before_it_is_purged(log: AccessLog, now: datetime) -> None:
    log.write(VISIT, now)
    assert len(list(log.lines(now + 10 * DAY - timedelta(seconds=1)))) == 1
    assert list(log.lines(now + 10 * DAY)) == []


def test_the_format_is_the_combined_one_and_nothing_breaks_a_line(log: AccessLog, now: datetime) -> None:
    log.write(Visit("192.0.2.77", "GET", "/u/<token>", 200, 12, 'x"\n1.2.3.4 - - [evil]' + "y" * 500), now)
    (line,) = log.lines(now)
    assert re.fullmatch(
        r'192\.0\.2\.77 - - \[22/Nov/2026:10:00:00 \+0000\] "GET /u/<token> HTTP/1\.1" 200 12 "-" "[^"\n]{1,200}"', line
    )


def test_public_pages_are_logged_by_route_and_others_are_not(edge: Edge) -> None:
    edge.client.get("/policy/fr", headers={"User-Agent": "Lynx"}, environ_base={"REMOTE_ADDR": "192.0.2.77"})
    edge.client.get("/u/secret-token", environ_base={"REMOTE_ADDR": "192.0.2.78"})
    edge.client.get("/healthz", environ_base={"REMOTE_ADDR": "192.0.2.79"})
    edge.client.get("/staff/prospects", environ_base={"REMOTE_ADDR": "192.0.2.80"})
    lines = list(edge.parts.access_log.lines(edge.now))
    assert [line.split()[0] for line in lines] == ["192.0.2.77", "192.0.2.78"]
    assert "secret-token" not in "".join(lines) and "/u/<token>" in lines[1]


def test_invariant_8_no_address_of_a_visitor_is_in_a_backup(edge: Edge, database: Database, tmp_path: Path) -> None:
    edge.client.get("/policy/fr", environ_base={"REMOTE_ADDR": "192.0.2.177"})
    assert "192.0.2.177" in "".join(edge.parts.access_log.lines(edge.now))
    rows = [str(row) for table in METADATA.sorted_tables for row in _rows(database, table)]
    assert rows and "192.0.2.177" not in "".join(rows)
    if database.is_sqlite:
        copy = tmp_path / "backup.db"
        with closing(sqlite3.connect(str(database.url.database))) as live, closing(sqlite3.connect(copy)) as kept:
            live.backup(kept)
        assert b"192.0.2.177" not in copy.read_bytes()


def _rows(database: Database, table: Table) -> Sequence[Row[Any]]:
    with database.read() as session:
        return session.execute(select(table)).all()


def test_the_folder_tells_backup_programs_to_leave_it_out(log: AccessLog, now: datetime, tmp_path: Path) -> None:
    log.write(VISIT, now)
    tag = (tmp_path / "access" / "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_a_full_disk_stops_no_visitor(edge: Edge) -> None:
    folder = edge.parts.access_log._folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("no folder")
    assert edge.client.get("/policy/fr").status_code == 200
