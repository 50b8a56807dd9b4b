"""The issue panel: a shell without data, and a fragment for those alone who may see the issue."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app import create_app
from connect import tokens
from handlers.i18n import translate
from handlers.parts import Parts
from handlers.settings import Settings
from models.database import Database
from models.schema import upgrade
from models.support import ConfigSnapshot
from services import tenants
from services.support import refresh_case
from tests.contracts import contract
from tests.handlers.faces import Page
from tests.support import hostile
from tests.support.jira import ALICE, BOB, SECRET, SmallJira, small_jira

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FRAGMENT = "/support/api/panel?issueId=10001"


@dataclass
class Panel:
    """The app with one tenant, the small Jira, and a viewer's browser."""

    client: FlaskClient
    parts: Parts
    site: SmallJira

    def refresh(self) -> None:
        options = {"client_key": "client-1", "issue_id": "10001", "projects": (), "now": NOW}
        refresh_case(self.parts.database.write, self.site.jira, self.parts.vault, **options)

    def fragment(
        self, path: str = FRAGMENT, *, viewer: str | None = ALICE, issue: Any = "10001", **headers: str
    ) -> Any:
        context = {"jira": {"issue": {"id": issue, "key": "SUP-7"}}}
        token = tokens.sign(
            SECRET, issuer="client-1", qsh=tokens.CONTEXT_QSH, now=int(time.time()), subject=viewer, context=context
        )
        sent = {"Authorization": f"JWT {token}", "Accept": "text/html", **headers}
        return self.client.get(path, headers=sent)


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Panel]:
    database = Database(f"sqlite:///{tmp_path / 'panel.db'}")
    upgrade(database)
    with small_jira() as site:
        settings = Settings(
            secret_keys=("a-secret-key-for-the-tests",), allowed_sites=(urlsplit(site.url).netloc,), _env_file=None
        )
        app = create_app(settings)
        parts: Parts = app.extensions["fairtrial"]
        parts.clock, parts.database = lambda: NOW, database
        body = {"clientKey": "client-1", "sharedSecret": SECRET, "baseUrl": site.url, "productType": "jira"}
        with database.write() as session:
            tenants.apply(session, parts.vault, tenants.LifecycleCall("installed", body, NOW), NOW)
        yield Panel(app.test_client(use_cookies=False), parts, site)
        parts.outbound.close()
    database.dispose()


def with_zip(shown: Panel) -> None:
    name = "Confluence_support_2026-11-20-10-00-00.zip"
    shown.site.attach("501", name, contract(f"support/zip/{name}").read_bytes())
    shown.site.attach("502", "<script>alert(1)</script>.zip", hostile.overlapping())
    shown.refresh()


def test_the_shell_carries_no_data(shown: Panel) -> None:
    with_zip(shown)
    path = "/support/panel?issueId=10001"
    qsh = tokens.query_string_hash("GET", path)
    token = tokens.sign(SECRET, issuer="client-1", qsh=qsh, now=int(time.time()), subject=ALICE)
    answer = shown.client.get(f"{path}&jwt={token}")
    assert answer.status_code == 200
    assert 'data-fragment="/support/api/panel?issueId=10001"' in answer.text
    assert "Confluence" not in answer.text and "8.5.12" not in answer.text
    assert Page(answer.text).faults == []


def test_the_shell_needs_the_host(shown: Panel) -> None:
    assert shown.client.get("/support/panel?issueId=10001").status_code == 401


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_viewer_sees_the_configuration_in_their_language(shown: Panel, lang: str) -> None:
    with_zip(shown)
    answer = shown.fragment(**{"Accept-Language": lang})
    told = ["Confluence", "8.5.12", "PostgreSQL", "15.6", "17.0.11", "9.0.87", "Example Macros for Confluence", "4.3.1"]
    words = [translate(lang, word) for word in ("Database", "Installed apps", "Refused")]
    assert answer.status_code == 200
    assert [word for word in told + words if word not in answer.text] == []
    assert "<script>" not in answer.text


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_file_is_told_by_its_hash_or_by_why_there_is_none(shown: Panel, lang: str) -> None:
    with_zip(shown)
    digest = hashlib.sha256(contract("support/zip/Confluence_support_2026-11-20-10-00-00.zip").read_bytes()).hexdigest()
    without = translate(lang, "Only the parts that were needed were fetched, so no SHA-256 of the whole is known.")
    answer = shown.fragment(**{"Accept-Language": lang}).text
    assert digest in answer and without not in answer
    with shown.parts.database.write() as session:
        session.execute(update(ConfigSnapshot).values(sha256=None))
    answer = shown.fragment(**{"Accept-Language": lang}).text
    assert digest not in answer and answer.count(without) == 1, "of a file that was refused the reason is told"


def test_a_program_gets_json(shown: Panel) -> None:
    with_zip(shown)
    told = shown.fragment(Accept="application/json").json
    assert told["configuration"]["database"]["version"] == "15.6"
    assert told["configuration"]["database"]["source"].endswith("application.xml#database-information/version")
    assert [file["status"] for file in told["files"]] == ["refused", "parsed"]


def test_an_issue_without_configuration_says_so(shown: Panel) -> None:
    assert "has not been read" in shown.fragment().text
    shown.refresh()
    assert "Attach a support zip" in shown.fragment().text


@pytest.mark.parametrize(
    ("viewer", "issue", "path", "status"),
    [
        (BOB, "10001", FRAGMENT, 403),
        (None, "10001", FRAGMENT, 403),
        (ALICE, "10002", FRAGMENT, 403),
        (ALICE, None, FRAGMENT, 403),
        (ALICE, {"id": "10001"}, FRAGMENT, 403),
        (ALICE, "10001", "/support/api/panel?issueId=10002", 403),
        (ALICE, "10001", "/support/api/panel?issueId=SUP-7", 404),
        (ALICE, "10001", "/support/api/panel", 404),
    ],
)
def test_whoever_may_not_see_the_issue_sees_nothing(
    shown: Panel, viewer: str | None, issue: Any, path: str, status: int
) -> None:
    with_zip(shown)
    answer = shown.fragment(path, viewer=viewer, issue=issue)
    assert answer.status_code == status
    assert "8.5.12" not in answer.text


def test_when_jira_cannot_be_asked_nothing_is_shown(shown: Panel) -> None:
    with_zip(shown)
    shown.site.grants_status = 503
    answer = shown.fragment()
    assert (answer.status_code, answer.json["code"]) == (403, "may-not-browse")


def test_an_issue_number_in_the_token_may_be_a_number(shown: Panel) -> None:
    with_zip(shown)
    assert shown.fragment(issue=10001).status_code == 200
