"""Who may call what: one table, read by a test. A route that is not in it answers nobody.

The route decides the class of token and its algorithm, never the token (connect.md 1.2, 1.3).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import Flask, abort, g, request

from connect import tokens, webhooks
from connect.http import UpstreamError
from connect.tokens import Claims, TokenError
from connect.webhooks import SignatureError
from handlers.errors import Problem
from handlers.parts import parts
from handlers.staff_groups import is_staff
from models.tenants import Tenant
from services import tenants


class Access(StrEnum):
    """What a caller has to bring."""

    ANYONE = "anyone"
    INSTALL = "RS256 token of Atlassian's, by kid"
    HOST = "HS256 token of a tenant, bound to this request"
    VIEWER = "context token of a tenant's page"
    STAFF = "context token, and member of a staff group"
    MARKETPLACE = "signature over the body"
    SIGNED_LINK = "a link that we signed"
    LOOPBACK = "a caller on this machine"


ROUTES: Mapping[str, Access] = {
    "static": Access.ANYONE,
    "health.live": Access.ANYONE,
    "health.ready": Access.ANYONE,
    "health.metrics": Access.LOOPBACK,
    "lifecycle.descriptor": Access.ANYONE,
    "lifecycle.installed": Access.INSTALL,
    "lifecycle.uninstalled": Access.INSTALL,
    "lifecycle.enabled": Access.HOST,
    "lifecycle.disabled": Access.HOST,
    "webhooks.marketplace": Access.MARKETPLACE,
    "webhooks.jira": Access.HOST,
    "staff.prospects": Access.HOST,
    "staff.prospect": Access.HOST,
    "staff.list_prospects": Access.STAFF,
    "staff.show_prospect": Access.STAFF,
    "staff.choices_link": Access.STAFF,
    "support.panel": Access.HOST,
    "support.panel_fragment": Access.VIEWER,
    "policy.page": Access.ANYONE,
    "policy.version": Access.ANYONE,
    "policy.changes": Access.ANYONE,
    "privacy.choices": Access.SIGNED_LINK,
    "privacy.choose": Access.SIGNED_LINK,
    "privacy.unsubscribe_page": Access.SIGNED_LINK,
    "privacy.unsubscribe": Access.SIGNED_LINK,
}


@dataclass(frozen=True)
class Caller:
    """Who calls: a tenant, and the account that looks at the page where there is one."""

    tenant_id: int
    client_key: str
    account_id: str | None
    product: str
    host: str
    context: Mapping[str, Any]


def init_app(app: Flask) -> None:
    """Check every request by the table before anything else sees it."""

    @app.before_request
    def check() -> None:
        if request.endpoint is None:
            return
        access = ROUTES.get(request.endpoint) or abort(403)
        CHECKS[access]()


def _install() -> None:
    p = parts()
    token = _token()
    key = p.install_keys.public_key(tokens.read_key_id(token))
    g.claims = tokens.verify_install(
        token,
        key,
        method=request.method,
        raw_url=_raw_url(),
        base_url=p.settings.base_url,
        audiences=[p.settings.base_url],
        now=int(time.time()),
    )


def _host() -> None:
    def verify(token: str, secrets: list[str]) -> Claims:
        base_url = parts().settings.base_url
        return tokens.verify_request(
            token, secrets, method=request.method, raw_url=_raw_url(), base_url=base_url, now=int(time.time())
        )

    _of_tenant(verify)


def _viewer() -> None:
    _of_tenant(lambda token, secrets: tokens.verify_context(token, secrets, now=int(time.time())))
    if g.caller.account_id is None:
        raise Problem(403, "anonymous", "the token names no account")


def _staff() -> None:
    _viewer()
    if not is_staff(parts(), g.tenant, g.caller.account_id):
        raise Problem(403, "not-staff", "this account is in none of the staff groups")


def _of_tenant(verify: Callable[[str, list[str]], Claims]) -> None:
    """Find the tenant that the token claims to be of, then verify it with that tenant's secrets."""
    p = parts()
    token = _token()
    with p.database.read() as session:
        tenant = tenants.find(session, tokens.read_issuer(token))
    if tenant is None:
        raise TokenError("unknown-tenant")
    g.claims = verify(token, tenants.secrets_of(p.vault, tenant, p.clock()))
    g.tenant = tenant
    g.caller = _caller(tenant, g.claims)


def _caller(tenant: Tenant, claims: Claims) -> Caller:
    return Caller(tenant.id, tenant.client_key, claims.subject, tenant.product, tenant.base_url, claims.context)


def _token() -> str:
    """The token from the header or from `?jwt=`; both, and different, is refused."""
    scheme, _, header = request.headers.get("Authorization", "").partition(" ")
    found = {header.strip()} if scheme.lower() == "jwt" else set()
    found.update(request.args.getlist("jwt"))
    if len(found) != 1:
        raise TokenError("two-tokens" if found else "no-token")
    return found.pop()


def _raw_url() -> str:
    """The request line's own path and query: WSGI's are decoded, and the hash covers them as they were sent."""
    return str(request.environ.get("RAW_URI") or request.full_path)


def _marketplace() -> None:
    p = parts()
    secrets = [secret.get_secret_value() for secret in p.settings.marketplace_webhook_secrets]
    headers, body = request.headers, request.get_data()
    if "Webhook-Signature" in headers:
        webhooks.verify_standard(
            secrets,
            message_id=headers.get("Webhook-Id", ""),
            timestamp=headers.get("Webhook-Timestamp", ""),
            signature=headers["Webhook-Signature"],
            body=body,
            now=int(time.time()),
        )
        g.delivery_id = headers["Webhook-Id"]
    else:
        webhooks.verify_hub(secrets, signature=headers.get("X-Hub-Signature", ""), body=body)
        g.delivery_id = headers.get("X-Atlassian-Webhook-Identifier", "")
    # The hub signature covers the body alone, so an id has to be there to tell a replay.
    if not 0 < len(g.delivery_id) <= 250:
        raise SignatureError("no-delivery-id")


def _loopback() -> None:
    if request.remote_addr not in ("127.0.0.1", "::1"):
        abort(403)


def _anyone() -> None:
    """Nothing to bring. What a signed link stands for is looked up by its handler."""


CHECKS: Mapping[Access, Callable[[], None]] = {
    Access.ANYONE: _anyone,
    Access.INSTALL: _install,
    Access.HOST: _host,
    Access.VIEWER: _viewer,
    Access.STAFF: _staff,
    Access.MARKETPLACE: _marketplace,
    Access.SIGNED_LINK: _anyone,
    Access.LOOPBACK: _loopback,
}

REFUSALS = (TokenError, SignatureError, UpstreamError)
