"""Installations of the app: the life of a tenant, safe in any order and any number of times (connect.md 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connect.host import Host
from models.tenants import InstallKey, Tenant, TenantState
from models.vault import Place, Vault
from services.marketplace.values import text

# Host tokens live 15 minutes: those signed just before a rotation are good until then.
ROTATION_WINDOW = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def apply(session: Session, vault: Vault, call: LifecycleCall, now: datetime) -> None:
    """Bring the tenant to where `call` says. Repeats and late calls change nothing.

    `disabled` and `uninstalled` race each other by milliseconds: `uninstalled` wins in either order, and only a new
    `installed` leaves it.
    """
    tenant = session.scalars(select(Tenant).filter_by(client_key=call.client_key).with_for_update()).one_or_none()
    if call.event == "installed":
        _install(session, vault, tenant, call, now)
    elif tenant is not None and call.issued_at >= tenant.last_call_at:
        _step(vault, tenant, call, now)


def _install(session: Session, vault: Vault, tenant: Tenant | None, call: LifecycleCall, now: datetime) -> None:
    body = call.body
    if tenant is None:
        tenant = Tenant(client_key=call.client_key, last_call_at=EPOCH, installed_at=now)
        session.add(tenant)
    elif call.issued_at < tenant.last_call_at:
        return
    secret = str(body["sharedSecret"])
    if tenant.secret is not None and secret != vault.unseal(tenant.secret, _place(tenant, "secret")):
        _retire_secret(vault, tenant, now)
    tenant.secret = vault.seal(secret, _place(tenant, "secret"))
    tenant.base_url = str(body["baseUrl"]).rstrip("/")
    tenant.display_url = (text(body.get("displayUrl")) or tenant.base_url)[:300]
    tenant.product = str(body["productType"])
    tenant.oauth_client_id = text(body.get("oauthClientId"))
    tenant.entitlement_id = text(body.get("entitlementId"))
    tenant.entitlement_number = text(body.get("entitlementNumber"))
    tenant.installation_id = text(body.get("installationId"))
    tenant.state, tenant.uninstalled_at, tenant.last_call_at = TenantState.INSTALLED, None, call.issued_at


def _step(vault: Vault, tenant: Tenant, call: LifecycleCall, now: datetime) -> None:
    tenant.last_call_at = call.issued_at
    if call.event == "uninstalled":
        if tenant.state != TenantState.UNINSTALLED:
            tenant.state, tenant.uninstalled_at = TenantState.UNINSTALLED, now
            _retire_secret(vault, tenant, now)
    elif tenant.state != TenantState.UNINSTALLED:
        tenant.state = TenantState.ENABLED if call.event == "enabled" else TenantState.DISABLED


def _retire_secret(vault: Vault, tenant: Tenant, now: datetime) -> None:
    """What was signed just before still counts for a while; after that the secret is worth nothing."""
    if tenant.secret is not None:
        secret = vault.unseal(tenant.secret, _place(tenant, "secret"))
        tenant.previous_secret = vault.seal(secret, _place(tenant, "previous_secret"))
        tenant.previous_until, tenant.secret = now + ROTATION_WINDOW, None


def secrets_of(vault: Vault, tenant: Tenant, now: datetime) -> list[str]:
    """The secrets that tokens of this tenant may be signed with: the current one, for a while also the last."""
    found = [] if tenant.secret is None else [vault.unseal(tenant.secret, _place(tenant, "secret"))]
    if tenant.previous_secret is not None and tenant.previous_until is not None and now < tenant.previous_until:
        found.append(vault.unseal(tenant.previous_secret, _place(tenant, "previous_secret")))
    return found


def find(session: Session, client_key: str) -> Tenant | None:
    """The tenant with this client key."""
    return session.scalars(select(Tenant).filter_by(client_key=client_key)).one_or_none()


def installed(session: Session, product: str) -> Tenant | None:
    """The newest living installation on a product: the site that the vendor's own staff works on."""
    living = (TenantState.INSTALLED, TenantState.ENABLED)
    statement = select(Tenant).where(Tenant.product == product, Tenant.state.in_(living))
    return session.scalars(statement.order_by(Tenant.last_call_at.desc(), Tenant.id.desc()).limit(1)).one_or_none()


def host_of(vault: Vault, tenant: Tenant, app_key: str, now: datetime) -> Host:
    """The tenant as a host that can be called."""
    return Host(tenant.base_url, tenant.client_key, app_key, secrets_of(vault, tenant, now)[0])


class StoredKeys:
    """Install keys, kept in the database for ever (a `connect.install_keys.KeyStore`)."""

    def __init__(self, database: Any, clock: Any) -> None:
        self._database, self._clock = database, clock

    def get(self, key_id: str) -> str | None:
        """The PEM of a key that was fetched before."""
        with self._database.read() as session:
            known = session.get(InstallKey, key_id)
            return known.pem if known else None

    def put(self, key_id: str, pem: str) -> None:
        """Keep a key."""
        with self._database.write() as session:
            session.merge(InstallKey(key_id=key_id, pem=pem, fetched_at=self._clock()))


def _place(tenant: Tenant, column: str) -> Place:
    return Place("tenants", column, tenant.client_key)
