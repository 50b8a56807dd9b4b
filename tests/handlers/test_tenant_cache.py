"""What is remembered of a tenant is never older than it may be."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers.settings import APP_KEY
from handlers.tenant_cache import REMEMBERED_SECONDS, TenantCache
from models.database import Database
from models.vault import Vault
from services.tenants import LifecycleCall, apply


def install(database: Database, vault: Vault, secret: str, at: datetime) -> None:
    body = {"key": APP_KEY, "clientKey": "t1", "sharedSecret": secret, "baseUrl": "https://a.example"}
    body["productType"] = "jira"
    with database.write() as session:
        apply(session, vault, LifecycleCall("installed", body, at), at)


def test_a_new_secret_counts_when_asked_for_or_told_of(database: Database, vault: Vault, now: datetime) -> None:
    cache = TenantCache(database, vault, tick=lambda: 0)
    assert cache.find("t1") is None
    install(database, vault, "first-secret", now)
    first = cache.find("t1")
    assert first is not None and first.secrets(now) == ["first-secret"]
    later = now + timedelta(minutes=1)
    install(database, vault, "second-secret", later)
    assert cache.find("t1") is first
    fresh = cache.find("t1", fresh=True)
    assert fresh is not None and fresh.secrets(later) == ["second-secret", "first-secret"]
    assert fresh.secrets(later + timedelta(minutes=16)) == ["second-secret"]
    cache.forget("t1")
    assert cache.find("t1") is not fresh


def test_what_another_process_changed_is_missed_for_seconds_at_most(
    database: Database, vault: Vault, now: datetime
) -> None:
    seconds = [0.0]
    cache = TenantCache(database, vault, tick=lambda: seconds[0])
    install(database, vault, "first-secret", now)
    remembered = cache.find("t1")
    seconds[0] = REMEMBERED_SECONDS - 0.1
    assert cache.find("t1") is remembered
    seconds[0] = REMEMBERED_SECONDS
    assert cache.find("t1") is not remembered
