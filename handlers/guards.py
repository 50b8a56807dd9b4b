"""Who may call what: one table, read by a test. A route that is not in it answers nobody.

The route decides the class of token and its algorithm, never the token (connect.md 1.2, 1.3).
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from flask import Flask, Request, abort, g, request

from connect import tokens, webhooks
from connect.tokens import Claims, TokenError
from connect.webhooks import SignatureError
from handlers import forge_door
from handlers.bodies import raw_body
from handlers.errors import Problem
from handlers.forge_modules import EXCHANGE_ACTS, EXCHANGE_VIEWS, ORGANISATION_ACTS, RIGHTS_ACTS
from handlers.parts import Parts, parts
from handlers.staff_groups import Role, roles_of
from handlers.tenant_cache import KnownTenant
from models.tenants import Tenant, TenantState

# What tokens of tenants that we don't have are verified with: they fail as any wrong signature does, and as slowly.
NOBODY = secrets.token_urlsafe(48)
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
MAX_DELIVERY_ID = 250


class Access(StrEnum):
    """What a caller has to bring."""

    ANYONE = "anyone"
    INSTALL = "RS256 token of Atlassian's, by kid"
    HOST = "HS256 token of a tenant, bound to this request"
    VIEWER = "context token of a tenant's page"
    STAFF = "context token, and member of a staff group"
    OFFICER = "context token, and member of a group of privacy officers"
    FORGE = "Forge invocation token of a module that may call this route"
    FORGE_VIEWER = "Forge invocation token of a page, for an account"
    FORGE_STAFF = "Forge invocation token of a page, for a member of a staff group"
    FORGE_OFFICER = "Forge invocation token of a page, for a privacy officer"
    MARKETPLACE = "signature over the body"
    SIGNED_LINK = "a link that we signed"
    MONITOR = "a caller on this machine, or the bearer of METRICS_TOKEN"


ROUTES: Mapping[str, Access] = {
    "static": Access.ANYONE,
    "health.live": Access.ANYONE,
    "health.ready": Access.ANYONE,
    "health.metrics": Access.MONITOR,
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
    "notes.write_note": Access.STAFF,
    "notes.drop_note": Access.STAFF,
    "staff.export": Access.STAFF,
    "staff.keep_view": Access.STAFF,
    "staff.drop_view": Access.STAFF,
    **{f"organisations.{act}": Access.STAFF for act in ORGANISATION_ACTS},
    **{f"exchange.{view}": Access.STAFF for view in ("list_packages", "build", "show_package", "save", "record_key")},
    **{f"exchange.{act}": Access.STAFF for act in EXCHANGE_ACTS},
    "desk.inbox": Access.STAFF,
    "desk.retry": Access.STAFF,
    "desk.audit": Access.STAFF,
    "desk.verify": Access.STAFF,
    "desk.policy": Access.STAFF,
    "desk.publish": Access.STAFF,
    "desk.dashboards": Access.STAFF,
    "fleet.whom_to_tell": Access.STAFF,
    "desk.checkup": Access.STAFF,
    "correspondence.enter": Access.STAFF,
    "correspondence.heads": Access.STAFF,
    "correspondence.read": Access.STAFF,
    "support.panel": Access.HOST,
    "support.panel_fragment": Access.VIEWER,
    "forge.events": Access.FORGE,
    "forge.installed": Access.FORGE,
    "forge.upgraded": Access.FORGE,
    "forge.uninstalled": Access.FORGE,
    "forge.hourly": Access.FORGE,
    "forge.list_prospects": Access.FORGE_STAFF,
    "forge.show_prospect": Access.FORGE_STAFF,
    "forge.choices_link": Access.FORGE_STAFF,
    "forge.write_note": Access.FORGE_STAFF,
    "forge.drop_note": Access.FORGE_STAFF,
    "forge.export": Access.FORGE_STAFF,
    "forge.keep_view": Access.FORGE_STAFF,
    "forge.drop_view": Access.FORGE_STAFF,
    **{f"forge.{act}_organisation": Access.FORGE_STAFF for act in ORGANISATION_ACTS},
    **{f"forge.{view}": Access.FORGE_STAFF for view in EXCHANGE_VIEWS},
    **{f"forge.{act}_package": Access.FORGE_STAFF for act in EXCHANGE_ACTS},
    "forge.inbox": Access.FORGE_STAFF,
    "forge.retry": Access.FORGE_STAFF,
    "forge.audit": Access.FORGE_STAFF,
    "forge.verify": Access.FORGE_STAFF,
    "forge.policy": Access.FORGE_STAFF,
    "forge.publish": Access.FORGE_STAFF,
    "forge.dashboards": Access.FORGE_STAFF,
    "forge.whom_to_tell": Access.FORGE_STAFF,
    "forge.checkup": Access.FORGE_STAFF,
    "forge.list_cases": Access.FORGE_STAFF,
    "forge.open_case": Access.FORGE_STAFF,
    "forge.show_case": Access.FORGE_STAFF,
    **{f"forge.{act}_case": Access.FORGE_OFFICER for act in RIGHTS_ACTS},
    "forge.panel": Access.FORGE_VIEWER,
    "policy.page": Access.ANYONE,
    "policy.version": Access.ANYONE,
    "policy.changes": Access.ANYONE,
    "confluence.policy_page": Access.HOST,
    "macros.privacy_policy": Access.HOST,
    "macros.privacy_choices": Access.HOST,
    "rights.list_cases": Access.STAFF,
    "rights.open_case": Access.STAFF,
    "rights.show_case": Access.STAFF,
    "rights.plan": Access.OFFICER,
    "rights.fulfil": Access.OFFICER,
    "rights.extend": Access.OFFICER,
    "rights.suspend": Access.OFFICER,
    "rights.resume": Access.OFFICER,
    "rights.refuse": Access.OFFICER,
    "rights.lift": Access.OFFICER,
    "privacy_request.form": Access.ANYONE,
    "privacy_request.ask": Access.ANYONE,
    "privacy_request.confirm_page": Access.SIGNED_LINK,
    "privacy_request.confirm": Access.SIGNED_LINK,
    "privacy_request.export_page": Access.SIGNED_LINK,
    "privacy_request.download": Access.SIGNED_LINK,
    "privacy.choices": Access.SIGNED_LINK,
    "privacy.choose": Access.SIGNED_LINK,
    "privacy.record": Access.SIGNED_LINK,
    "privacy.confirm_page": Access.SIGNED_LINK,
    "privacy.confirm": Access.SIGNED_LINK,
    "privacy.unsubscribe_page": Access.SIGNED_LINK,
    "privacy.unsubscribe": Access.SIGNED_LINK,
}


@dataclass(frozen=True)
class Caller:
    """Who calls: a tenant, and the account that looks at the page where there is one.

    `roles` are known on staff routes alone; elsewhere nobody was asked, and there are none.
    """

    tenant_id: int
    client_key: str
    account_id: str | None
    product: str
    host: str
    context: Mapping[str, Any]
    roles: frozenset[Role] = frozenset()


def init_app(app: Flask) -> None:
    """Check every request by the table before anything else sees it."""
    # A redirect from `//staff` to `/staff` would be answered before any check, and repeat the token in its URL.
    app.url_map.merge_slashes = False

    @app.before_request
    def check() -> None:
        endpoint = request.endpoint
        if endpoint is None:
            return
        access = ROUTES.get(endpoint) or abort(403)
        CHECKS[access]()


def _install() -> None:
    p = parts()
    token = _token(request)
    key = p.install_keys.public_key(tokens.read_key_id(token))
    g.claims = tokens.verify_install(
        token,
        key,
        method=request.method,
        raw_url=_raw_url(request),
        base_url=p.settings.base_url,
        audiences=[p.settings.base_url],
        now=int(time.time()),
    )


def _host() -> None:
    _enter(*host_of(request, parts()))


def host_of(asked: Request, p: Parts) -> tuple[KnownTenant, Claims]:
    """Whose token, bound to this very request, it brings; `TokenError` where it is refused."""

    def verify(token: str, secrets: Sequence[str]) -> Claims:
        base_url, now = p.settings.base_url, int(time.time())
        return tokens.verify_request(
            token, secrets, method=asked.method, raw_url=_raw_url(asked), base_url=base_url, now=now
        )

    return _tenant_of(asked, p, verify)


def _viewer() -> None:
    _enter(*_tenant_of(request, parts(), lambda *given: tokens.verify_context(*given, now=int(time.time()))))
    # Its last secret still counts for calls under way, but nobody looks at pages of an app that is gone.
    if g.tenant.state == TenantState.UNINSTALLED:
        raise TokenError("uninstalled")
    if g.caller.account_id is None:
        raise Problem(403, "anonymous", "the token names no account")


def _staff() -> None:
    _viewer()
    _require_role(Role.STAFF, "not-staff")


def _officer() -> None:
    _viewer()
    _require_role(Role.OFFICER, "not-an-officer")


def _forge() -> None:
    door = parts().forge or abort(404)
    headers = request.headers
    g.call = door.receive(headers.get("Authorization", ""), headers.get("X-Forge-Oauth-System"), str(request.endpoint))


def _forge_viewer() -> None:
    _forge()
    p = parts()
    with p.database.write() as session:
        g.tenant = (p.forge or abort(404)).admit(session, g.call)
    tenant, invocation = g.tenant, g.call.invocation
    if invocation.account_id is None:
        raise Problem(403, "anonymous", "the token names no account")
    context = forge_door.context_of(invocation)
    g.caller = Caller(tenant.id, tenant.client_key, invocation.account_id, tenant.product, tenant.base_url, context)


def _forge_staff() -> None:
    _forge_viewer()
    _require_role(Role.STAFF, "not-staff")


def _forge_officer() -> None:
    _forge_viewer()
    _require_role(Role.OFFICER, "not-an-officer")


def _require_role(role: Role, code: str) -> None:
    g.caller = replace(g.caller, roles=roles_of(parts(), g.tenant, g.caller.account_id))
    if role not in g.caller.roles:
        raise Problem(403, code, "this account is in none of the groups that may do this")


def _enter(known: KnownTenant, claims: Claims) -> None:
    g.claims, g.tenant, g.caller = claims, known.tenant, _caller(known.tenant, claims)


def _tenant_of(asked: Request, p: Parts, verify: Callable[[str, Sequence[str]], Claims]) -> tuple[KnownTenant, Claims]:
    """Find the tenant that the token claims to be of, then verify it with that tenant's secrets."""
    token = _token(asked)
    issuer = tokens.read_issuer(token)
    known = p.tenants.find(issuer)
    try:
        claims = verify(token, _secrets(p, known))
    except TokenError as error:
        if error.code != "bad-signature":
            raise
        # Another process may have been given a new secret since. Of nobody there is none, and that costs the same.
        known = p.tenants.find(issuer, fresh=True) if known else None
        claims = verify(token, _secrets(p, known))
    if known is None:
        raise TokenError("unknown-tenant")
    return known, claims


def _secrets(p: Parts, known: KnownTenant | None) -> Sequence[str]:
    return (known.secrets(p.clock()) if known else []) or [NOBODY]


def _caller(tenant: Tenant, claims: Claims) -> Caller:
    return Caller(tenant.id, tenant.client_key, claims.subject, tenant.product, tenant.base_url, claims.context)


def _token(asked: Request) -> str:
    """The token from the header or from `?jwt=`; both, and different, is refused."""
    scheme, _, header = asked.headers.get("Authorization", "").partition(" ")
    found = {header.strip()} if scheme.lower() == "jwt" else set()
    if asked.query_string:
        found.update(asked.args.getlist("jwt"))
    if len(found) != 1:
        raise TokenError("two-tokens" if found else "no-token")
    return found.pop()


def _raw_url(asked: Request) -> str:
    """The request line's own path and query: WSGI's are decoded, and the hash covers them as they were sent."""
    return str(asked.environ.get("RAW_URI") or asked.full_path)


def _marketplace() -> None:
    g.delivery_id = signed_delivery(request, parts(), raw_body())


def signed_delivery(asked: Request, p: Parts, body: bytes) -> str:
    """The id of a delivery that the Marketplace signed over `body`; `SignatureError` where it is refused."""
    secrets = [secret.get_secret_value() for secret in p.settings.marketplace_webhook_secrets]
    headers = asked.headers
    signature = headers.get("Webhook-Signature")
    if signature is not None:
        delivery_id = headers.get("Webhook-Id", "")
        timestamp, now = headers.get("Webhook-Timestamp", ""), int(time.time())
        webhooks.verify_standard(
            secrets, message_id=delivery_id, timestamp=timestamp, signature=signature, body=body, now=now
        )
    else:
        webhooks.verify_hub(secrets, signature=headers.get("X-Hub-Signature", ""), body=body)
        delivery_id = headers.get("X-Atlassian-Webhook-Identifier", "")
    # The hub signature covers the body alone, so an id has to be there to tell a replay.
    if not 0 < len(delivery_id) <= MAX_DELIVERY_ID:
        raise SignatureError("no-delivery-id")
    return delivery_id


def _monitor() -> None:
    if _is_local() or _bears_the_token():
        return
    raise Problem(403, "not-a-monitor")


def _is_local() -> bool:
    # Behind a proxy on this machine the whole world comes from loopback.
    return request.remote_addr in ("127.0.0.1", "::1") and not any(name in request.headers for name in FORWARDED)


def _bears_the_token() -> bool:
    token = parts().settings.metrics_token
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode(), token.get_secret_value().encode())


def _anyone() -> None:
    """Nothing to bring. What a signed link stands for is looked up by its handler."""


CHECKS: Mapping[Access, Callable[[], None]] = {
    Access.ANYONE: _anyone,
    Access.INSTALL: _install,
    Access.HOST: _host,
    Access.VIEWER: _viewer,
    Access.STAFF: _staff,
    Access.OFFICER: _officer,
    Access.FORGE: _forge,
    Access.FORGE_VIEWER: _forge_viewer,
    Access.FORGE_STAFF: _forge_staff,
    Access.FORGE_OFFICER: _forge_officer,
    Access.MARKETPLACE: _marketplace,
    Access.SIGNED_LINK: _anyone,
    Access.MONITOR: _monitor,
}
