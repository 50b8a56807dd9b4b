"""One way in for every REST call of the app: its token, its scope, its query, then the view under the world's lock."""

from __future__ import annotations

import base64
import functools
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from connect import tokens
from sandbox.context import world
from sandbox.refusals import RefusedError, shaped_refusal
from sandbox.state import Tenant, now

View = Callable[..., ResponseReturnValue]
# Each scope of a descriptor brings those before it.
LADDER = ("NONE", "READ", "WRITE", "DELETE", "PROJECT_ADMIN", "SPACE_ADMIN", "ADMIN")


def api(
    blueprint: Blueprint,
    product: str,
    rule: str,
    method: str = "GET",
    *,
    scope: str,
    query: tuple[str, ...] | None = (),
) -> Callable[[View], View]:
    """Serve `rule` to the installed app of `product`. `query`: the parameters that the official document knows;
    any other is answered 400, where the real API would shrug, so that a typo is found here."""

    def register(view: View) -> View:
        @functools.wraps(view)
        def guarded(**parts: Any) -> ResponseReturnValue:
            try:
                with world().lock:
                    tenant = authenticate(product)
                    require_scope(tenant, scope)
                    known_query(query)
                    return view(tenant, **parts)
            except RefusedError as refused:
                g.refused = g.get("refused") or refused.message or str(refused.status)
                return shaped_refusal(refused.status, refused.message, refused.code)

        blueprint.add_url_rule(rule, f"{method} {rule}", guarded, methods=[method])
        return view

    return register


def authenticate(product: str) -> Tenant:
    """The tenant whose secret signed this very request; 401 with the reason in the journal otherwise."""
    tenant = _by_system_token(product) if "sandbox.forge" in request.environ else _by_signature(product)
    if request.method == "GET" and request.content_length:
        raise RefusedError(403, "GET requests with a body are not accepted")  # CHANGE-2328
    return tenant


def _by_system_token(product: str) -> Tenant:
    """The tenant as the app sees it through Forge: its scopes are those of the manifest."""
    g.issuer = "forge"
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    installation = world().forge.accepts(product, token, now()) if scheme == "Bearer" else None
    if installation is None or request.environ["sandbox.forge"] != product:
        g.refused = "wrong-system-token"
        raise RefusedError(401, "Unauthorized; scope does not match")
    tenant = world().tenants[product]
    return replace(tenant, descriptor={**tenant.descriptor, "scopes": list(installation.scopes)})


def _by_signature(product: str) -> Tenant:
    tenant = world().tenants[product]
    token = _token()
    try:
        if token is None or tenant.secret is None:
            raise tokens.TokenError("no-token" if token is None else "not-installed")
        claims = tokens.verify_request(
            token,
            [tenant.secret],
            method=request.method,
            raw_url=request.environ["RAW_URI"],
            base_url=tenant.base_url,
            now=now(),
        )
        if claims.issuer != tenant.app_key:
            raise tokens.TokenError("wrong-issuer")
    except tokens.TokenError as error:
        g.refused = error.code
        raise RefusedError(401, "Client must be authenticated to access this resource.") from None
    g.issuer = claims.issuer
    return tenant


def _token() -> str | None:
    scheme, _, header = request.headers.get("Authorization", "").partition(" ")
    in_query = request.args.get("jwt")
    if scheme == "JWT" and header and in_query is None:
        return header
    return in_query if not scheme else None


def is_vendor() -> bool:
    """Is it the vendor's own account, by its API token?"""
    settings = world().settings
    expected = base64.b64encode(f"{settings.marketplace_user}:{settings.marketplace_token}".encode()).decode()
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Basic {expected}".encode()):
        g.refused = "wrong-credentials"
        return False
    g.issuer = settings.marketplace_user
    return True


def require_scope(tenant: Tenant, scope: str) -> None:
    """403 unless the descriptor asked for `scope` or one above it."""
    held = [LADDER.index(name) for name in tenant.descriptor.get("scopes", []) if name in LADDER]
    if scope != "NONE" and max(held, default=0) < LADDER.index(scope):
        raise RefusedError(403, f"The app does not have the scope {scope}")


def known_query(known: tuple[str, ...] | None) -> None:
    """400 for a parameter that the official document does not have; None knows all."""
    if known is None:
        return
    unknown = sorted(set(request.args) - set(known) - {"jwt"})
    if unknown:
        raise RefusedError(400, f"Unknown query parameter: {', '.join(unknown)}")


def json_object(required: tuple[str, ...] = (), allowed: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The request's JSON object; 400 when it is none, lacks a name, or has one the schema does not allow."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise RefusedError(400, "Request body is not a JSON object")
    missing = [name for name in required if body.get(name) is None]
    if missing:
        raise RefusedError(400, f"Required: {', '.join(missing)}")
    unknown = sorted(set(body) - set(allowed)) if allowed is not None else []
    if unknown:
        raise RefusedError(400, f"Unrecognized field: {', '.join(unknown)}")
    return body


def listed(name: str, allowed: tuple[str, ...] | None = None) -> list[str]:
    """A query parameter of type array, repeated or with commas; 400 for a value outside `allowed`."""
    values = [part for text in request.args.getlist(name) for part in text.split(",") if part]
    if allowed is not None and not set(values) <= set(allowed):
        raise RefusedError(400, f"Provided value for '{name}' is not allowed")
    return values


def whole(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """A query parameter of type integer within bounds; 400 otherwise."""
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not low <= int(text) <= high:
        raise RefusedError(400, f"Provided value for '{name}' is not allowed")
    return int(text)


def flag(name: str, default: bool = False) -> bool:
    """A query parameter of type boolean, `true` or `false`; 400 otherwise (Python's `True` is none)."""
    text = request.args.get(name)
    if text is None:
        return default
    if text not in ("true", "false"):
        raise RefusedError(400, f"Provided value for '{name}' is not the correct type")
    return text == "true"


def empty(status: int = 204) -> ResponseReturnValue:
    """An answer without a body."""
    return "", status
