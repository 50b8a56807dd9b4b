"""Group commit: everybody is answered after the commit that holds their row, and nobody for a row that is not there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from handlers.intake import Intake
from models.database import Database
from models.queues import InboxItem
from models.vault import Vault
from services import inbox
from services.inbox import Delivery, Ready, Stored


def delivery(number: int) -> Delivery:
    return Delivery("marketplace", f"msg_{number}", b"{}", f"licence:{number}")


def until(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        threading.Event().wait(0.01)
    raise TimeoutError


def test_every_acknowledged_row_is_there_once(database: Database, vault: Vault, now: datetime) -> None:
    intake = Intake(database, vault, lambda: now)
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda number: intake.store(delivery(number % 150)), range(300)))
    assert outcomes.count(Stored.NEW) == 150 and outcomes.count(Stored.DUPLICATE) == 150
    with database.read() as session:
        assert session.query(InboxItem).count() == 150


def test_who_comes_while_another_commits_shares_the_next_commit(
    database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, first_is_in, go_on, batches = (
        Intake(database, vault, lambda: now),
        threading.Event(),
        threading.Event(),
        [],
    )
    insert = intake._insert

    def slow(session: Any, batch: Any) -> Any:
        batches.append(len(batch))
        if len(batches) == 1:
            first_is_in.set()
            go_on.wait(10)
        return insert(session, batch)

    monkeypatch.setattr(intake, "_insert", slow)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(intake.store, delivery(0))
        first_is_in.wait(10)
        others = [pool.submit(intake.store, delivery(number)) for number in range(1, 5)]
        until(lambda: len(intake._waiting) == 4)
        go_on.set()
        assert [one.result(10) for one in (first, *others)] == [Stored.NEW] * 5
    assert batches == [1, 4]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_who_comes_while_the_database_is_somebody_elses_comes_along(
    database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = Intake(database, vault, lambda: now)
    insert, batches = intake._insert, []

    def counted(session: Any, batch: Any) -> Any:
        batches.append(len(batch))
        return insert(session, batch)

    monkeypatch.setattr(intake, "_insert", counted)
    with ThreadPoolExecutor(5) as pool:
        with database.write():
            stored = [pool.submit(intake.store, delivery(number)) for number in range(5)]
            until(lambda: len(intake._waiting) == 5)
        assert [one.result(10) for one in stored] == [Stored.NEW] * 5
    assert batches == [5]


@pytest.mark.parametrize("error", [OperationalError("begin", {}, Exception("locked")), OSError("no room")])
def test_what_waits_for_a_database_that_cannot_be_had_is_told(
    database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    intake = Intake(database, vault, lambda: now)

    def away() -> Any:
        raise error

    with monkeypatch.context() as broken, ThreadPoolExecutor(4) as pool:
        broken.setattr(database, "transaction", away)
        stored = [pool.submit(intake.store, delivery(number)) for number in range(4)]
        assert all(one.exception(10) for one in stored)
    assert intake.store(delivery(1)) is Stored.NEW


def test_a_row_that_fails_takes_nobody_with_it(
    database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = inbox.store_ready

    def failing(connection: Any, given: list[Ready]) -> list[Stored]:
        if any(one.delivery.delivery_id == "msg_13" for one in given):
            raise OperationalError("insert", {}, Exception("disk"))
        return store(connection, given)

    monkeypatch.setattr(inbox, "store_ready", failing)
    intake = Intake(database, vault, lambda: now)
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(intake.store, delivery(number)) for number in range(30)]
    failed = [number for number, one in enumerate(found) if one.exception()]
    assert failed == [13]
    with database.read() as session:
        assert session.query(InboxItem).count() == 29


def test_of_one_batch_the_first_with_an_id_is_new_and_each_other_is_told(
    database: Database, vault: Vault, now: datetime
) -> None:
    other = Delivery("marketplace", "msg_1", b"other", "licence:1")
    with database.transaction() as connection:
        for given, told in (
            ([delivery(1), delivery(2), delivery(1), other], ["new", "new", "duplicate", "conflict"]),
            ([other, delivery(3), delivery(2)], ["conflict", "new", "duplicate"]),
        ):
            found = inbox.store_ready(connection, [inbox.ready(vault, one, now) for one in given])
            assert [one.value for one in found] == told
    with database.read() as session:
        names = [item.delivery_id for item in session.query(InboxItem).order_by(InboxItem.id)]
    assert names == ["msg_1", "msg_2", "msg_3"]


def test_workers_are_woken_once_for_all_that_were_stored_together(
    database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    intake = Intake(database, vault, lambda: now, lambda: woken.append(1))
    insert, batches = intake._insert, []

    def slow(session: Any, batch: Any) -> Any:
        batches.append(len(batch))
        if len(batches) == 1:
            until(lambda: len(intake._waiting) == 4)
        return insert(session, batch)

    monkeypatch.setattr(intake, "_insert", slow)
    with ThreadPoolExecutor(5) as pool:
        stored = [pool.submit(intake.store, delivery(0))]
        until(lambda: len(batches) == 1)
        stored += [pool.submit(intake.store, delivery(number)) for number in range(1, 5)]
        assert [one.result(10) for one in stored] == [Stored.NEW] * 5
    assert (batches, len(woken)) == ([1, 4], 2)


def test_who_has_been_served_does_not_wait_for_who_comes_after(
    database: Database, vault: Vault, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake, go_on = Intake(database, vault, lambda: now), threading.Event()
    insert, batches = intake._insert, []

    def slow(session: Any, batch: Any) -> Any:
        batches.append(len(batch))
        if len(batches) == 1:
            until(lambda: len(intake._waiting) == 2)
        if len(batches) == 3:
            go_on.wait(10)
        return insert(session, batch)

    monkeypatch.setattr(intake, "_insert", slow)
    with ThreadPoolExecutor(4) as pool:
        served = [pool.submit(intake.store, delivery(0))]
        until(lambda: len(batches) == 1)
        served += [pool.submit(intake.store, delivery(number)) for number in (1, 2)]
        until(lambda: len(batches) == 2)
        after = pool.submit(intake.store, delivery(3))
        # All three are answered while the fourth still commits.
        assert [one.result(10) for one in served] == [Stored.NEW] * 3
        assert not after.done()
        go_on.set()
        assert after.result(10) is Stored.NEW
