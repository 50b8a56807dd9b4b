"""Everything the sandbox knows, in memory. Take `world.lock` to read or change it; never hold it over an HTTP call."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sandbox.accounts import Account, app_account, people
from sandbox.desk_requests import Desk
from sandbox.faults import Faults
from sandbox.forge import ForgeSite
from sandbox.issues import Issues
from sandbox.journal import Journal
from sandbox.keys import SigningKey
from sandbox.outbox import Outbox
from sandbox.pages import Wiki
from sandbox.reports import Reports

DEVELOPER_ID = "0f7e3c52-6a1d-4b8e-9c40-5d2f81a6b733"


@dataclass(frozen=True)
class Settings:
    """What the start gave. The secrets are of this sandbox alone and open nothing else."""

    app_url: str
    webhook_secret: str
    marketplace_user: str
    marketplace_token: str
    developer_id: str = DEVELOPER_ID


@dataclass
class Tenant:
    """One product of the site, as the app may have it installed. `secret` is what the app acknowledged last."""

    product: str
    client_key: str
    base_url: str
    secret: str | None = field(default=None, repr=False)
    enabled: bool = False
    descriptor: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def app_key(self) -> str:
        return str(self.descriptor.get("key", ""))

    @property
    def app_base_url(self) -> str:
        return str(self.descriptor.get("baseUrl", ""))


class World:
    """The site, its people, its contents, the reports, the faults and the journals."""

    def __init__(self, settings: Settings, site_url: str) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.site_url = site_url
        self.faults = Faults()
        self.journal = Journal()
        self.outbox = Outbox(self.journal)
        self.page_tokens: dict[str, int] = {}
        self.accounts: dict[str, Account] = {}
        self.account_statuses: dict[str, str] = {}
        self.forge = ForgeSite()
        self.tenants = {
            "jira": Tenant("jira", new_client_key(), site_url),
            "confluence": Tenant("confluence", new_client_key(), site_url + "/wiki"),
        }
        self.reset()

    @cached_property
    def install_key(self) -> SigningKey:
        """Made on first use: it takes a moment, and most tests need none."""
        return SigningKey.generate()

    @cached_property
    def forge_key(self) -> SigningKey:
        return SigningKey.generate()

    def reset(self) -> None:
        """The seed again; tenants, keys and secrets stay, or an installed app would be locked out."""
        self.accounts = {account.account_id: account for account in (*people(), app_account())}
        self.issues = Issues(self.site_url)
        self.wiki = Wiki(self.site_url + "/wiki")
        self.desk = Desk()
        self.reports = Reports.seeded(today=time.time())
        self.faults.clear()
        self.journal.clear()

    def account(self, name: str) -> Account:
        """The account of a short name or an account id; KeyError when there is none."""
        for account in self.accounts.values():
            if name in (account.short, account.account_id):
                return account
        raise KeyError(name)


def new_client_key() -> str:
    return f"sandbox-{secrets.token_hex(12)}"


def now() -> int:
    """Seconds since the epoch, on the machine's clock: the sandbox is the outside world."""
    return int(time.time())
