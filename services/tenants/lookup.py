"""Finding tenants, calling them, and the store of install keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connect.host import Host
from models.database import Database, one_at_a_time
from models.tenants import InstallKey, Tenant, TenantState
from models.vault import Vault
from services.tenants.secrets import secrets_of

LIVING = (TenantState.INSTALLED, TenantState.ENABLED)


def find(session: Session, client_key: str) -> Tenant | None:
    """The tenant with this client key."""
    return session.scalars(select(Tenant).filter_by(client_key=client_key)).one_or_none()


def installed(session: Session, product: str) -> Tenant | None:
    """The newest living installation on a product: the site that the vendor's own staff works on."""
    living = select(Tenant).where(Tenant.product == product, Tenant.state.in_(LIVING), ~Tenant.unproven)
    return session.scalars(living.order_by(Tenant.installed_at.desc(), Tenant.id.desc()).limit(1)).one_or_none()


def jira_beside(session: Session, tenant: Tenant) -> Tenant | None:
    """The Jira of the tenant's site: it knows groups and permissions, also of who looks at a page in Confluence."""
    if tenant.product == "jira":
        return tenant
    site = tenant.base_url.removesuffix("/wiki")
    here = select(Tenant).where(Tenant.base_url == site, Tenant.product == "jira", Tenant.state.in_(LIVING))
    return session.scalars(here.where(~Tenant.unproven).order_by(Tenant.id.desc()).limit(1)).one_or_none()


def host_of(vault: Vault, tenant: Tenant, app_key: str, now: datetime) -> Host:
    """The tenant as a host that can be called; `LookupError` once it has no secret any more."""
    secrets = secrets_of(vault, tenant, now)
    if not secrets:
        raise LookupError("the tenant has no secret")
    return Host(tenant.base_url, tenant.client_key, app_key, secrets[0])


class StoredKeys:
    """Install keys, kept in the database for ever (a `connect.install_keys.KeyStore`)."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def get(self, key_id: str) -> str | None:
        """The PEM of a key that was fetched before."""
        with self._database.read() as session:
            known = session.get(InstallKey, key_id)
            return known.pem if known else None

    def put(self, key_id: str, pem: str) -> None:
        """Keep a key; the same one from two processes at once is fine."""
        with self._database.write() as session:
            one_at_a_time(session, "install keys")
            session.merge(InstallKey(key_id=key_id, pem=pem, fetched_at=self._clock()))
