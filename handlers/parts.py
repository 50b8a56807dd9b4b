"""The parts of a running app, put together once a process and handed to whoever needs them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import structlog
from flask import current_app

from connect.accounts import Accounts
from connect.forge import no_token
from connect.host import AnyHost
from connect.http import Outbound
from connect.install_keys import InstallKeys
from connect.jira import Jira
from connect.marketplace import Reporting
from handlers.intake import Intake
from handlers.settings import APP_KEY, Settings
from handlers.tenant_cache import TenantCache
from models import schema
from models.database import Database
from models.tenants import Tenant
from models.vault import Vault
from services import tenants
from services.access_log import AccessLog
from services.erasure import completion
from services.erasure.journal import Journal, JournalError

if TYPE_CHECKING:
    from connect.confluence import Confluence
    from connect.service_desk import ServiceDesk
    from handlers.forge_door import ForgeDoor
    from handlers.jobs import Jobs

# Every `apiBaseUrl` of the commercial cloud is under it; the system token goes nowhere else.
log = structlog.get_logger(__name__)

FORGE_API_URL = "https://api.atlassian.com"


@dataclass
class Parts:
    """Settings, keys and clients. Everything that holds a connection is made on first use, so after a fork."""

    settings: Settings
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    # How many erasures and objections this process did again, because the database had been restored.
    replayed: int = 0

    @cached_property
    def vault(self) -> Vault:
        """The keys."""
        return Vault(self.settings.keys())

    @cached_property
    def database(self) -> Database:
        """The database. A file is brought to the newest schema here; a server is left to the release step."""
        database = Database(self.settings.database_url)
        if database.is_sqlite:
            schema.upgrade(database)
        self._catch_up(database)
        return database

    @cached_property
    def journal(self) -> Journal:
        """What was erased, kept outside the database."""
        return Journal(self.settings.journal_path, self.vault)

    @cached_property
    def access_log(self) -> AccessLog:
        """Visitors' requests, in a folder beside the journal that no backup takes."""
        path = self.settings.journal_path
        return AccessLog(path.with_name(f"{path.name}.access"))

    @cached_property
    def anchors(self) -> Journal:
        """Where the chain of the staff journal ended, day by day, kept outside the database."""
        path = self.settings.journal_path
        return Journal(path.with_name(f"{path.name}.anchors"), self.vault)

    def _catch_up(self, database: Database) -> None:
        """A database that was restored from an older backup is told what was erased since, before it serves anybody."""
        try:
            if schema.is_current(database) and completion.is_behind(database, self.journal):
                count = completion.replay(database, self.vault, self.journal, self.clock())
                self.replayed += count
                log.warning("erasures.replayed", entries=count)
        except JournalError:
            # Not a reason to serve nobody: /readyz says so, and people look into it.
            log.error("erasures.journal-unreadable")

    @cached_property
    def outbound(self) -> Outbound:
        """The one way out: only to the sites that may install the app, the key hosts, the Marketplace and the desk."""
        urls = [*self.settings.install_keys_urls, self.settings.marketplace_url]
        if self.settings.exchange_url:
            urls.append(self.settings.exchange_url)
        if self.settings.forge_app_id:
            urls += [self.settings.forge_jwks_url, FORGE_API_URL]
        return Outbound([*self.settings.allowed_sites, *(urlsplit(url).netloc for url in urls)])

    @cached_property
    def install_keys(self) -> InstallKeys:
        """Public keys of lifecycle calls."""
        store = tenants.StoredKeys(self.database, self.clock)
        return InstallKeys(self.settings.install_keys_urls, self.outbound, store, time.time)

    @cached_property
    def tenants(self) -> TenantCache:
        """Who calls."""
        return TenantCache(self.database, self.vault)

    @cached_property
    def intake(self) -> Intake:
        """Stores what comes in."""
        return Intake(self.database, self.vault, self.clock, lambda: self.jobs.wake_inbox())

    @cached_property
    def jobs(self) -> Jobs:
        """Wakes workers."""
        from handlers.jobs import Jobs

        return Jobs(self)

    @cached_property
    def forge(self) -> ForgeDoor | None:
        """Forge Remote, where the id of our Forge app is set."""
        from handlers.forge_door import ForgeDoor

        return ForgeDoor(self) if self.settings.forge_app_id else None

    def host_for(self, tenant: Tenant) -> AnyHost:
        """The tenant's REST API, by Forge while that door has a token (Connect's ends with 2026), else by Connect."""
        by_forge = self.forge.host_for(tenant) if self.forge else None
        if by_forge is None and self.forge is not None and tenant.secret is None:
            raise no_token()
        return by_forge or tenants.host_of(self.vault, tenant, APP_KEY, self.clock())

    def jira_for(self, tenant: Tenant) -> Jira:
        """A client of the tenant's Jira."""
        return Jira(self.host_for(tenant), self.outbound, time.time)

    def confluence_for(self, tenant: Tenant) -> Confluence:
        """A client of the tenant's Confluence."""
        from connect.confluence import Confluence

        return Confluence(self.host_for(tenant), self.outbound, time.time)

    def accounts_for(self, tenant: Tenant) -> Accounts:
        """The report of accounts, by this tenant."""
        return Accounts(self.host_for(tenant), self.outbound, time.time)

    @cached_property
    def service_desk(self) -> ServiceDesk | None:
        """The desk that packages for Atlassian are brought to, where one is set."""
        from connect.service_desk import ServiceDesk

        s = self.settings
        if not (s.exchange_url and s.exchange_user and s.exchange_token):
            return None
        return ServiceDesk(
            s.exchange_url,
            s.exchange_user,
            s.exchange_token.get_secret_value(),
            s.exchange_service_desk or "",
            s.exchange_request_type or "",
            self.outbound,
        )

    @cached_property
    def reporting(self) -> Reporting | None:
        """The Marketplace's reports, where the vendor's account is set."""
        s = self.settings
        if not (s.marketplace_developer_id and s.marketplace_user and s.marketplace_token):
            return None
        return Reporting(
            s.marketplace_url,
            s.marketplace_developer_id,
            s.marketplace_user,
            s.marketplace_token.get_secret_value(),
            self.outbound,
            time.sleep,
            time.monotonic,
        )


def parts() -> Parts:
    """The parts of the app that is serving this request or command."""
    return cast(Parts, current_app.extensions["fairtrial"])
