"""A sandbox on a free port, a tiny app that it can install, and a client that signs as that app."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from connect import tokens
from sandbox import Sandbox
from sandbox.keys import SigningKey
from sandbox.server import QuietHandler

APP_KEY = "com.alkaes.fairtrial"
EVENTS = ("jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "attachment_created")


class TinyApp:
    """A Connect app of a few routes that keeps what it was sent. `answers` are given in turn, then 204."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.scopes = ["READ", "WRITE", "DELETE"]
        self.authentication: dict[str, str] = {"type": "jwt"}
        app = Flask("tiny")
        app.add_url_rule("/atlassian-connect.json", "descriptor", self._descriptor)
        app.add_url_rule("/<path:path>", "take", self._take, methods=["GET", "POST"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _descriptor(self) -> ResponseReturnValue:
        hooks = [{"event": event, "url": "/webhooks/jira/" + event.removeprefix("jira:")} for event in EVENTS]
        panel = {"key": "configuration", "target": {"type": "web_panel", "url": "/support/panel?issueId={issue.id}"}}
        names = ("installed", "uninstalled", "enabled", "disabled")
        return {
            "key": APP_KEY,
            "baseUrl": self.url,
            "authentication": self.authentication,
            "apiMigrations": {"signed-install": True, "gdpr": True, "context-qsh": True},
            "scopes": self.scopes,
            "lifecycle": {name: f"/connect/{name}" for name in names},
            "modules": {
                "generalPages": [
                    {"key": "prospects", "name": {"value": "Prospects"}, "url": "/staff/prospects"},
                    {"key": "prospect", "url": "/staff/prospect?id={ac.id}", "location": "none"},
                ],
                "jiraIssueContexts": [{**panel, "name": {"value": "Configuration"}}],
                "webhooks": hooks,
            },
        }

    def _take(self, path: str) -> ResponseReturnValue:
        entry = {"path": "/" + path, "url": request.environ["RAW_URI"], "headers": dict(request.headers)}
        self.received.append(entry | {"raw": request.get_data(), "body": request.get_json(silent=True)})
        return Response("", self.answers.pop(0) if self.answers else 204)

    def got(self, path: str) -> list[dict[str, Any]]:
        return [entry for entry in self.received if entry["path"] == path]


class Client:
    """Calls the sandbox as the installed app does: one fresh signature for each exact request."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def token(self, method: str, url: str, *, issuer: str = APP_KEY, secret: str | None = None) -> str:
        product = "confluence" if url.startswith(self.sandbox.url + "/wiki") else "jira"
        tenant = self.sandbox.world.tenants[product]
        qsh = tokens.query_string_hash(method, url, tenant.base_url)
        return tokens.sign(secret or tenant.secret or "", issuer=issuer, qsh=qsh, now=int(time.time()))

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        url = requests.Request(method, self.sandbox.url + path, params=options.pop("params", None)).prepare().url
        assert url is not None
        headers = {"Authorization": "JWT " + self.token(method, url), **options.pop("headers", {})}
        return requests.request(method, url, headers=headers, timeout=10, allow_redirects=False, **options)


class Control:
    """The control API, as the demo uses it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = sandbox.url + "/_sandbox"

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        response = requests.request(method, self.base + path, json=body, timeout=30, **options)
        assert response.status_code < 500 or options, response.text
        return response.json() if response.content else None


@pytest.fixture
def app() -> Iterator[TinyApp]:
    tiny = TinyApp()
    yield tiny
    tiny.close()


@pytest.fixture(scope="session")
def install_key() -> SigningKey:
    """Making an RSA key takes longer than the tests that need one."""
    return SigningKey.generate()


@pytest.fixture
def sandbox(app: TinyApp, install_key: SigningKey) -> Iterator[Sandbox]:
    with Sandbox(app.url) as running:
        running.world.install_key = install_key
        yield running


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    return Control(sandbox)


@pytest.fixture
def installed(control: Control, app: TinyApp) -> Control:
    """The control API of a sandbox that has the tiny app installed."""
    control("POST", "/install")
    app.received.clear()
    return control


@pytest.fixture
def call(sandbox: Sandbox, installed: Control) -> Client:
    return Client(sandbox)
