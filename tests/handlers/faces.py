"""A running app with a tenant, a Jira that knows its staff, and a few evaluators; and what makes a page a good page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from connect import tokens
from handlers import staff_groups
from handlers.parts import Parts
from handlers.settings import Settings
from models.database import Database
from models.people import Person
from services import links, tenants
from services.marketplace.poll import take_all
from tests.connect.server import Asked, Reply, Server, serving

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECRET = "the-shared-secret-of-a-tenant-in-a-test"
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def evaluation(number: int, name: str, email: str, **changes: Any) -> dict[str, Any]:
    """A licence row of the Marketplace with an invented evaluator."""
    contact = {"company": f"Company {number}", "country": "France", "technicalContact": {"email": email, "name": name}}
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
        "contactDetails": contact,
    } | changes


@dataclass
class Face:
    """One app on one database, and a browser without cookies in front of it."""

    app: Flask
    parts: Parts
    client: FlaskClient
    # The site that has the app. Its answer may be changed.
    jira: Server

    def take(self, *rows: Mapping[str, Any]) -> None:
        """Rows of the Marketplace come in."""
        take_all(self.parts.database, self.parts.vault, rows, source="file", as_of=None, now=NOW)

    def link(self, email: str, kind: links.Kind) -> str:
        """The token of a new link for whoever has this address."""
        index = self.parts.vault.blind_index("email", email)
        with self.parts.database.write() as session:
            person = session.query(Person).filter_by(email_index=index).one()
            return links.issue(session, self.parts.vault, kind=kind, person=person, now=NOW)

    def staff(self, path: str, *, account: str = "alice", method: str = "GET", **accept: str) -> Any:
        """A call of our own page in the frame, as `account`."""
        token = tokens.sign(SECRET, issuer="tenant-1", qsh=tokens.CONTEXT_QSH, now=int(time.time()), subject=account)
        sent = {"Authorization": f"JWT {token}", "Accept": "text/html", **accept}
        return self.client.open(path, method=method, headers=sent)

    def post(self, path: str, form: Mapping[str, str], *, account: str = "alice") -> Any:
        """A form of our own page, answered as to a machine."""
        token = tokens.sign(SECRET, issuer="tenant-1", qsh=tokens.CONTEXT_QSH, now=int(time.time()), subject=account)
        return self.client.post(
            path, data=form, headers={"Authorization": f"JWT {token}", "Accept": "application/json"}
        )

    def page(self, path: str) -> Any:
        """A page that the host opens in a frame: its token is bound to this very URL."""
        qsh = tokens.query_string_hash("GET", path)
        token = tokens.sign(SECRET, issuer="tenant-1", qsh=qsh, now=int(time.time()), subject="alice")
        return self.client.get(f"{path}{'&' if '?' in path else '?'}jwt={token}")


@contextmanager
def running(database: Database) -> Iterator[Face]:
    """The app on `database`; its Jira says that alice is staff, olivia a privacy officer, and others neither."""

    def groups(asked: Asked) -> Reply:
        groups_of = {"alice": "prospects-viewers", "olivia": "privacy-officers"}
        named = next((group for who, group in groups_of.items() if f"accountId={who}" in asked.url), "others")
        return Reply(200, [{"name": named}])

    staff_groups.forget_all()
    with serving() as jira:
        jira.answer = groups
        settings = Settings(secret_keys=("a-secret-key-for-the-tests",), allowed_sites=(jira.netloc,), _env_file=None)
        app = create_app(settings)
        parts: Parts = app.extensions["fairtrial"]
        parts.clock, parts.database = lambda: NOW, database
        with database.write() as session:
            tenants.apply(session, parts.vault, _installed(jira.base), NOW)
        yield Face(app, parts, app.test_client(use_cookies=False), jira)
        if "jobs" in vars(parts):
            parts.jobs.huey.storage.close()


def _installed(base_url: str) -> tenants.LifecycleCall:
    body = {"clientKey": "tenant-1", "sharedSecret": SECRET, "baseUrl": base_url, "productType": "jira"}
    return tenants.LifecycleCall("installed", body, NOW)


@dataclass
class Page(HTMLParser):
    """A page as read: `faults` are what makes it a bad one, whatever it says."""

    markup: str
    faults: list[str] = field(default_factory=list)
    text: str = ""
    lang: str | None = None

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._ids: list[str] = []
        self._labelled: set[str] = set()
        self._fields: list[str] = []
        self._headings = 0
        self.feed(self.markup)
        self.close()
        self._conclude()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.faults += [f"inline {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not ("src" in given and given.get("nonce"))):
            self.faults.append(f"inline {tag}")
        self.lang = self.lang or given.get("lang")
        self._ids += [given["id"]] if "id" in given else []
        self._headings += tag == "h1" and "template" not in self._open
        if tag == "label":
            self._labelled.add(given.get("for", ""))
        is_field = tag in ("input", "select", "textarea") and given.get("type") != "hidden"
        if is_field and "label" not in self._open:
            self._fields.append(given.get("id", "?"))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data

    def _conclude(self) -> None:
        self.faults += [f"<{tag}> is left open" for tag in self._open]
        self.faults += [f"id {name} twice" for name in set(self._ids) if self._ids.count(name) > 1]
        self.faults += [f"field {name} without label" for name in self._fields if name not in self._labelled]
        if self._headings > 1:
            self.faults.append("more than one h1")
        if self.lang not in ("en", "fr"):
            self.faults.append("no language")
