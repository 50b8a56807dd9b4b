"""The descriptor, and the four calls by which a site installs and removes the app."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from handlers.bodies import is_storable, json_object
from handlers.errors import Problem
from handlers.parts import parts
from handlers.settings import APP_KEY, LOCAL_HOSTS, ROOT
from services import tenants
from services.tenants import LifecycleCall, Outcome

blueprint = Blueprint("lifecycle", __name__)

REQUIRED = {"installed": ("clientKey", "sharedSecret", "baseUrl", "productType")}
# Where each product's API begins, below the address of the site.
PRODUCTS = {"jira": "", "confluence": "/wiki"}
MAX_FIELD = 255
DESCRIPTOR_SECONDS = 300


@lru_cache(maxsize=4)
def rendered_descriptor(base_url: str) -> str:
    """`atlassian-connect.json` with the address of this app filled in: the setting's, never the request's."""
    descriptor = json.loads((ROOT / "atlassian-connect.json").read_text(encoding="utf-8"))
    return json.dumps(descriptor | {"baseUrl": base_url, "key": APP_KEY}, indent=2, ensure_ascii=False)


@blueprint.get("/atlassian-connect.json")
def descriptor() -> ResponseReturnValue:
    """What a site reads before it installs the app."""
    text = rendered_descriptor(parts().settings.base_url)
    response = Response(text, mimetype="application/json")
    response.set_etag(hashlib.sha256(text.encode()).hexdigest())
    response.cache_control.public = True
    response.cache_control.max_age = DESCRIPTOR_SECONDS
    return response.make_conditional(request)


@blueprint.post("/connect/installed")
def installed() -> ResponseReturnValue:
    """A site has installed the app, or given it a new secret. 204 only after the secret is stored."""
    outcome = _apply("installed")
    if outcome in (Outcome.LATE, Outcome.REPLAYED):
        # The site must not believe that we took its secret: it shows this to the administrator, who tries again.
        raise Problem(409, outcome.value, "a newer call of this site was taken before")
    return "", 204


@blueprint.post("/connect/uninstalled")
def uninstalled() -> ResponseReturnValue:
    """A site has removed the app."""
    _apply("uninstalled")
    return "", 204


@blueprint.post("/connect/enabled")
def enabled() -> ResponseReturnValue:
    """A site has switched the app on."""
    _apply("enabled")
    return "", 204


@blueprint.post("/connect/disabled")
def disabled() -> ResponseReturnValue:
    """A site has switched the app off."""
    _apply("disabled")
    return "", 204


def _apply(event: str) -> Outcome:
    p = parts()
    call = LifecycleCall(event, _body(event), datetime.fromtimestamp(g.claims.issued_at, UTC))
    with p.database.write() as session:
        outcome = tenants.apply(session, p.vault, call, p.clock())
    p.tenants.forget(call.client_key)
    if event == "installed":
        p.jobs.wake_outbox()
    return outcome


def _body(event: str) -> dict[str, Any]:
    """The body, bound to the token: nothing in it is signed, so whatever matters must agree with what is (1.1)."""
    body = json_object()
    for name in REQUIRED.get(event, ("clientKey",)):
        value = body.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_FIELD or not is_storable(value):
            raise Problem(400, "missing-field", f"{name} is required")
    if body["clientKey"] != g.claims.issuer:
        raise Problem(403, "foreign-client-key")
    if body.get("key", APP_KEY) != APP_KEY or body.get("eventType", event) != event:
        raise Problem(403, "another-call")
    if event == "installed":
        _require_allowed_site(body["baseUrl"], body["productType"])
    return body


def _require_allowed_site(base_url: str, product: str) -> None:
    if product not in PRODUCTS:
        raise Problem(400, "unknown-product", "productType is jira or confluence")
    settings = parts().settings
    refusal = Problem(403, "site-not-allowed", "this site is not in ALLOWED_SITES")
    try:
        site = urlsplit(base_url)
    except ValueError:
        raise refusal from None
    if site.netloc.lower() not in {allowed.lower() for allowed in settings.allowed_sites}:
        raise refusal
    if site.scheme != "https" and not (site.scheme == "http" and site.hostname in LOCAL_HOSTS and settings.is_local):
        raise Problem(403, "site-not-allowed", "the site must be https")
    # Every call to the site is made below this URL: nothing may stand in it but the product's own place.
    if base_url.rstrip("/").lower() != f"{site.scheme}://{site.netloc}{PRODUCTS[product]}".lower():
        raise refusal
