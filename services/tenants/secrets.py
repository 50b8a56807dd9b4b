"""The shared secret of a tenant: the current one, and for a while after a rotation the last."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.tenants import Tenant
from models.vault import Place, Vault

# Host tokens live 15 minutes: those signed just before a rotation are good until then.
ROTATION_WINDOW = timedelta(minutes=15)


def take(vault: Vault, tenant: Tenant, secret: str, now: datetime) -> None:
    """`secret` is the tenant's from now on; the one before it counts for the rest of its window."""
    retire(vault, tenant, now)
    tenant.secret, tenant.secret_taken_at = vault.seal(secret, _place(tenant, "secret")), now


def retire(vault: Vault, tenant: Tenant, now: datetime) -> None:
    """What was signed just before still counts for a while; after that the secret is worth nothing."""
    if tenant.secret is not None:
        secret = vault.unseal(tenant.secret, _place(tenant, "secret"))
        tenant.previous_secret = vault.seal(secret, _place(tenant, "previous_secret"))
        tenant.previous_until, tenant.secret = now + ROTATION_WINDOW, None


def current(vault: Vault, tenant: Tenant) -> str | None:
    """The secret of the newest `installed`; None once the app is uninstalled."""
    return None if tenant.secret is None else vault.unseal(tenant.secret, _place(tenant, "secret"))


def previous(vault: Vault, tenant: Tenant) -> str | None:
    """The secret before the current one, as long as it is kept."""
    if tenant.previous_secret is None:
        return None
    return vault.unseal(tenant.previous_secret, _place(tenant, "previous_secret"))


def in_window(tenant: Tenant, now: datetime) -> bool:
    """Does the secret before the current one still count?"""
    return tenant.previous_until is not None and now < tenant.previous_until


def secrets_of(vault: Vault, tenant: Tenant, now: datetime) -> list[str]:
    """The secrets that tokens of this tenant may be signed with: the current one, for a while also the last."""
    found = (current(vault, tenant), previous(vault, tenant) if in_window(tenant, now) else None)
    return [secret for secret in found if secret is not None]


def drop_stale_secrets(session: Session, now: datetime) -> int:
    """Forget the secrets whose window has passed; gives how many."""
    stale = update(Tenant).where(Tenant.previous_until <= now).values(previous_secret=None, previous_until=None)
    return int(session.execute(stale).rowcount)  # type: ignore[attr-defined]


def _place(tenant: Tenant, column: str) -> Place:
    return Place("tenants", column, tenant.client_key)
