"""The descriptor, and the four calls by which a site installs and removes the app."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from handlers.errors import Problem
from handlers.parts import parts
from handlers.settings import APP_KEY, ROOT
from services import tenants
from services.tenants import LifecycleCall

blueprint = Blueprint("lifecycle", __name__)

REQUIRED = {"installed": ("clientKey", "sharedSecret", "baseUrl", "productType")}
PRODUCTS = ("jira", "confluence")


@lru_cache(maxsize=4)
def rendered_descriptor(base_url: str) -> str:
    """`atlassian-connect.json` with the address of this app filled in."""
    return (ROOT / "atlassian-connect.json").read_text(encoding="utf-8").replace("${BASE_URL}", base_url)


@blueprint.get("/atlassian-connect.json")
def descriptor() -> Response:
    """What a site reads before it installs the app."""
    return Response(rendered_descriptor(parts().settings.base_url), mimetype="application/json")


@blueprint.post("/connect/installed")
def installed() -> ResponseReturnValue:
    """A site has installed the app, or given it a new secret. 204 only after the secret is stored."""
    return _apply("installed")


@blueprint.post("/connect/uninstalled")
def uninstalled() -> ResponseReturnValue:
    """A site has removed the app."""
    return _apply("uninstalled")


@blueprint.post("/connect/enabled")
def enabled() -> ResponseReturnValue:
    """A site has switched the app on."""
    return _apply("enabled")


@blueprint.post("/connect/disabled")
def disabled() -> ResponseReturnValue:
    """A site has switched the app off."""
    return _apply("disabled")


def _apply(event: str) -> ResponseReturnValue:
    p = parts()
    call = LifecycleCall(event, _body(event), datetime.fromtimestamp(g.claims.issued_at, UTC))
    with p.database.write() as session:
        tenants.apply(session, p.vault, call, p.clock())
    return "", 204


def _body(event: str) -> dict[str, Any]:
    """The body, bound to the token: nothing in it is signed, so whatever matters must agree with what is (1.1)."""
    try:
        body = json.loads(request.get_data())
    except ValueError:
        raise Problem(400, "not-json") from None
    if not isinstance(body, dict):
        raise Problem(400, "not-an-object")
    for name in REQUIRED.get(event, ("clientKey",)):
        if not isinstance(body.get(name), str) or not 0 < len(body[name]) <= 255:
            raise Problem(400, "missing-field", f"{name} is required")
    if body["clientKey"] != g.claims.issuer:
        raise Problem(403, "foreign-client-key")
    if body.get("key", APP_KEY) != APP_KEY or body.get("eventType", event) != event:
        raise Problem(403, "another-call")
    if event == "installed":
        _require_allowed_site(body)
    return body


def _require_allowed_site(body: dict[str, Any]) -> None:
    site = urlsplit(body["baseUrl"])
    settings = parts().settings
    if site.netloc.lower() not in {allowed.lower() for allowed in settings.allowed_sites}:
        raise Problem(403, "site-not-allowed", "this site is not in ALLOWED_SITES")
    if site.scheme != "https" and not settings.is_local:
        raise Problem(403, "site-not-allowed", "the site must be https")
    if body["productType"] not in PRODUCTS:
        raise Problem(400, "unknown-product", "productType is jira or confluence")
