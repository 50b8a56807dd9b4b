"""Installing as a host does."""

from __future__ import annotations

import time
from typing import Any

import requests

from connect import tokens
from sandbox import Sandbox
from tests.sandbox.conftest import Client, Control, TinyApp


def _verified(sandbox: Sandbox, app: TinyApp, entry: dict[str, Any]) -> tokens.Claims:
    token = entry["headers"]["Authorization"].removeprefix("JWT ")
    pem = requests.get(f"{sandbox.url}/install-keys/{tokens.read_key_id(token)}", timeout=5).text
    return tokens.verify_install(
        token, pem, method="POST", raw_url=entry["url"], base_url=app.url, audiences=[app.url], now=int(time.time())
    )


def test_installed_is_signed_with_a_key_of_the_key_server(sandbox: Sandbox, control: Control, app: TinyApp) -> None:
    results = control("POST", "/install")["results"]
    assert [(row["product"], row["installed"], row["enabled"]) for row in results] == [
        ("jira", True, 204),
        ("confluence", True, 204),
    ]
    jira, confluence = app.got("/connect/installed")
    for entry in (jira, confluence):
        assert _verified(sandbox, app, entry).issuer == entry["body"]["clientKey"]
    assert jira["body"]["baseUrl"] == sandbox.url
    assert confluence["body"]["baseUrl"] == sandbox.url + "/wiki"
    assert jira["body"]["sharedSecret"] != confluence["body"]["sharedSecret"]


def test_enabled_is_signed_with_the_new_secret(installed: Control, sandbox: Sandbox, app: TinyApp) -> None:
    installed("POST", "/install", {"products": ["jira"]})
    secret = app.got("/connect/installed")[0]["body"]["sharedSecret"]
    entry = app.got("/connect/enabled")[0]
    token = entry["headers"]["Authorization"].removeprefix("JWT ")
    claims = tokens.verify_request(
        token, [secret], method="POST", raw_url=entry["url"], base_url=app.url, now=int(time.time())
    )
    assert claims.issuer == entry["body"]["clientKey"]
    assert "sharedSecret" not in entry["body"]


def test_the_old_secret_stays_when_the_app_refuses(call: Client, control: Control, app: TinyApp) -> None:
    app.answers = [500]
    refused = requests.post(control.base + "/install", json={"products": ["jira"]}, timeout=10)
    assert refused.status_code == 502
    assert call("GET", "/rest/api/3/myself").status_code == 200


def test_re_installing_rotates_the_secret(call: Client, sandbox: Sandbox, installed: Control) -> None:
    old = sandbox.world.tenants["jira"].secret
    installed("POST", "/install", {"products": ["jira"]})
    url = sandbox.url + "/rest/api/3/myself"
    token = call.token("GET", url, secret=old)
    assert requests.get(url, headers={"Authorization": f"JWT {token}"}, timeout=5).status_code == 401
    assert call("GET", "/rest/api/3/myself").status_code == 200


def test_a_site_import_makes_a_new_tenant_at_the_same_address(installed: Control, app: TinyApp) -> None:
    before = installed("GET", "/state")["tenants"][0]["client_key"]
    installed("POST", "/install", {"products": ["jira"], "new_client_key": True})
    assert app.got("/connect/installed")[0]["body"]["clientKey"] != before


def test_a_descriptor_that_a_host_would_refuse_is_not_installed(control: Control, app: TinyApp) -> None:
    app.authentication = {"type": "none"}
    refused = requests.post(control.base + "/install", timeout=10)
    assert refused.status_code == 502
    assert "authentication.type" in refused.json()["error"]
    assert not app.got("/connect/installed")


def test_uninstalled_is_rs256_and_ends_access(call: Client, sandbox: Sandbox, installed: Control, app: TinyApp) -> None:
    url = sandbox.url + "/rest/api/3/myself"
    token = call.token("GET", url)
    installed("POST", "/uninstall", {"products": ["jira"]})
    _verified(sandbox, app, app.got("/connect/uninstalled")[0])
    assert requests.get(url, headers={"Authorization": f"JWT {token}"}, timeout=5).status_code == 401


def test_no_secret_in_state_or_journals(sandbox: Sandbox, installed: Control) -> None:
    secrets = [tenant.secret or "" for tenant in sandbox.world.tenants.values()]
    shown = str(installed("GET", "/state")) + str(installed("GET", "/deliveries")) + str(installed("GET", "/requests"))
    assert not any(secret in shown for secret in secrets)


def test_a_foreign_site_may_not_press_our_buttons(control: Control) -> None:
    refused = requests.post(control.base + "/reset", headers={"Origin": "https://evil.example"}, timeout=5)
    renamed = requests.post(control.base + "/reset", headers={"Host": "evil.example"}, timeout=5)
    assert (refused.status_code, renamed.status_code) == (403, 403)


def test_an_unknown_install_key_is_404(sandbox: Sandbox) -> None:
    assert requests.get(sandbox.url + "/install-keys/nobody", timeout=5).status_code == 404


def test_forge_keys_are_another_key(sandbox: Sandbox) -> None:
    (key,) = requests.get(sandbox.url + "/.well-known/jwks.json", timeout=5).json()["keys"]
    assert key["kid"] == sandbox.world.forge_key.key_id != sandbox.world.install_key.key_id
    assert key["kty"] == "RSA"
    assert "d" not in key
