"""A case follows its issue: real HTTP, real database, read twice, killed in between, changed, deleted."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connect.http import UpstreamError
from models.database import Database
from models.queues import OutboxItem
from models.support import ConfigComponent, ConfigSnapshot, SupportCase
from models.vault import Place, Vault
from services import outbox
from services.support import Hint, Outcome, note_event, panel, refresh_case
from tests.contracts import contract, load
from tests.support import hostile
from tests.support.jira import BOB, SmallJira, small_jira

JAVA = b'openjdk version "21.0.5" 2024-10-15\n'


@pytest.fixture
def site() -> Iterator[SmallJira]:
    with small_jira() as running:
        yield running


class Runner:
    """Refreshes the one case of the small Jira."""

    def __init__(self, database: Database, site: SmallJira, vault: Vault, now: datetime) -> None:
        self.database, self.site, self.vault, self.now = database, site, vault, now

    def __call__(self, **changed: Any) -> Outcome:
        options = {"client_key": "client-1", "issue_id": "10001", "projects": ("SUP",), "now": self.now} | changed
        transaction = options.pop("transaction", self.database.write)
        return refresh_case(transaction, self.site.jira, self.vault, **options)

    def rows(self, table: type[Any]) -> list[Any]:
        with self.database.read() as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def told(self) -> dict[str, Any]:
        with self.database.read() as session:
            return panel(session, "client-1", "10001", self.now.date())

    def property(self) -> dict[str, Any]:
        [item] = self.rows(OutboxItem)
        return outbox.payload_of(item, self.vault)

    def everything(self) -> list[dict[str, Any]]:
        """Every row as it stands, but for the sealed fields, which differ each time."""
        hidden = ("reporter", "payload")
        return [
            {column.name: getattr(row, column.name) for column in row.__table__.columns if column.name not in hidden}
            for table in (SupportCase, ConfigSnapshot, ConfigComponent, OutboxItem)
            for row in self.rows(table)
        ]


@pytest.fixture
def refresh(database: Database, site: SmallJira, vault: Vault, now: datetime) -> Runner:
    return Runner(database, site, vault, now)


def support_zip() -> bytes:
    return contract("support/zip/Confluence_support_2026-11-20-10-00-00.zip").read_bytes()


def test_a_support_zip_becomes_a_configuration(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "Confluence_support.zip", support_zip())
    assert refresh() == Outcome.READ
    told = refresh.told()
    assert {kind: (item["name"], item["version"]) for kind, item in told["configuration"].items()} == {
        "product": ("Confluence", "8.5.12"),
        "database": ("PostgreSQL", "15.6"),
        "jvm": ("OpenJDK", "17.0.11"),
        "os": ("Linux", "5.14.0"),
        "app_server": ("Apache Tomcat", "9.0.87"),
    }
    assert [(app["name"], app["version"]) for app in told["apps"]] == [
        ("Example Macros for Confluence", "4.3.1"),
        ("Other Diagrams", "12.0.3-conf8"),
    ]
    assert told["facts"]["memory_mb"]["value"] == 31767
    assert told["configuration"]["product"]["file"] == "Confluence_support.zip"


def test_a_compact_index_is_queued_for_jira(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "Confluence_support.zip", support_zip())
    refresh()
    payload = refresh.property()
    named = {"client_key": "client-1", "issue_id": "10001", "key": "fairtrial.configuration"}
    assert {name: payload[name] for name in named} == named
    assert payload["value"] == {
        "v": 1,
        "product": "confluence",
        "productVersion": "8.5.12",
        "productSeries": "8.5",
        "productSort": 8005012,
        "deployment": "datacenter",
        "db": "postgresql",
        "dbMajor": 15,
        "java": 17,
        "os": "linux",
        "appServer": "apache-tomcat",
        "apps": 2,
    }


def test_a_second_run_changes_and_fetches_nothing(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "Confluence_support.zip", support_zip())
    site.attach("502", "java.txt", JAVA, "text/plain")
    refresh()
    first = refresh.everything()
    refresh()
    assert refresh.everything() == first
    assert site.downloads() == ["501", "502"]


@pytest.mark.parametrize("killed_at", [1, 2, 3, 4])
def test_killed_anywhere_it_ends_the_same(refresh: Runner, site: SmallJira, database: Database, killed_at: int) -> None:
    site.attach("501", "Confluence_support.zip", support_zip())
    site.attach("502", "java.txt", JAVA, "text/plain")
    opened = 0

    @contextmanager
    def killed() -> Iterator[Session]:
        nonlocal opened
        opened += 1
        with database.write() as session:
            yield session
            if opened == killed_at:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(transaction=killed)
    refresh()
    assert [row.attachment_id for row in refresh.rows(ConfigSnapshot)] == ["501", "502"]
    assert refresh.told()["configuration"]["jvm"]["version"] == "21.0.5"
    assert refresh.property()["value"]["java"] == 21


def test_nothing_of_the_attachment_is_left(
    refresh: Runner, site: SmallJira, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    site.attach("501", "Confluence_support.zip", support_zip())
    site.attach("502", "bomb.zip", hostile.overlapping())
    refresh()
    assert {path for path in tmp_path.iterdir() if path.name.startswith("attachment-")} <= before


def test_the_newest_word_counts_and_a_removed_file_does_not(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "Confluence_support.zip", support_zip())
    site.attach("502", "java.txt", JAVA, "text/plain")
    refresh()
    assert refresh.told()["configuration"]["jvm"]["version"] == "21.0.5"
    del site.files["502"]
    refresh()
    told = refresh.told()
    assert told["configuration"]["jvm"]["version"] == "17.0.11"
    assert [(file["name"], file["gone"]) for file in told["files"]] == [
        ("java.txt", True),
        ("Confluence_support.zip", False),
    ]
    assert refresh.property()["value"]["java"] == 17


def test_what_no_database_can_store_keeps_no_case_from_being_read(refresh: Runner, site: SmallJira) -> None:
    parts = [{"type": "library", "name": "jjwt\0api\ud800", "version": "0.12.6\0", "purl": "pkg:maven/a/\udfff@0.12.6"}]
    bill = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": parts})
    site.attach("501", "bill.json", bill.encode(), "application/json")
    site.attach("502", "java.txt", JAVA, "text/plain")
    refresh()
    told = refresh.told()
    assert told["configuration"]["jvm"]["version"] == "21.0.5"
    assert [(app["name"], app["version"]) for app in told["apps"]] == [("jjwt\ufffdapi\ufffd", "0.12.6\ufffd")]


def test_a_deleted_issue_ends_the_case_and_its_return_revives_it(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "java.txt", JAVA, "text/plain")
    refresh()
    site.issue_status = 404
    assert refresh() == Outcome.DELETED
    assert refresh.told()["state"] == "unread"
    assert refresh.rows(ConfigSnapshot)[0].gone_at is not None
    site.issue_status = 200
    refresh()
    assert refresh.told()["state"] == "read"


def test_an_issue_outside_the_support_projects_is_not_read(refresh: Runner, site: SmallJira) -> None:
    site.project = "DEV"
    site.attach("501", "java.txt", JAVA, "text/plain")
    assert refresh() == Outcome.IGNORED
    assert refresh.rows(SupportCase) == []
    assert site.downloads() == []


def test_without_named_projects_every_issue_is_a_case(refresh: Runner, site: SmallJira) -> None:
    site.project = "DEV"
    assert refresh(projects=()) == Outcome.READ
    assert refresh.told()["state"] == "empty"
    assert refresh.rows(OutboxItem) == []


def test_hostile_and_foreign_files_are_told_with_their_reason(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "bomb.zip", hostile.overlapping())
    site.attach("502", "letter.txt", b"Dear all, it does not work.", "text/plain")
    site.attach("503", "screen.png", b"\x89PNG....", "image/png")
    site.attach("504", "gone.txt", JAVA, "text/plain")
    site.content_status["504"] = 404
    refresh()
    told = refresh.told()
    assert {file["name"]: (file["status"], file["reason"]) for file in told["files"]} == {
        "bomb.zip": ("refused", "overlapping-entries"),
        "letter.txt": ("unknown", "unknown-format"),
        "screen.png": ("unknown", "media"),
        "gone.txt": ("refused", "download-not-found"),
    }
    assert (told["state"], site.downloads()) == ("empty", ["501", "502", "504"])


def test_an_outage_passes_up_and_keeps_what_was_read(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "java.txt", JAVA, "text/plain")
    site.attach("502", "more.txt", JAVA, "text/plain")
    site.content_status["502"] = 503
    with pytest.raises(UpstreamError, match="server-error"):
        refresh()
    assert [row.attachment_id for row in refresh.rows(ConfigSnapshot)] == ["501"]


def test_an_issue_that_may_not_be_seen_is_not_taken_for_deleted(refresh: Runner, site: SmallJira) -> None:
    refresh()
    site.issue_status = 403
    with pytest.raises(UpstreamError, match="forbidden"):
        refresh()
    assert refresh.rows(SupportCase)[0].deleted_at is None


def test_a_replaced_file_is_read_again(refresh: Runner, site: SmallJira, now: datetime) -> None:
    site.attach("501", "java.txt", JAVA, "text/plain")
    refresh()
    site.attach("501", "java.txt", JAVA + b"\nPostgreSQL 16.1", "text/plain")
    refresh(now=now + timedelta(hours=1))
    assert refresh.told()["configuration"]["database"]["version"] == "16.1"
    assert len(refresh.rows(ConfigSnapshot)) == 1


def test_people_are_sealed_and_links_of_the_answer_are_never_followed(refresh: Runner, site: SmallJira) -> None:
    site.attach("501", "logs of bob@example.test.txt", b"Java 17.0.1\npassword=EXAMPLE\n", "text/plain")
    refresh()
    [case] = refresh.rows(SupportCase)
    assert refresh.vault.unseal(case.reporter, Place("support_cases", "reporter", "client-1|10001")) == BOB
    assert case.reporter_index == refresh.vault.blind_index("account", BOB)
    everything = json.dumps(refresh.everything(), default=str)
    for hidden in (BOB, "Bob Example", "bob@example.test", "password=EXAMPLE", "elsewhere"):
        assert hidden not in everything


def test_many_attachments_are_bounded(refresh: Runner, site: SmallJira, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.support.issues.MAX_ATTACHMENTS", 2)
    for number in range(4):
        site.attach(str(501 + number), "java.txt", JAVA, "text/plain")
    refresh()
    assert [row.attachment_id for row in refresh.rows(ConfigSnapshot)] == ["503", "504"]


def test_events_are_hints() -> None:
    named = note_event(load("jira-webhooks/attachment_created.json"), "attachment_created")
    assert named == Hint("issue:10000", "10000", "BUG-15", "BUG")
    assert note_event(load("jira-webhooks/attachment_created-no-issue.json"), "attachment_created") is None
    assert note_event({"issue": {"id": "1 OR 1"}}, "issue_created") is None
    assert note_event({"issue": "x"}, "issue_created") is None
    deleted = note_event(load("jira-webhooks/webhook-issue-deleted.json"), "issue_deleted")
    assert deleted is not None and deleted.issue_id == "10303"
