"""`sync marketplace`, killed for good in the middle of a report, and run again: it goes on from where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from models.marketplace import Feed, Observation
from sandbox import Sandbox
from sandbox.stack import ROOT
from services import prospects
from services.marketplace import poll
from tests.services.marketplace.corpus import corpus

OTHERS = ("sales/transactions", "quotes", "marketing-attribution")
SECRET = "a-secret-key-for-the-tests"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    distinct = {json.dumps(row): row for row in corpus(11, 700).rows}
    return list(distinct.values())


@pytest.fixture
def marketplace(rows: list[dict[str, Any]]) -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        sandbox.world.reports.rows = {"licenses": rows} | {name: [] for name in OTHERS}
        sandbox.world.reports.feedback = []
        yield sandbox


class Console:
    """`flask --app app …` in processes of their own, on one database."""

    def __init__(self, database: Database, marketplace: Sandbox, home: Path) -> None:
        settings = marketplace.settings
        own = {name: value for name, value in os.environ.items() if not name.startswith("FAIRTRIAL_")}
        self.environment = own | {
            "FAIRTRIAL_BASE_URL": "http://localhost:9",
            "FAIRTRIAL_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "FAIRTRIAL_SECRET_KEYS": SECRET,
            "FAIRTRIAL_ERASURE_JOURNAL": str(home / "cli.journal"),
            "FAIRTRIAL_MARKETPLACE_URL": f"{marketplace.url}/marketplace/rest/3",
            "FAIRTRIAL_MARKETPLACE_DEVELOPER_ID": settings.developer_id,
            "FAIRTRIAL_MARKETPLACE_USER": settings.marketplace_user,
            "FAIRTRIAL_MARKETPLACE_TOKEN": settings.marketplace_token,
        }
        self._database = database

    def sync(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "flask", "--app", "app", "sync", "marketplace", "--json", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)

    def killed(self, feed: str, *arguments: str) -> int:
        """Kill it once it has written some rows of this feed; gives how many it says to have taken."""
        process = self.sync(*arguments)
        while self.taken(feed) < 4 * poll.FEW:
            assert process.poll() is None, "it was faster than the test"
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
        if process.stdout:
            process.stdout.close()
        # It may have sent off a further batch just before.
        time.sleep(0.3)
        return self.taken(feed)

    def taken(self, feed: str) -> int:
        with self._database.read() as session:
            known = session.get(Feed, feed)
            return known.half_taken if known else 0

    def summary(self, *arguments: str) -> dict[str, int]:
        shown, _ = self.sync(*arguments).communicate(timeout=110)
        told: dict[str, int] = json.loads(shown.splitlines()[-1])
        return told


def observed(database: Database) -> int:
    with database.read() as session:
        return session.query(Observation).count()


def links(database: Database) -> Any:
    with database.read() as session:
        return prospects.licence_links(session)


def test_an_export_is_read_on(
    database: Database, marketplace: Sandbox, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    console = Console(database, marketplace, tmp_path)
    taken = console.killed("licences")
    assert observed(database) == taken < len(rows)
    summary = console.summary()
    assert summary == {"rows": len(rows), "new": len(rows) - taken, "unchanged": taken, "quarantined": 0}
    with database.read() as session:
        feed = session.get_one(Feed, "licences")
        assert (feed.rows, feed.whole_rows, feed.shrunk_at, feed.half_export) == (len(rows), len(rows), None, None)
    begun = marketplace.world.journal.requests(method="POST")
    assert [entry["path"].endswith("/licenses/async/export") for entry in begun].count(True) == 2, (
        "old ones, and the others"
    )
    read_on = links(database)
    assert console.summary("--full")["new"] == 0
    assert links(database) == read_on and len(read_on) > 500


def test_a_file_is_read_on(
    database: Database, marketplace: Sandbox, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    console = Console(database, marketplace, tmp_path)
    path = tmp_path / "export.json"
    path.write_text(json.dumps(rows))
    taken = console.killed("file", "--file", str(path))
    assert observed(database) == taken < len(rows)
    assert console.summary("--file", str(path))["new"] == len(rows) - taken
    assert observed(database) == len(rows)


def test_a_report_that_is_cut_off_on_the_way_leaves_nothing(
    database: Database, marketplace: Sandbox, tmp_path: Path
) -> None:
    marketplace.world.faults.add({"match": "GET /marketplace/*/async/export/*[!s]", "kind": "truncate", "times": 0})
    process = Console(database, marketplace, tmp_path).sync()
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert observed(database) == 0


def test_a_report_that_is_refused_keeps_none_of_the_others_away(
    database: Database, marketplace: Sandbox, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    few, attribution = rows[:5], {"channel": "x", "eventTimestamp": "2026-01-01", "appEntitlementNumber": "E-77777"}
    reports = marketplace.world.reports.rows
    reports["licenses"], reports["marketing-attribution"] = few, [attribution]
    marketplace.world.faults.add({"match": "POST /marketplace/*/quotes/*", "kind": "403", "times": 0})
    process = Console(database, marketplace, tmp_path).sync()
    process.communicate(timeout=60)
    assert process.returncode == 0, "quotes only add to what is known"
    assert observed(database) == len(few) + 1
    with database.read() as session:
        assert session.get_one(Feed, "quotes").finished_at is None
        assert session.get_one(Feed, "attribution").finished_at is not None
