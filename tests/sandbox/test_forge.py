"""Forge around the app: signed calls to it, and Atlassian's API behind a system token."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from connect import forge as protocol
from connect.fit import FitVerifier, Invocation
from connect.http import Outbound
from connect.jira import Jira
from connect.jwks import KeySet
from connect.tokens import TokenError
from handlers.forge_modules import PRODUCT_EVENTS, REMOTE_MODULES
from sandbox import Sandbox
from sandbox.forge import APP_ID, EVENTS, MODULES
from tests.connect.test_fit_keys import Memory
from tests.sandbox.conftest import Control, TinyApp


class Reader:
    """Reads what the sandbox sends as the app does."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.http = Outbound([f"localhost:{sandbox.url.rpartition(':')[2]}"], timeout=5)
        keys = KeySet(f"{sandbox.url}/.well-known/jwks.json", self.http, Memory(), time.time)
        self.verifier = FitVerifier(APP_ID, ["PRODUCTION"], keys)

    def read(self, entry: dict[str, Any]) -> Invocation:
        return self.verifier.verify(entry["headers"]["Authorization"].removeprefix("Bearer "), int(time.time()))


@pytest.fixture
def reader(sandbox: Sandbox) -> Reader:
    return Reader(sandbox)


@pytest.fixture
def by_forge(control: Control, app: TinyApp) -> Control:
    """The control API of a sandbox that has the tiny app by Forge alone."""
    control("POST", "/forge/install")
    return control


def system_token(app: TinyApp) -> str:
    return str(next(entry["headers"][name] for entry in app.received for name in entry["headers"] if "Oauth" in name))


def test_it_knows_the_modules_of_the_apps_manifest() -> None:
    assert {module.key: module.path for module in REMOTE_MODULES} == MODULES
    assert set(EVENTS.values()) == set(PRODUCT_EVENTS)


def test_an_install_is_told_with_a_token_of_forge(by_forge: Control, app: TinyApp, reader: Reader) -> None:
    entries = app.got("/forge/installed")
    found = [reader.read(entry) for entry in entries]
    assert [one.site.product for one in found] == ["jira", "confluence"]
    assert {one.module_key for one in found} == {"app-installed"}
    assert len({one.token_id for one in found}) == 2
    assert "eventType" not in entries[0]["body"]
    assert len(system_token(app)) > 20


def test_an_app_that_refuses_is_tried_again_with_a_fresh_token(control: Control, app: TinyApp, reader: Reader) -> None:
    app.answers = [503, 204]
    answer = control("POST", "/forge/install", {"products": ["jira"]})
    assert answer["results"][0]["delivery"]["acknowledged"] is True
    first, second = (reader.read(entry).token_id for entry in app.got("/forge/installed"))
    assert first != second


def test_an_event_goes_through_each_open_door(by_forge: Control, app: TinyApp, reader: Reader) -> None:
    by_forge("POST", "/install", {"products": ["jira"]})
    case = by_forge("POST", "/cases", {"summary": "Slow", "sample": True})
    # Events leave in parallel, as Atlassian's do: only their kind tells which is which.
    events = {entry["body"]["eventType"]: entry for entry in app.got("/forge/events")}
    created, updated = events["avi:jira:created:issue"], events["avi:jira:updated:issue"]
    [hook] = app.got("/webhooks/jira/issue_created")
    assert created["body"]["issue"]["id"] == case["id"] == hook["body"]["issue"]["id"]
    assert created["body"]["timestamp"] == str(hook["body"]["timestamp"])
    assert len(app.got("/forge/events")) == len(events) == 3 and events.keys() <= set(PRODUCT_EVENTS)
    assert reader.read(updated).module_key == "issue-events"


def test_the_event_of_an_attachment_names_no_issue(by_forge: Control, app: TinyApp) -> None:
    by_forge("POST", "/cases", {"summary": "Slow", "sample": True})
    bodies = [entry["body"] for entry in app.got("/forge/events")]
    [attached] = [body for body in bodies if body["eventType"] == "avi:jira:created:attachment"]
    assert "issue" not in attached and attached["attachment"]["id"]


def test_without_forge_nothing_is_sent_that_way(installed: Control, app: TinyApp) -> None:
    installed("POST", "/cases", {"summary": "Slow"})
    assert app.got("/forge/events") == []


def test_the_api_takes_the_system_token_and_nothing_else(sandbox: Sandbox, by_forge: Control, app: TinyApp) -> None:
    base = sandbox.world.forge.api_base_url(sandbox.url, "jira")
    token = system_token(app)

    def status(authorization: str, url: str = base) -> int:
        headers = {"Authorization": authorization}
        return requests.get(f"{url}/rest/api/3/myself", headers=headers, timeout=5).status_code

    assert status(f"Bearer {token}") == 200
    assert {status("Bearer x"), status(f"JWT {token}"), status("")} == {401}
    assert status(f"Bearer {token}", base.replace("/jira/", "/confluence/")) in (401, 404)
    assert status(f"Bearer {token}", sandbox.url) == 401
    assert status(f"Bearer {token}", base + "x") == 404
    by_forge("DELETE", "/forge/system-tokens")
    assert status(f"Bearer {token}") == 401


def test_scopes_hold_there_too(sandbox: Sandbox, by_forge: Control, app: TinyApp) -> None:
    by_forge("POST", "/cases", {"summary": "Slow"})
    issue = next(iter(sandbox.world.issues.by_key.values()))
    url = f"{sandbox.world.forge.api_base_url(sandbox.url, 'jira')}/rest/api/3/issue/{issue.key}/properties/p"
    headers = {"Authorization": f"Bearer {system_token(app)}"}
    assert requests.put(url, json=1, headers=headers, timeout=5).status_code == 201
    assert requests.delete(url, headers=headers, timeout=5).status_code == 403


def test_the_apps_own_client_works_through_it(
    sandbox: Sandbox, by_forge: Control, app: TinyApp, reader: Reader
) -> None:
    invocation = reader.read(app.got("/forge/installed")[0])
    jira = Jira(protocol.host_of(invocation.site, system_token(app)), reader.http, time.time)
    alice = sandbox.world.account("alice")
    assert "prospects-viewers" in jira.user_groups(alice.account_id)
    case = by_forge("POST", "/cases", {"summary": "Slow", "sample": True})
    [attachment] = jira.issue(case["key"], ["attachment"])["fields"]["attachment"]
    path = jira.attachment(attachment["id"], max_bytes=10_000_000)
    assert path.stat().st_size == attachment["size"]
    path.unlink()
    assert by_forge("GET", "/requests?path=/rest/api/3/user/groups")[0]["issuer"] == "forge"


def test_the_client_key_under_connect_is_told_to_forge_alone(
    sandbox: Sandbox, by_forge: Control, app: TinyApp, reader: Reader
) -> None:
    site = reader.read(app.got("/forge/installed")[0]).site
    host = protocol.host_of(site, system_token(app))
    assert protocol.connect_client_key(host, "jira", reader.http) is None
    by_forge("POST", "/install", {"products": ["jira"]})
    assert protocol.connect_client_key(host, "jira", reader.http) == sandbox.world.tenants["jira"].client_key
    assert protocol.cloud_id_of(sandbox.url, reader.http) == sandbox.world.forge.cloud_id == site.cloud_id


def test_a_page_calls_as_whoever_looks_at_it(by_forge: Control, app: TinyApp, reader: Reader) -> None:
    case = by_forge("POST", "/cases", {"summary": "Slow"})
    wish = {"method": "GET", "path": "/forge/panel", "module": "configuration-panel", "account": "alice"}
    assert by_forge("POST", "/forge/call", {**wish, "issue": case["key"]})["status"] == 204
    [entry] = app.got("/forge/panel")
    found = reader.read(entry)
    assert found.context["extension"]["issue"]["id"] == case["id"]
    assert found.account_id and found.module_key == "configuration-panel"


def test_tokens_can_be_spoilt_on_order(by_forge: Control, reader: Reader) -> None:
    changes = {"aud": "ari:cloud:ecosystem::app/another", "app": {"license": {"isActive": True}}}
    token = by_forge("POST", "/forge/token", {"module": "every-hour", "claims": changes})["token"]
    with pytest.raises(TokenError, match="wrong-audience"):
        reader.verifier.verify(token, int(time.time()))


def test_keys_rotate(by_forge: Control, reader: Reader, sandbox: Sandbox) -> None:
    key_id = by_forge("POST", "/forge/keys")["key_id"]
    served = requests.get(f"{sandbox.url}/.well-known/jwks.json", timeout=5).json()["keys"]
    assert [key["kid"] for key in served] == [key_id]
    token = by_forge("POST", "/forge/token", {"module": "every-hour"})["token"]
    assert reader.verifier.verify(token, int(time.time())).module_key == "every-hour"


def test_an_uninstall_is_told_before_and_ends_the_events(by_forge: Control, app: TinyApp) -> None:
    by_forge("POST", "/forge/uninstall")
    assert len(app.got("/forge/uninstalled")) == 2
    by_forge("POST", "/cases", {"summary": "Slow"})
    assert app.got("/forge/events") == []
