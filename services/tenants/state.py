"""The state of a tenant as a function of the newest call of each kind, so that no order of arrival can spoil it."""

from __future__ import annotations

from datetime import datetime

from models.tenants import Tenant, TenantState
from models.vault import Vault
from services.tenants import secrets


def uninstall(vault: Vault, tenant: Tenant, issued_at: datetime, now: datetime) -> None:
    """The app is gone from the site: the secret ends with its window, the retention clock starts."""
    secrets.retire(vault, tenant, now)
    tenant.uninstalled_at, tenant.unproven = issued_at, False
    tenant.state = state_of(tenant)


def state_of(tenant: Tenant) -> TenantState:
    """`uninstalled` wins over everything but a newer `installed`; then the newer of `enabled` and `disabled` counts."""
    if tenant.uninstalled_at is not None and tenant.uninstalled_at >= tenant.installed_at:
        return TenantState.UNINSTALLED
    if tenant.switched_at is not None and tenant.switched_at >= tenant.installed_at:
        return TenantState.ENABLED if tenant.switched_on else TenantState.DISABLED
    return TenantState.INSTALLED
