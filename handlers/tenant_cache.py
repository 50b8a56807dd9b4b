"""Tenants with their secrets, remembered for seconds: looking one up costs more than all else that a webhook needs.

Forgotten at once when this process changes one; another process learns of it by a signature that fails, or by time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models.database import Database
from models.tenants import Tenant
from models.vault import Vault
from services import tenants

REMEMBERED_SECONDS = 5
MAX_REMEMBERED = 1_000


@dataclass(frozen=True)
class KnownTenant:
    """A tenant as it was read, for reading only, with its secrets opened."""

    tenant: Tenant
    current_secret: str | None
    previous_secret: str | None
    read_at: float

    def secrets(self, now: datetime) -> list[str]:
        """The secrets that its tokens may be signed with now."""
        found = (self.current_secret, self.previous_secret if tenants.in_window(self.tenant, now) else None)
        return [secret for secret in found if secret is not None]


class TenantCache:
    """One for each process; safe to share between threads."""

    def __init__(self, database: Database, vault: Vault, tick: Callable[[], float] = time.monotonic) -> None:
        self._database, self._vault, self._tick = database, vault, tick
        self._known: OrderedDict[str, KnownTenant] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, client_key: str, *, fresh: bool = False) -> KnownTenant | None:
        """The tenant with this client key; `fresh`: as the database has it now. Misses are not remembered."""
        with self._lock:
            known = self._known.get(client_key)
        if known is not None and not fresh and self._tick() < known.read_at + REMEMBERED_SECONDS:
            return known
        return self._read(client_key)

    def forget(self, client_key: str) -> None:
        """The tenant has changed."""
        with self._lock:
            self._known.pop(client_key, None)

    def _read(self, client_key: str) -> KnownTenant | None:
        read_at = self._tick()
        with self._database.read() as session:
            tenant = tenants.find(session, client_key)
        if tenant is None:
            self.forget(client_key)
            return None
        secrets = tenants.current(self._vault, tenant), tenants.previous(self._vault, tenant)
        known = KnownTenant(tenant, *secrets, read_at)
        with self._lock:
            self._known[client_key] = known
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return known
