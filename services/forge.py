"""Installations by Forge: the second door to a tenant (connect.md 5.3).

`admit` is the one way in: it spends the token, finds or makes the tenant, and keeps what the invocation brought, in the
transaction of whatever the call goes on to do. So a call that failed has spent nothing and may come again as it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from connect.fit import Invocation, Site, TokenError
from connect.forge import ForgeHost, host_of, token_expiry
from models.database import Database, one_at_a_time
from models.forge import ForgeInstallation, ForgeKey, SpentToken
from models.tenants import Tenant, TenantState
from models.vault import Place, Vault
from services import forge_licence, forge_tenants, inbox

# A spent token is remembered until it has expired by any clock that is taken for right.
REMEMBERED = timedelta(minutes=5)
# What was under way when the app was uninstalled may still arrive; later than this, a call proves that it is back.
AFTERGLOW = timedelta(minutes=10)
# A new token that lasts hardly longer than the one that is kept is not worth a write.
WORTH_KEEPING = timedelta(minutes=5)


@dataclass(frozen=True)
class Introduction:
    """What was found out of a product before its first call counts: the site's URL, its client key under Connect."""

    site_url: str
    client_key: str | None


def is_known(session: Session, invocation: Invocation) -> bool:
    """Has every product of this installation been introduced, where it is now?"""
    rows = session.scalars(select(ForgeInstallation).filter_by(installation_id=invocation.installation_id)).all()
    known = {(row.product, row.cloud_id, row.api_base_url) for row in rows}
    return all((site.product, site.cloud_id, site.api_base_url) in known for site in invocation.sites)


def admit(
    session: Session,
    vault: Vault,
    invocation: Invocation,
    *,
    introduced: Mapping[str, Introduction],
    system_token: str | None,
    arriving: bool,
    app_key: str,
    now: datetime,
) -> Tenant:
    """The tenant of a verified invocation. `introduced`: by product, for those that are not known yet.

    `arriving`: the call says that the app was installed or upgraded. Raises TokenError `replayed` for a token that has
    counted before, and `uninstalled` for a call that was under way when the app was removed.
    """
    _spend(session, invocation, now)
    rows = [_row(session, vault, invocation, site, introduced.get(site.product), now) for site in invocation.sites]
    for row in rows:
        _require_present(row, invocation, arriving=arriving)
        row.environment_id, row.app_version = invocation.environment_id, invocation.app_version
        if system_token is not None:
            _keep_token(vault, row, system_token, now)
    session.flush()
    licence = forge_licence.delivery_of(invocation, rows[0].tenant, app_key)
    if licence is not None:
        inbox.store(session, vault, licence, now)
    return rows[0].tenant


def leave(session: Session, invocation: Invocation) -> None:
    """The app is being uninstalled. A tenant that Connect knows is left to Connect's own word."""
    left_at = _at(invocation)
    rows = select(ForgeInstallation).filter_by(installation_id=invocation.installation_id).with_for_update()
    for row in session.scalars(rows):
        if left_at >= row.arrived_at:
            row.token, row.token_until, row.uninstalled_at = None, None, left_at
            if row.tenant.secret is None and row.tenant.state != TenantState.UNINSTALLED:
                row.tenant.state, row.tenant.uninstalled_at = TenantState.UNINSTALLED, left_at


def host_for(session: Session, vault: Vault, tenant: Tenant, now: datetime) -> ForgeHost | None:
    """The tenant as a host that can be called with a system token; None where none counts now."""
    living = (
        select(ForgeInstallation)
        .where(ForgeInstallation.tenant_id == tenant.id, ForgeInstallation.uninstalled_at.is_(None))
        .where(ForgeInstallation.token_until > now)
        .order_by(ForgeInstallation.token_until.desc())
    )
    row = session.scalars(living.limit(1)).one_or_none()
    if row is None or row.token is None:
        return None
    return host_of(Site(row.product, row.cloud_id, row.api_base_url), vault.unseal(row.token, _place(row)))


def forget_expired(session: Session, now: datetime) -> None:
    """Drop what need not be remembered of tokens that have expired: the ids of invocations, and system tokens whole."""
    session.execute(delete(SpentToken).where(SpentToken.expires_at < now))
    expired = update(ForgeInstallation).where(ForgeInstallation.token_until <= now)
    session.execute(expired.values(token=None, token_until=None))


class StoredKeySet:
    """Forge's keys in the database (a `connect.jwks.KeySetStore`)."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def load(self) -> Mapping[str, str]:
        """The PEMs of the last set."""
        with self._database.read() as session:
            return {key.key_id: key.pem for key in session.scalars(select(ForgeKey))}

    def replace(self, pems: Mapping[str, str]) -> None:
        """Keep a new set."""
        with self._database.write() as session:
            one_at_a_time(session, "forge keys")
            session.execute(delete(ForgeKey))
            now = self._clock()
            session.add_all(ForgeKey(key_id=key_id, pem=pem, fetched_at=now) for key_id, pem in pems.items())


def _spend(session: Session, invocation: Invocation, now: datetime) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    digest = hashlib.sha256(invocation.token_id.encode()).hexdigest()
    row = {"digest": digest, "expires_at": max(datetime.fromtimestamp(invocation.expires_at, UTC), now) + REMEMBERED}
    spent = insert(SpentToken).values(row).on_conflict_do_nothing().returning(SpentToken.digest)
    if session.execute(spent).scalar() is None:
        raise TokenError("replayed")


def _row(
    session: Session, vault: Vault, invocation: Invocation, site: Site, introduced: Introduction | None, now: datetime
) -> ForgeInstallation:
    known = (
        select(ForgeInstallation)
        .filter_by(installation_id=invocation.installation_id, product=site.product)
        .with_for_update()
    )
    row = session.scalars(known).one_or_none()
    if row is None:
        # The row is not there to be locked; two first calls must not make two tenants.
        one_at_a_time(session, f"forge {invocation.installation_id}")
        row = session.scalars(known).one_or_none() or _new_row(session, invocation, site, introduced, now)
    elif introduced is not None:
        row.cloud_id, row.api_base_url = site.cloud_id, site.api_base_url
    forge_tenants.join_connect(session, vault, row, now)
    return row


def _new_row(
    session: Session, invocation: Invocation, site: Site, introduced: Introduction | None, now: datetime
) -> ForgeInstallation:
    if introduced is None:
        raise TokenError("unknown-tenant")
    arrived_at = _at(invocation)
    tenant = forge_tenants.find_or_make(
        session,
        invocation.installation_id,
        site,
        site_url=introduced.site_url,
        client_key=introduced.client_key,
        arrived_at=arrived_at,
        now=now,
    )
    row = ForgeInstallation(
        installation_id=invocation.installation_id,
        product=site.product,
        tenant=tenant,
        cloud_id=site.cloud_id,
        api_base_url=site.api_base_url,
        arrived_at=arrived_at,
    )
    session.add(row)
    session.flush()
    return row


def _require_present(row: ForgeInstallation, invocation: Invocation, *, arriving: bool) -> None:
    """A tenant lives while either door is open: an uninstall by one of them is taken back by a later word of ours."""
    spoken_at, tenant = _at(invocation), row.tenant
    gone = [row.uninstalled_at, tenant.uninstalled_at if tenant.state == TenantState.UNINSTALLED else None]
    gone_at = max((one for one in gone if one), default=None)
    if gone_at is not None:
        if spoken_at < (gone_at if arriving else gone_at + AFTERGLOW):
            raise TokenError("uninstalled")
        row.uninstalled_at = None
        if tenant.state == TenantState.UNINSTALLED:
            tenant.state, tenant.uninstalled_at, tenant.installed_at = TenantState.INSTALLED, None, spoken_at
    if arriving or gone_at is not None:
        row.arrived_at = max(row.arrived_at, spoken_at)


def _keep_token(vault: Vault, row: ForgeInstallation, token: str, now: datetime) -> None:
    until = datetime.fromtimestamp(token_expiry(token, int(now.timestamp())), UTC)
    if until > now and (row.token_until is None or until > row.token_until + WORTH_KEEPING):
        row.token, row.token_until = vault.seal(token, _place(row)), until


def _at(invocation: Invocation) -> datetime:
    return datetime.fromtimestamp(invocation.issued_at, UTC)


def _place(row: ForgeInstallation) -> Place:
    return Place("forge_installations", "token", f"{row.installation_id}|{row.product}")
