"""Two tenants at one address. A site import makes a new one and never uninstalls the old one (connect.md 1.2, AC-1528).

But the address in an `installed` is not signed, so nobody is retired on its word: the newcomer counts as unproven until
the worker has asked the site itself, which accepts the secret of exactly one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tenants import Tenant, TenantState
from models.vault import Vault
from services import audit, outbox
from services.tenants.state import uninstall


def rivals_of(session: Session, tenant: Tenant) -> Sequence[Tenant]:
    """The other tenants at the same address that are not uninstalled; one of Forge alone has no secret to dispute."""
    same = select(Tenant).where(
        Tenant.base_url == tenant.base_url,
        Tenant.id != tenant.id,
        Tenant.state != TenantState.UNINSTALLED,
        Tenant.secret.is_not(None),
    )
    return session.scalars(same.order_by(Tenant.id)).all()


def look_for_rivals(session: Session, vault: Vault, tenant: Tenant, *, trusted: bool, now: datetime) -> None:
    """Have the site asked when `tenant` is not alone at its address. `trusted`: it was known there before."""
    contested = bool(rivals_of(session, tenant))
    tenant.unproven = contested and not trusted
    if contested:
        payload = {"client_key": tenant.client_key, "installed_at": tenant.installed_at.isoformat()}
        key = vault.blind_index("tenant", tenant.client_key)
        outbox.enqueue(session, vault, kind="tenant.prove", key=key, subject=f"site:{key}", payload=payload, now=now)


def settle(session: Session, vault: Vault, proven: Tenant, dead: Sequence[Tenant], now: datetime) -> bool:
    """The site accepts `proven` and none of `dead` (rows as they were when it was asked): these are retired.

    The retention clock of a retired tenant starts `now`. False, and nothing changed, when one of them was installed
    anew or uninstalled meanwhile: the site has to be asked again.
    """
    asked = {tenant.id: tenant for tenant in (proven, *dead)}
    rows = session.scalars(select(Tenant).where(Tenant.id.in_(asked)).order_by(Tenant.id).with_for_update()).all()
    if any(row.installed_at != asked[row.id].installed_at or row.secret is None for row in rows):
        return False
    for row in rows:
        if row.id == proven.id:
            row.unproven = False
        else:
            uninstall(vault, row, max(now, row.installed_at), now)
            subject = f"tenant:{row.id}"
            audit.record(
                session, actor="site", action="tenant.superseded", subject=subject, purpose="security", now=now
            )
    return True
