"""The life of a tenant as a function of the calls that were made, whatever order they arrive in."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.database import Database
from models.tenants import Tenant, TenantState
from models.vault import Vault
from services import tenants
from services.tenants import LifecycleCall, Outcome
from services.tenants.lifecycle import SAME_SECOND
from services.tenants.secrets import ROTATION_WINDOW

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SITE = "https://acme.atlassian.net"
EVENTS = ("installed", "uninstalled", "enabled", "disabled")

Told = tuple[str, int]


def call(event: str, second: int, secret: str | None = None, client_key: str = "acme") -> LifecycleCall:
    """A call issued `second` seconds after the start; every install brings a secret of its own."""
    body: dict[str, Any] = {"clientKey": client_key, "baseUrl": SITE, "productType": "jira"}
    if event == "installed":
        body["sharedSecret"] = secret or f"secret-{second}"
    return LifecycleCall(event, body, START + timedelta(seconds=second))


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


@pytest.fixture
def fresh_keys() -> Iterator[str]:
    """Client keys that nobody has used: an example of Hypothesis must not meet the tenant of the last one."""
    return (f"tenant-{number}" for number in itertools.count())


def outcome_of(database: Database, vault: Vault, calls: Iterable[Told], client_key: str) -> tuple[Any, ...]:
    """State, living secret, and start of the retention clock after these calls."""
    with database.write() as session:
        for event, second in calls:
            tenants.apply(session, vault, call(event, second, client_key=client_key), at(second))
        tenant = session.scalars(select(Tenant).filter_by(client_key=client_key)).one()
        living = tenant.secret is not None and tenants.secrets_of(vault, tenant, at(10**6))
        return tenant.state, living or None, tenant.uninstalled_at


def expected(calls: Sequence[Told]) -> tuple[Any, ...]:
    """What the calls say, told in one piece: the rule, written a second time and another way."""
    newest = {event: max((second for one, second in calls if one == event), default=None) for event in EVENTS}
    install, removal = newest["installed"], newest["uninstalled"]
    assert install is not None
    if removal is not None and removal > install:
        return TenantState.UNINSTALLED, None, at(removal)
    switched = [(second, event) for event, second in calls if event in ("enabled", "disabled") and second > install]
    return TenantState(max(switched)[1]) if switched else TenantState.INSTALLED, [f"secret-{install}"], None


HISTORIES = st.lists(st.sampled_from(EVENTS), max_size=7).map(
    lambda events: [("installed", 0), *((event, second) for second, event in enumerate(events, 1))]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, data=st.data())
def test_no_order_and_no_repeat_changes_the_end(
    database: Database, vault: Vault, fresh_keys: Iterator[str], history: list[Told], data: st.DataObject
) -> None:
    repeated = history + data.draw(st.lists(st.sampled_from(history), max_size=5))
    shuffled = data.draw(st.permutations(repeated))
    # The first install is what makes a tenant: until then nobody is there to be told anything.
    arrived = [("installed", 0), *shuffled]
    assert outcome_of(database, vault, arrived, next(fresh_keys)) == expected(history)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_calls_of_one_second_count_in_the_order_of_their_arrival(
    database: Database, vault: Vault, fresh_keys: Iterator[str], history: list[Told]
) -> None:
    key, state, secret = next(fresh_keys), None, None
    with database.write() as session:
        for number, (event, _) in enumerate(history):
            tenants.apply(session, vault, call(event, 0, f"secret-{number}", key), START)
            secret = f"secret-{number}" if event == "installed" else None if event == "uninstalled" else secret
            tenant = session.scalars(select(Tenant).filter_by(client_key=key)).one()
            state = tenant.state
            assert (state == TenantState.UNINSTALLED) == (secret is None)
            assert (tenants.secrets_of(vault, tenant, at(10**6)) or [None]) == [secret]


def test_a_call_to_nobody_is_nothing(database: Database, vault: Vault) -> None:
    with database.write() as session:
        for event in EVENTS[1:]:
            assert tenants.apply(session, vault, call(event, 1), START) is Outcome.UNKNOWN
        assert session.scalar(select(func.count()).select_from(Tenant)) == 0


def test_outcomes_are_named(database: Database, vault: Vault) -> None:
    later = START + SAME_SECOND * 2
    steps = [
        (call("installed", 5), START, Outcome.APPLIED),
        (call("installed", 5), later, Outcome.REPEATED),
        (call("installed", 5, "another"), START, Outcome.APPLIED),
        (call("installed", 5), START, Outcome.REPEATED),
        (call("installed", 5, "a third"), later, Outcome.REPLAYED),
        (call("installed", 4), START, Outcome.LATE),
        (call("uninstalled", 4), START, Outcome.LATE),
        (call("disabled", 8), START, Outcome.APPLIED),
        (call("enabled", 7), START, Outcome.LATE),
        (call("uninstalled", 6), START, Outcome.APPLIED),
        (call("uninstalled", 6), later, Outcome.REPEATED),
        (call("installed", 5, "another"), START, Outcome.LATE),
        (call("installed", 9), START, Outcome.APPLIED),
    ]
    with database.write() as session:
        for number, (one, now, outcome) in enumerate(steps):
            assert tenants.apply(session, vault, one, now) is outcome, number


def test_the_retention_clock_starts_once(database: Database, vault: Vault) -> None:
    with database.write() as session:
        tenants.apply(session, vault, call("installed", 0), START)
        for now in (START, START + timedelta(days=9)):
            tenants.apply(session, vault, call("uninstalled", 1), now)
        tenant = session.scalars(select(Tenant)).one()
        assert (tenant.uninstalled_at, tenant.previous_until) == (at(1), START + ROTATION_WINDOW)
        tenants.apply(session, vault, call("installed", 2), START + timedelta(days=10))
        assert tenant.uninstalled_at is None


def test_calls_that_come_at_once_end_as_one_by_one(database: Database, vault: Vault) -> None:
    calls = [("installed", 0), ("enabled", 1), ("installed", 2), ("disabled", 3), ("uninstalled", 4), ("installed", 5)]
    gate, errors = threading.Barrier(len(calls)), []

    def tell(event: str, second: int) -> None:
        gate.wait()
        try:
            with database.write() as session:
                tenants.apply(session, vault, call(event, second), at(second))
        except Exception as error:
            errors.append(error)

    with database.write() as session:
        tenants.apply(session, vault, call("installed", 0), START)
    threads = [threading.Thread(target=tell, args=one) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert outcome_of(database, vault, [], "acme") == expected(calls)


def test_first_installs_that_come_at_once_make_one_tenant(database: Database, vault: Vault) -> None:
    gate, errors = threading.Barrier(4), []

    def install(second: int) -> None:
        gate.wait()
        try:
            with database.write() as session:
                tenants.apply(session, vault, call("installed", second), at(second))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=install, args=(second,)) for second in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert outcome_of(database, vault, [], "acme") == (TenantState.INSTALLED, ["secret-3"], None)


def test_addresses_are_compared_as_addresses(database: Database, vault: Vault) -> None:
    body = {"clientKey": "b", "sharedSecret": "s" * 40, "baseUrl": "HTTPS://ACME.atlassian.net/", "productType": "jira"}
    with database.write() as session:
        tenants.apply(session, vault, call("installed", 0), START)
        tenants.apply(session, vault, LifecycleCall("installed", body, START), START)
        second = tenants.find(session, "b")
        assert second is not None
        assert (second.base_url, second.unproven) == (SITE, True)
        assert [rival.client_key for rival in tenants.rivals_of(session, second)] == ["acme"]


def test_install_keys_are_kept_and_put_twice(database: Database) -> None:
    keys = tenants.StoredKeys(database, lambda: START)
    assert keys.get("k") is None
    threads = [threading.Thread(target=keys.put, args=("k", "pem")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keys.get("k") == "pem"
