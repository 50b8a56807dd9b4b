"""Forge around the app: who has it installed, the invocation tokens that speak for them, and the calls to the app."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import jwt

from sandbox.accounts import Account
from sandbox.issues import PROJECTS, Issue
from sandbox.outbox import Delivery

if TYPE_CHECKING:
    from sandbox.state import World

APP_ID = "ari:cloud:ecosystem::app/5a1d7c3e-0000-4000-8000-000000000001"
FIT_SECONDS = 25
SYSTEM_TOKEN_SECONDS = 3600
# The first try and four more, as Forge does for events and scheduled triggers.
ATTEMPTS = 5
PASSING = (401, 403, 408, 425, 429, 500, 502, 503, 504)
# Key of a module without a face -> the route of its endpoint, as the app's manifest has them.
MODULES = {
    "issue-events": "/forge/events",
    "app-installed": "/forge/installed",
    "app-upgraded": "/forge/upgraded",
    "before-uninstall": "/forge/uninstalled",
    "every-hour": "/forge/hourly",
}
# Event of Connect's webhooks -> of Forge.
EVENTS = {
    "jira:issue_created": "avi:jira:created:issue",
    "jira:issue_updated": "avi:jira:updated:issue",
    "jira:issue_deleted": "avi:jira:deleted:issue",
    "comment_created": "avi:jira:commented:issue",
    "attachment_created": "avi:jira:created:attachment",
}


@dataclass
class Installation:
    """The app on one product. `tokens`: its system tokens, and until when each may be used (epoch seconds)."""

    product: str
    installation_id: str = field(default_factory=lambda: f"ari:cloud:ecosystem::installation/{uuid4()}")
    scopes: tuple[str, ...] = ("READ", "WRITE")
    tokens: dict[str, int] = field(default_factory=dict, repr=False)

    def system_token(self, now: int) -> str:
        """The newest token, or a fresh one when that has less than half of its life left."""
        token = next(reversed(self.tokens), None)
        if token is None or self.tokens[token] - now < SYSTEM_TOKEN_SECONDS // 2:
            until = now + SYSTEM_TOKEN_SECONDS
            token = jwt.encode({"exp": until, "sub": secrets.token_hex(8)}, secrets.token_bytes(32))
            self.tokens[token] = until
        return token


class ForgeSite:
    """What Forge knows of the site. `licence`: the claims of each token, or None for an app that is not paid."""

    def __init__(self) -> None:
        self.cloud_id = str(uuid4())
        self.environment = "PRODUCTION"
        self.licence: dict[str, Any] | None = None
        self.installations: dict[str, Installation] = {}

    def api_base_url(self, site_url: str, product: str) -> str:
        return f"{site_url}/ex/{product}/{self.cloud_id}"

    def accepts(self, product: str, token: str, now: int) -> Installation | None:
        """The installation that may call `product` with this system token."""
        installation = self.installations.get(product)
        return installation if installation and installation.tokens.get(token, 0) > now else None


def claims(
    world: World, product: str, module: str, *, account: Account | None = None, issue: Issue | None = None
) -> dict[str, Any]:
    """The claims of an invocation token. With an account it is a call of the front end, and tells what is around it."""
    forge, now = world.forge, int(time.time())
    installation = forge.installations[product]
    base = forge.api_base_url(world.site_url, product)
    app: dict[str, Any] = {
        "id": APP_ID,
        "appVersion": "1.0.0",
        "installationId": installation.installation_id,
        "apiBaseUrl": base,
        "environment": {"type": forge.environment, "id": "ari:cloud:ecosystem::environment/sandbox/1"},
        "module": {"type": "core:trigger" if module in MODULES else "jira:page", "key": module},
        "installation": {
            "id": installation.installation_id,
            "contexts": [{"name": product, "apiBaseUrl": base, "cloudId": forge.cloud_id}],
        },
    }
    if forge.licence is not None:
        app["license"] = forge.licence
    times = {"iat": now, "nbf": now, "exp": now + FIT_SECONDS, "jti": secrets.token_hex(20)}
    made = {"iss": "forge/invocation-token", "aud": APP_ID, **times, "app": app}
    return made if account is None else made | _front_end(world, module, account, issue)


def _front_end(world: World, module: str, account: Account, issue: Issue | None) -> dict[str, Any]:
    extension: dict[str, Any] = {"type": "jira:issueContext" if issue else "jira:globalPage"}
    if issue is not None:
        extension["issue"] = {"id": issue.issue_id, "key": issue.key, "type": "Task"}
        extension["project"] = {"id": PROJECTS[issue.project_key][0], "key": issue.project_key}
    context = {"cloudId": world.forge.cloud_id, "siteUrl": world.site_url, "moduleKey": module, "extension": extension}
    return {"principal": account.account_id, "context": {**context, "localId": str(uuid4())}}


def headers(
    world: World, product: str, token_claims: Mapping[str, Any], *, system_token: bool = True
) -> dict[str, str]:
    """What Forge sends along: the signed claims, and the app's system token."""
    made = {
        "Authorization": f"Bearer {world.forge_key.sign(dict(token_claims))}",
        "Content-Type": "application/json",
        "x-b3-traceid": secrets.token_hex(8),
        "x-b3-spanid": secrets.token_hex(8),
    }
    if system_token:
        made["x-forge-oauth-system"] = world.forge.installations[product].system_token(int(time.time()))
    return made


def send(world: World, product: str, module: str, event: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Call the endpoint of a module and wait for the answer; gives the journal's entry."""
    return world.outbox.send(_delivery(world, product, module, event, body))


def emit(world: World, event: str, content: Mapping[str, Any]) -> list[Future[dict[str, Any]]]:
    """Send one of Jira's events, given as its webhook has it, to the app if Forge has it on Jira."""
    if "jira" not in world.forge.installations:
        return []
    # An attachment's event names no issue, and no event of Forge's the person by more than an id.
    named = "attachment" if event == "attachment_created" else "issue"
    about = {name: content[name] for name in (named, "changelog", "comment") if name in content}
    body = {"eventType": EVENTS[event], "timestamp": str(content["timestamp"]), **about}
    return [world.outbox.later(_delivery(world, "jira", "issue-events", EVENTS[event], body))]


def _delivery(world: World, product: str, module: str, event: str, body: Mapping[str, Any]) -> Delivery:
    def fresh(_: int) -> dict[str, str]:
        return headers(world, product, claims(world, product, module))

    url = world.settings.app_url + MODULES[module]
    raw = json.dumps(body).encode()
    return Delivery("forge", event, str(uuid4()), url, raw, fresh, attempts=ATTEMPTS, passing=PASSING)
