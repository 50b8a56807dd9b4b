"""Claims, leases, order per subject, back-off and quarantine."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from models.database import Database
from models.queues import InboxItem, ItemState
from models.vault import Vault
from services import inbox, queues
from services.inbox import Delivery, Stored

LEASE = timedelta(seconds=60)


def deliver(database: Database, vault: Vault, now: datetime, delivery_id: str, subject: str = "licence:1") -> Stored:
    with database.write() as session:
        return inbox.store(session, vault, Delivery("marketplace", delivery_id, b'{"a": 1}', subject), now)


def claim(database: Database, now: datetime, limit: int = 10) -> list[str]:
    with database.write() as session:
        return [item.delivery_id for item in queues.claim(session, InboxItem, limit=limit, lease=LEASE, now=now)]


def test_a_delivery_is_stored_once_and_another_body_is_a_conflict(
    database: Database, vault: Vault, now: datetime
) -> None:
    assert deliver(database, vault, now, "m1") is Stored.NEW
    assert deliver(database, vault, now, "m1") is Stored.DUPLICATE
    with database.write() as session:
        assert inbox.store(session, vault, Delivery("marketplace", "m1", b"other", "x"), now) is Stored.CONFLICT


def test_the_body_is_sealed_and_comes_back_as_it_was(database: Database, vault: Vault, now: datetime) -> None:
    deliver(database, vault, now, "m1")
    with database.read() as session:
        item = session.query(InboxItem).one()
        assert item.body is not None and b'"a"' not in item.body
        assert inbox.body_of(item, vault) == b'{"a": 1}'


def test_one_subject_is_worked_on_in_its_order(database: Database, vault: Vault, now: datetime) -> None:
    for delivery_id, subject in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        deliver(database, vault, now, delivery_id, subject)
    assert claim(database, now) == ["a1", "b1"]
    assert claim(database, now) == []


def test_an_abandoned_lease_runs_out(database: Database, vault: Vault, now: datetime) -> None:
    deliver(database, vault, now, "a1")
    assert claim(database, now) == ["a1"]
    assert claim(database, now + LEASE - timedelta(seconds=1)) == []
    assert claim(database, now + LEASE) == ["a1"]


def test_failures_back_off_and_end_in_quarantine_from_which_they_return(
    database: Database, vault: Vault, now: datetime
) -> None:
    deliver(database, vault, now, "a1")
    for _ in range(queues.MAX_ATTEMPTS):
        with database.write() as session:
            item = queues.claim(session, InboxItem, limit=1, lease=LEASE, now=now)[0]
            queues.postpone(item, "timeout", now)
            now = max(now, item.next_attempt_at) + timedelta(seconds=1)
    with database.write() as session:
        assert session.query(InboxItem).one().state == ItemState.QUARANTINED
        assert queues.retry(session, InboxItem, now) == 1
    assert claim(database, now) == ["a1"]


def test_two_workers_never_get_the_same_item(database: Database, vault: Vault, now: datetime) -> None:
    for number in range(40):
        deliver(database, vault, now, f"m{number}", f"licence:{number}")
    got: list[list[str]] = [[] for _ in range(4)]

    def work(mine: list[str]) -> None:
        while batch := claim(database, now, limit=3):
            mine.extend(batch)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [delivery_id for mine in got for delivery_id in mine]
    assert sorted(everything) == sorted(set(everything)) and len(everything) == 40
