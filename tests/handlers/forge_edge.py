"""Forge as the app meets it: its key server, invocation tokens, and the REST API that takes a system token."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select
from werkzeug.test import TestResponse

from connect.forge import CLIENT_KEY_PROPERTY
from handlers.forge_modules import REMOTE_MODULES
from models.database import Database
from models.queues import InboxItem
from models.tenants import Tenant
from tests.connect import fits
from tests.connect.server import Asked, Reply, Server, serving
from tests.handlers.edge import Edge, edge_on

PATHS = {module.key: module.path for module in REMOTE_MODULES}
_numbers = count()


@dataclass
class ForgeEdge:
    """One site that has the app by Forge. `client_key`: what the reserved app property says; None, there is none."""

    edge: Edge
    keys: Server
    key: rsa.RSAPrivateKey
    client_key: str | None = None
    cloud_id: str = fits.CLOUD_ID
    installation: str = fits.INSTALLATION
    licence: dict[str, Any] | None = None
    system_token: str | None = field(default_factory=lambda: system_token())

    @property
    def api(self) -> str:
        return f"{self.edge.jira.base}/ex/jira/{self.cloud_id}"

    def claims(self, module: str, *, ago: int = 0, app: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
        """Good claims of a call by `module`, issued `ago` seconds before now, each with an id of its own."""
        found = fits.app_claims(
            installationId=self.installation,
            apiBaseUrl=self.api,
            module={"key": module},
            installation={"id": self.installation},
            license=self.licence,
        )
        return fits.claims(int(time.time()) - ago, found | (app or {}), **({"jti": f"t{next(_numbers)}"} | changes))

    def token(self, module: str, **changes: Any) -> str:
        return fits.sign(self.key, self.claims(module, **changes))

    def send(self, module: str, body: Any = None, *, token: str | None = None, **changes: Any) -> TestResponse:
        """Forge calls the endpoint of a module without a face."""
        return self.edge.post(
            PATHS[module], body or {}, f"Bearer {token or self.token(module, **changes)}", **self.sent
        )

    def event(self, event: str, body: dict[str, Any], **changes: Any) -> TestResponse:
        return self.send("issue-events", {"eventType": event, "timestamp": "1716300000000", **body}, **changes)

    def call(self, path: str, module: str, account: str | None = "alice", **changes: Any) -> TestResponse:
        """A page of the front end calls."""
        issue = {"id": changes.pop("issue", "10001"), "key": "SUP-1"}
        context = {"cloudId": self.cloud_id, "extension": {"issue": issue}}
        method, body = changes.pop("method", "GET"), changes.pop("body", None)
        headers = changes.pop("headers", {"Accept": "application/json"})
        token = self.token(module, **({"principal": account, "context": context} | changes))
        return self.edge.client.open(
            path, method=method, data=body, headers={"Authorization": f"Bearer {token}", **self.sent, **headers}
        )

    @property
    def sent(self) -> dict[str, str]:
        return {"x-forge-oauth-system": self.system_token} if self.system_token else {}

    @property
    def tenants(self) -> list[Tenant]:
        with self.edge.parts.database.read() as session:
            return list(session.scalars(select(Tenant).order_by(Tenant.id)))

    @property
    def inbox(self) -> list[tuple[str, str]]:
        """Source and delivery id of everything that was taken in."""
        with self.edge.parts.database.read() as session:
            rows = session.scalars(select(InboxItem).order_by(InboxItem.id)).all()
            return [(row.source, row.delivery_id) for row in rows]

    def answer(self, asked: Asked) -> Reply:
        """The site: its cloud id for anybody, the rest for our system token, or for Connect's signature."""
        if asked.path == "/_edge/tenant_info":
            return Reply(200, {"cloudId": fits.CLOUD_ID})
        if asked.path.startswith("/ex/"):
            if asked.headers.get("Authorization") != f"Bearer {self.system_token}":
                return Reply(401)
            if CLIENT_KEY_PROPERTY in asked.path:
                return Reply(200, {"key": "k", "value": self.client_key}) if self.client_key else Reply(404)
        if asked.path.endswith("/permissions/check"):
            grants = asked.json["projectPermissions"] if asked.json["accountId"] == "alice" else []
            return Reply(200, {"projectPermissions": [{**g, "permission": "BROWSE_PROJECTS"} for g in grants]})
        return self.edge.answer(asked)


def system_token(lifetime: int = 3600) -> str:
    """A token that is opaque but for its end."""
    claims = {"exp": int(time.time()) + lifetime, "jti": str(next(_numbers))}
    return jwt.encode(claims, "a key of Atlassian's that nobody of us knows")


@contextmanager
def forge_on(database: Database, key: rsa.RSAPrivateKey, **settings: Any) -> Iterator[ForgeEdge]:
    """The app on `database` with the Forge door open and nothing installed yet."""
    with serving() as keys:
        keys.answer = lambda _: Reply(200, {"keys": [fits.jwk(key)]})
        given = {"forge_app_id": fits.APP_ID, "forge_jwks_url": f"{keys.base}/jwks.json"}
        with edge_on(database, key, **(given | settings)) as edge:
            forge = ForgeEdge(edge, keys, key)
            edge.jira.answer = forge.answer
            # The other site that the settings allow is out there, where no test goes.
            edge.parts.settings = edge.parts.settings.model_copy(update={"allowed_sites": (edge.jira.netloc,)})
            yield forge
