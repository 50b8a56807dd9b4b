"""The app beside a whole site, through either door: one case, one state."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from app import create_app
from connect import tokens
from handlers import staff_groups, work
from handlers.parts import Parts
from handlers.settings import Settings
from models.support import SupportCase
from models.tenants import Tenant
from sandbox import Sandbox
from sandbox.forge import APP_ID
from sandbox.server import QuietHandler
from tests.sandbox.conftest import Control


class Stage:
    """A sandbox, the app that it may install, and a worker that works when told to."""

    def __init__(self, sandbox: Sandbox, parts: Parts) -> None:
        self.sandbox, self.parts, self.control = sandbox, parts, Control(sandbox)

    def case(self) -> dict[str, Any]:
        """A customer attaches a support zip; everything that follows from it is done."""
        case: dict[str, Any] = self.control("POST", "/cases", {"summary": "Slow since the upgrade", "sample": True})
        assert all(delivery["acknowledged"] for delivery in case["deliveries"]), case["deliveries"]
        work.drain(self.parts)
        return case

    def state(self, case: dict[str, Any]) -> tuple[Any, ...]:
        """What is known of the case, here and in Jira; not the digest of the file, which is packed anew each time."""
        with self.parts.database.read() as session:
            found = session.query(SupportCase).one()
            snapshots = [(row.file_name, row.status, row.facts) for row in found.snapshots]
            components = [(c.kind, c.name, c.version) for row in found.snapshots for c in row.components]
        issue = self.control("GET", f"/cases/{case['key']}")
        return found.state, found.project_key, snapshots, components, sorted(issue["properties"])

    def by_forge(self, path: str, module: str, account: str = "alice", **wish: Any) -> tuple[int, Any]:
        order = {"method": "GET", "path": path, "module": module, "account": account, **wish}
        answer = self.control("POST", "/forge/call", order)
        return answer["status"], json.loads(answer["body"])

    def by_connect(self, path: str, case: dict[str, Any]) -> Any:
        token = self.control("GET", f"/context-token?account=alice&issue={case['key']}")["token"]
        headers = {"Authorization": f"JWT {token}", "Accept": "application/json"}
        return requests.get(self.parts.settings.base_url + path, headers=headers, timeout=20).json()

    @property
    def tenants(self) -> list[Tenant]:
        with self.parts.database.read() as session:
            return list(session.query(Tenant).order_by(Tenant.id))


@contextmanager
def stage(home: Path) -> Iterator[Stage]:
    staff_groups.forget_all()
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=QuietHandler)
    base_url = f"http://localhost:{server.server_port}"
    with Sandbox(base_url) as sandbox:
        settings = Settings(
            base_url=base_url,
            database_url=f"sqlite:///{home / 'app.db'}",
            secret_keys=("a-secret-key-for-the-tests",),
            allowed_sites=(sandbox.url.removeprefix("http://"),),
            install_keys_urls=(f"{sandbox.url}/install-keys",),
            forge_app_id=APP_ID,
            forge_jwks_url=f"{sandbox.url}/.well-known/jwks.json",
            _env_file=None,
        )
        app = create_app(settings)
        server.app = app
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        parts: Parts = app.extensions["fairtrial"]
        yield Stage(sandbox, parts)
        server.shutdown()
        server.server_close()
        parts.jobs.huey.storage.close()
        parts.outbound.close()
        parts.database.dispose()


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path / "forge") as running:
        running.control("POST", "/forge/install")
        yield running


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path / "connect") as running:
        running.control("POST", "/install")
        yield running


def test_a_case_is_the_same_through_either_door(forge: Stage, connect: Stage) -> None:
    one, other = forge.case(), connect.case()
    assert forge.state(one) == connect.state(other)
    assert forge.state(one)[-1] == ["fairtrial.configuration"]
    path = f"/forge/panel?issueId={one['id']}"
    status, panel = forge.by_forge(path, "configuration-panel", issue=one["key"])
    shown = connect.by_connect(f"/support/api/panel?issueId={other['id']}", other)
    assert status == 200
    assert [file["name"] for file in panel["files"]] == [file["name"] for file in shown["files"]] != []
    kinds = {kind: found["version"] for kind, found in panel["configuration"].items()}
    assert kinds == {kind: found["version"] for kind, found in shown["configuration"].items()} != {}


def test_both_doors_at_once_lead_to_one_case(connect: Stage) -> None:
    connect.control("POST", "/forge/install")
    case = connect.case()
    before = connect.state(case)
    work.drain(connect.parts)
    assert connect.state(case) == before
    assert [tenant.product for tenant in connect.tenants] == ["jira", "confluence"]


def test_a_site_moves_to_forge_and_keeps_its_tenant(connect: Stage) -> None:
    case = connect.case()
    before, tenants = connect.state(case), [tenant.client_key for tenant in connect.tenants]
    connect.control("POST", "/forge/install")
    connect.control("POST", "/uninstall")
    connect.control("POST", "/forge/upgrade")
    assert [tenant.client_key for tenant in connect.tenants] == tenants
    assert connect.state(case) == before
    connect.control("POST", f"/cases/{case['key']}/comments", {"text": "Still slow", "account": "carol"})
    work.drain(connect.parts)
    status, panel = connect.by_forge(f"/forge/panel?issueId={case['id']}", "configuration-panel", issue=case["key"])
    assert (status, len(panel["files"])) == (200, 1)


def test_staff_and_others(forge: Stage) -> None:
    assert forge.by_forge("/forge/prospects", "prospects-page")[0] == 200
    status, refusal = forge.by_forge("/forge/prospects", "prospects-page", "bob")
    assert (status, refusal["code"]) == (403, "not-staff")


def test_a_new_key_is_taken_up(forge: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    forge.control("POST", "/forge/keys")
    assert forge.by_forge("/forge/prospects", "prospects-page")[0] == 401
    monkeypatch.setattr("connect.jwks.COOL_DOWN_SECONDS", 0)
    assert forge.by_forge("/forge/prospects", "prospects-page")[0] == 200


def test_a_connect_token_opens_no_door_of_forge(connect: Stage) -> None:
    token = connect.control("GET", "/context-token?account=alice")["token"]
    assert tokens.read_issuer(token)
    for scheme in ("JWT", "Bearer"):
        headers = {"Authorization": f"{scheme} {token}"}
        url = f"{connect.parts.settings.base_url}/forge/prospects"
        assert requests.get(url, headers=headers, timeout=20).status_code == 401
