"""One lifecycle call and what it does to its tenant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import one_at_a_time
from models.tenants import Tenant
from models.vault import Vault
from services.marketplace.values import text
from services.tenants import secrets
from services.tenants.site_import import look_for_rivals
from services.tenants.state import state_of, uninstall

# Of an `installed` only its time is signed, so a captured token could bring another secret while it lives. Two real
# ones of one second are taken as they come; one more of that second, later than this, is a replay.
SAME_SECOND = timedelta(seconds=5)
MAX_FIELD = 255
ADDRESS = re.compile(r"(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:\d{1,5})?(/[\w.~/-]*)?", re.I | re.A)


class Outcome(StrEnum):
    """What became of a lifecycle call. `late` and `replayed` of an `installed`: its secret was not taken."""

    APPLIED = "applied"
    REPEATED = "repeated"
    LATE = "late"
    REPLAYED = "replayed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class LifecycleCall:
    """One verified lifecycle call. `issued_at` is the `iat` of its token: it tells late calls from new ones."""

    event: str
    body: Mapping[str, Any]
    issued_at: datetime

    @property
    def client_key(self) -> str:
        """The tenant's identity."""
        return str(self.body["clientKey"])


def apply(session: Session, vault: Vault, call: LifecycleCall, now: datetime) -> Outcome:
    """Bring the tenant to where `call` says. Repeats and late calls change nothing, in whatever order they come.

    `disabled` and `uninstalled` race each other by milliseconds: `uninstalled` wins, and only a newer `installed`
    leaves it. In the same second the arrival decides between the two, as a host waits for the answer to `installed`.
    """
    # The row may not be there yet, so it is the name that is locked first.
    one_at_a_time(session, f"tenant {call.client_key}")
    tenant = session.scalars(select(Tenant).filter_by(client_key=call.client_key).with_for_update()).one_or_none()
    if call.event == "installed":
        return _install(session, vault, tenant, call, now)
    if tenant is None:
        return Outcome.UNKNOWN
    if call.event == "uninstalled":
        return _uninstall(vault, tenant, call.issued_at, now)
    return _switch(tenant, call)


def _install(session: Session, vault: Vault, tenant: Tenant | None, call: LifecycleCall, now: datetime) -> Outcome:
    secret = str(call.body["sharedSecret"])
    refusal = tenant and _refusal(vault, tenant, secret, call.issued_at, now)
    if refusal:
        return refusal
    tenant = tenant or Tenant(client_key=call.client_key)
    known_at = tenant.base_url if tenant.secret is not None and not tenant.unproven else None
    secrets.take(vault, tenant, secret, now)
    _describe(tenant, call.body)
    tenant.installed_at, tenant.uninstalled_at = call.issued_at, None
    tenant.state = state_of(tenant)
    session.add(tenant)
    session.flush()
    look_for_rivals(session, vault, tenant, trusted=known_at == tenant.base_url, now=now)
    return Outcome.APPLIED


def _refusal(vault: Vault, tenant: Tenant, secret: str, issued_at: datetime, now: datetime) -> Outcome | None:
    """Why a further `installed` of a known tenant changes nothing, or None when it counts."""
    current = secrets.current(vault, tenant)
    if issued_at < max(tenant.installed_at, tenant.uninstalled_at or tenant.installed_at):
        return Outcome.REPEATED if secret == current else Outcome.LATE
    if issued_at > tenant.installed_at:
        return None
    if secret in (current, secrets.previous(vault, tenant)):
        return Outcome.REPEATED
    return Outcome.REPLAYED if now - tenant.secret_taken_at > SAME_SECOND else None


def _uninstall(vault: Vault, tenant: Tenant, issued_at: datetime, now: datetime) -> Outcome:
    if issued_at < tenant.installed_at:
        return Outcome.LATE
    if tenant.uninstalled_at is not None and issued_at <= tenant.uninstalled_at:
        return Outcome.REPEATED
    uninstall(vault, tenant, issued_at, now)
    return Outcome.APPLIED


def _switch(tenant: Tenant, call: LifecycleCall) -> Outcome:
    if tenant.switched_at is not None and call.issued_at < tenant.switched_at:
        return Outcome.LATE
    tenant.switched_at, tenant.switched_on = call.issued_at, call.event == "enabled"
    tenant.state = state_of(tenant)
    return Outcome.APPLIED


def _describe(tenant: Tenant, body: Mapping[str, Any]) -> None:
    address = urlsplit(str(body["baseUrl"]))
    # As it is compared: the host in lower case, no slash at the end.
    tenant.base_url = f"{address.scheme}://{address.netloc}".lower() + address.path.rstrip("/")
    display = _field(body, "displayUrl") or ""
    # It goes into links and into a header, and nobody signed it.
    tenant.display_url = display.rstrip("/") if ADDRESS.fullmatch(display) else tenant.base_url
    tenant.product = str(body["productType"])
    tenant.oauth_client_id = _field(body, "oauthClientId")
    tenant.entitlement_id = _field(body, "entitlementId")
    tenant.entitlement_number = _field(body, "entitlementNumber")
    tenant.installation_id = _field(body, "installationId")


def _field(body: Mapping[str, Any], name: str) -> str | None:
    value = text(body.get(name))
    # Cut to size, an id would be another's.
    return value if value and value.isprintable() and len(value) <= MAX_FIELD else None
