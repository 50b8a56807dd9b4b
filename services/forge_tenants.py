"""Which tenant a Forge installation belongs to, so that an app that moves from Connect to Forge loses none.

In this order: the tenant whose `installed` named this installation; the one whose client key the reserved app property
gives; the one that an earlier installation on the same product of the same site belonged to; a new one.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connect.fit import Site
from models.forge import ForgeInstallation
from models.support import SupportCase
from models.tenants import Tenant, TenantState
from models.vault import Vault
from services import hints, inbox

# Client keys of Connect are never of this form.
FORGE_ONLY = "forge:"
# Any `installed` of Connect is newer: a tenant that Forge made under a client key is Connect's to complete.
BEFORE_CONNECT = datetime(1970, 1, 1, tzinfo=UTC)


def find_or_make(
    session: Session,
    installation_id: str,
    site: Site,
    *,
    site_url: str,
    client_key: str | None,
    arrived_at: datetime,
    now: datetime,
) -> Tenant:
    """The tenant of an installation that is not known yet."""
    return (
        _named_by_connect(session, installation_id, site.product)
        or _by_client_key(session, client_key, site.product)
        or _before_reinstall(session, site)
        or _make(session, installation_id, site, site_url, client_key, arrived_at, now)
    )


def join_connect(session: Session, vault: Vault, row: ForgeInstallation, now: datetime) -> None:
    """Let a tenant of Forge alone give way to the one of Connect, once an `installed` has named this installation.

    Its cases are read again from Jira under the other's name, rather than copied: the seals are bound to the name.
    """
    if not row.tenant.client_key.startswith(FORGE_ONLY):
        return
    connect = _named_by_connect(session, row.installation_id, row.product)
    if connect is None or connect.id == row.tenant_id:
        return
    left, row.tenant = row.tenant, connect
    left.state, left.uninstalled_at = TenantState.UNINSTALLED, now
    for case in session.scalars(select(SupportCase).filter_by(client_key=left.client_key)):
        inbox.store(session, vault, hints.delivery(connect.id, "joined", case.issue_id, left.client_key), now)
        session.delete(case)


def _named_by_connect(session: Session, installation_id: str, product: str) -> Tenant | None:
    # A site import leaves an older tenant behind: the one that lives, and of these the newest, is the site's.
    named = select(Tenant).where(
        Tenant.installation_id == installation_id,
        Tenant.product == product,
        ~Tenant.client_key.startswith(FORGE_ONLY),
    )
    order = ((Tenant.state == TenantState.UNINSTALLED).asc(), Tenant.installed_at.desc(), Tenant.id.desc())
    return session.scalars(named.order_by(*order).limit(1)).one_or_none()


def _by_client_key(session: Session, client_key: str | None, product: str) -> Tenant | None:
    if client_key is None:
        return None
    return session.scalars(select(Tenant).filter_by(client_key=client_key, product=product)).one_or_none()


def _before_reinstall(session: Session, site: Site) -> Tenant | None:
    earlier = select(ForgeInstallation).filter_by(cloud_id=site.cloud_id, product=site.product)
    row = session.scalars(earlier.order_by(ForgeInstallation.id.desc()).limit(1)).one_or_none()
    return row.tenant if row else None


def _make(
    session: Session,
    installation_id: str,
    site: Site,
    site_url: str,
    client_key: str | None,
    arrived_at: datetime,
    now: datetime,
) -> Tenant:
    base_url = site_url + ("/wiki" if site.product == "confluence" else "")
    tenant = Tenant(
        client_key=client_key or f"{FORGE_ONLY}{site.product}:{installation_id.rpartition('/')[2]}",
        product=site.product,
        base_url=base_url,
        display_url=base_url,
        state=TenantState.INSTALLED,
        installation_id=installation_id,
        installed_at=BEFORE_CONNECT if client_key else arrived_at,
        secret_taken_at=now,
    )
    session.add(tenant)
    session.flush()
    return tenant
