"""The inbound edge of a running app as Atlassian meets it: real signatures, a real key host, a real Jira to ask."""

from __future__ import annotations

import hashlib
import json
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from connect import tokens
from connect.webhooks import sign_standard
from handlers import staff_groups
from handlers.parts import Parts
from handlers.settings import APP_KEY, Settings
from models.database import Database
from models.schema import METADATA
from tests.connect.conftest import pem
from tests.connect.server import Asked, Reply, Server, serving

BASE_URL = "http://localhost:8080"
KEY_ID = "asap/key-1"
SECRET = "the-first-secret-of-the-harbour-tenant"
HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OFFICE = {"alice": ["prospects-viewers"], "olivia": ["privacy-officers"], "bob": ["others"]}


@dataclass
class Site:
    """One tenant as its own host knows it."""

    base_url: str
    client_key: str = "harbour"
    secret: str = SECRET
    product: str = "jira"

    def token(self, method: str, url: str, *, secret: str | None = None, **changes: Any) -> str:
        """A token bound to one request; a change to None takes a claim out."""
        return signed(self.claims(tokens.query_string_hash(method, url, BASE_URL), **changes), secret or self.secret)

    def context_token(self, account: str | None = "alice", issue: str | None = None, **changes: Any) -> str:
        """What `AP.context.getToken()` gives on a page that `account` looks at."""
        context = {"jira": {"issue": {"id": issue, "key": f"CASE-{issue}"}}} if issue else {}
        changes = {"sub": account, "context": context} | changes
        return signed(self.claims(tokens.CONTEXT_QSH, **changes), self.secret)

    def claims(self, qsh: str, /, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        found = {"iss": self.client_key, "iat": now, "exp": now + 900, "qsh": qsh} | changes
        return {name: value for name, value in found.items() if value is not None}

    def body(self, event: str, **changes: Any) -> dict[str, Any]:
        """The body of a lifecycle call."""
        found = {
            "key": APP_KEY,
            "clientKey": self.client_key,
            "oauthClientId": "oauth-1",
            "baseUrl": self.base_url,
            "displayUrl": self.base_url,
            "productType": self.product,
            "description": "Harbour",
            "eventType": event,
        }
        return found | ({"sharedSecret": self.secret} if event == "installed" else {}) | changes


def signed(claims: Mapping[str, Any], secret: str, header: dict[str, Any] | None = None) -> str:
    """An HS256 token of any claims."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", jwt.InsecureKeyLengthWarning)
        return jwt.encode(dict(claims), secret, "HS256", headers=header)


@dataclass
class Edge:
    """One app on one database, the key host and the Jira that it asks, and a client without cookies."""

    app: Flask
    parts: Parts
    client: FlaskClient
    jira: Server
    keys: Server
    install_key: rsa.RSAPrivateKey
    site: Site
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    groups: dict[str, list[str]] = field(default_factory=lambda: dict(OFFICE))
    # Fixed, so that a call made again is the same call, however slow the machine.
    begun: int = field(default_factory=lambda: int(time.time()))

    def install_token(self, path: str, *, key: Any = None, kid: str | None = KEY_ID, **changes: Any) -> str:
        """Atlassian's own RS256 token for a lifecycle call."""
        qsh = tokens.query_string_hash("POST", path, BASE_URL)
        claims = self.site.claims(qsh, **{"aud": [BASE_URL], **changes})
        return jwt.encode(claims, key or self.install_key, "RS256", headers={"kid": kid} if kid is not None else None)

    def lifecycle(self, event: str, site: Site | None = None, *, iat: int | None = None, **body: Any) -> TestResponse:
        """One lifecycle call as a host makes it; `iat`: seconds from the moment when the test began."""
        site, path = site or self.site, f"/connect/{event}"
        issued = self.begun + (iat or 0)
        times = {"iss": site.client_key, "iat": issued, "exp": issued + 900}
        by_rsa = event in ("installed", "uninstalled")
        token = self.install_token(path, **times) if by_rsa else site.token("POST", path, **times)
        return self.post(path, site.body(event, **body), f"JWT {token}")

    def post(self, path: str, body: Any, authorization: str | None = None, **headers: str) -> TestResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
        return self.client.post(path, data=raw, headers=sent | headers)

    def hook(self, event: str, body: Any, site: Site | None = None, **headers: str) -> TestResponse:
        """A Jira webhook."""
        path = f"/webhooks/jira/{event}"
        return self.post(path, body, f"JWT {(site or self.site).token('POST', path)}", **headers)

    def market(self, body: Any, message_id: str = "msg_1", **changes: str) -> TestResponse:
        """A Marketplace event with a Standard Webhooks signature; `changes` replace headers."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        now = str(int(time.time()))
        signature = sign_standard(HOOK_SECRET, message_id=message_id, timestamp=now, body=raw)
        headers = {"webhook-id": message_id, "webhook-timestamp": now, "webhook-signature": signature}
        return self.post("/webhooks/marketplace", raw, **(headers | changes))

    def page(self, url: str, site: Site | None = None, **changes: Any) -> TestResponse:
        """A page as a host frames it."""
        token = (site or self.site).token("GET", url, **({"sub": "alice"} | changes))
        return self.client.get(f"{url}{'&' if '?' in url else '?'}jwt={token}")

    def call(self, url: str, token: str, method: str = "GET") -> TestResponse:
        """A call of our own page, with the token in its header."""
        headers = {"Authorization": f"JWT {token}", "Accept": "application/json"}
        return self.client.open(url, method=method, headers=headers)

    def snapshot(self) -> str:
        """A digest of everything in the database."""
        with self.parts.database.read() as session:
            rows = {table.name: sorted(map(repr, session.execute(table.select()))) for table in METADATA.sorted_tables}
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def answer(self, asked: Asked) -> Reply:
        """Jira: who is in which group."""
        account = asked.url.partition("accountId=")[2]
        return Reply(200, [{"name": name} for name in self.groups.get(account, [])])


@contextmanager
def edge_on(database: Database, install_key: rsa.RSAPrivateKey, **settings: Any) -> Iterator[Edge]:
    """The app on `database` with nothing installed yet."""
    staff_groups.forget_all()
    with serving() as jira, serving() as keys:
        keys.answer = lambda asked: Reply(200, pem(install_key).encode()) if asked.url == f"/{KEY_ID}" else Reply(404)
        given = {
            "base_url": BASE_URL,
            "secret_keys": ("a-secret-key-for-the-tests",),
            "allowed_sites": (jira.netloc, "other.atlassian.net"),
            "install_keys_urls": (keys.base,),
            "marketplace_webhook_secrets": (HOOK_SECRET,),
        }
        app = create_app(Settings(_env_file=None, **(given | settings)))
        parts: Parts = app.extensions["fairtrial"]
        parts.database = database
        site = Site(jira.base)
        edge = Edge(app, parts, app.test_client(use_cookies=False), jira, keys, install_key, site)
        parts.clock = lambda: edge.now
        jira.answer = edge.answer
        yield edge
        parts.outbound.close()
        if "jobs" in vars(parts):
            parts.jobs.huey.storage.close()
