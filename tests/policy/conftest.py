"""The built-in policy, a copy of it to spoil, and a real Confluence stand-in to publish to."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connect.confluence import Confluence
from connect.host import Host
from connect.http import Outbound
from models.database import Database
from models.register import REGISTER, Vendor
from sandbox import Sandbox
from sandbox.pages import Page
from services.policy import Policy, Publication, Target, load, publish

BUILT_IN = Path(__file__).resolve().parents[2] / "policy"
APP_KEY = "com.alkaes.fairtrial"
APP_URL = "https://fairtrial.example"
SECRET = "a-shared-secret-of-the-policy-tests-0123456789"


@pytest.fixture
def vendor() -> Vendor:
    """An invented vendor, with everything in its name that Markdown and XML care about."""
    return Vendor("Dupont & Fils <Apps> *SARL*", "vie_privee@dupont.example", "1. rue du Test, 75000 Paris")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the built-in policy that a test may change."""
    return Path(shutil.copytree(BUILT_IN, tmp_path / "policy"))


@pytest.fixture
def text(vendor: Vendor) -> Policy:
    """The built-in policy."""
    return load(BUILT_IN, REGISTER, vendor)


@pytest.fixture
def single(tmp_path: Path, vendor: Vendor) -> Callable[[str, str], Policy]:
    """A policy of one document a language, made of two texts."""

    def make(french: str, english: str) -> Policy:
        folder = tmp_path / "single"
        folder.mkdir(exist_ok=True)
        (folder / "fr.md").write_text(french)
        (folder / "en.md").write_text(english)
        return load(folder, REGISTER, vendor)

    return make


@dataclass
class Site:
    """One Confluence, one database, and a publisher between them."""

    sandbox: Sandbox
    confluence: Confluence
    database: Database
    target: Target
    now: datetime
    slept: list[float] = field(default_factory=list)

    def publish(self, policy: Policy) -> dict[str, Publication]:
        """Publish once; waiting is written down instead of done."""
        results = publish(
            self.database.write,
            self.confluence,
            policy,
            self.target,
            clock=lambda: self.now,
            sleep=self.slept.append,
        )
        return {result.lang: result for result in results}

    def pages(self) -> list[Page]:
        """Our pages: those that carry a marker of ours."""
        return [page for page in self.sandbox.world.wiki.pages.values() if "alkaes-policy-" in page.head.body]

    def page(self, lang: str) -> Page:
        """The one page of a language."""
        [found] = [page for page in self.pages() if f"-{lang}</ac:parameter>" in page.head.body]
        return found

    def fault(self, match: str, kind: str, **rest: Any) -> None:
        """Order a fault."""
        self.sandbox.world.faults.add({"match": match, "kind": kind, **rest})

    def writes(self) -> int:
        """Requests so far that were meant to change something."""
        return sum(request["method"] != "GET" for request in self.sandbox.world.journal.requests())


@pytest.fixture
def site(database: Database, now: datetime) -> Iterator[Site]:
    """A site that has the app installed."""
    with Sandbox() as sandbox:
        tenant = sandbox.world.tenants["confluence"]
        tenant.secret = SECRET
        tenant.descriptor = {"key": APP_KEY, "baseUrl": APP_URL, "scopes": ["READ", "WRITE"]}
        host = Host(tenant.base_url, tenant.client_key, APP_KEY, SECRET)
        with Outbound([sandbox.url.removeprefix("http://")], timeout=5, clock=lambda: running.now.timestamp()) as http:
            confluence = Confluence(host, http, time.time)
            target = Target(tenant.client_key, "LEGAL", app_url=APP_URL)
            running = Site(sandbox, confluence, database, target, now)
            yield running
