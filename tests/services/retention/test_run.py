"""What is past its period is not shown, and then it goes: no day early, in whatever order, killed or run twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from models.accountability import Disclosure, RetentionRun
from models.consent import AuditEvent, ConsentEvent
from models.database import Database
from models.marketplace import Observation, ObservedContact
from models.people import Person, Prospect
from models.queues import InboxItem
from models.support import ConfigComponent, ConfigSnapshot, SupportCase
from models.vault import Vault
from services import audit, consent, disclosure, inbox, prospects, queues, retention
from services.consent import ConsentState, Entry
from services.inbox import Delivery
from services.marketplace.people import read_person
from services.prospects import Filters
from services.retention import ClockError, Outcome, clocks, engine
from services.rights import cases
from tests.services.retention import world
from tests.services.retention.world import NEW, OLD, YEAR

ROOT = Path(__file__).resolve().parents[3]
DAY = timedelta(days=1)


def run(database: Database, vault: Vault, now: datetime, *, trusted_clock: bool = False) -> Outcome:
    return retention.apply(database.write, vault, now, look=database.read, trusted_clock=trusted_clock)


def due(database: Database, as_of: datetime) -> dict[str, int]:
    with database.read() as session:
        return {found.rule: found.rows for found in retention.due(session, as_of) if found.rows}


def erased(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Person).where(Person.erased_at.is_not(None))) or 0


def test_a_prospect_goes_three_years_after_their_last_own_act(database: Database, vault: Vault, now: datetime) -> None:
    world.prospects(database, vault, now)
    assert due(database, datetime(2026, 10, 31, 23, tzinfo=UTC)) == {}
    assert due(database, datetime(2026, 11, 1, tzinfo=UTC)) == {"people": 1}
    assert due(database, now + DAY) == {"people": 2}, "the future can be looked at"
    outcome = run(database, vault, now)
    assert outcome.done == {"people": 1}
    with database.read() as session:
        old, new = world.person(session, vault, OLD), world.person(session, vault, NEW)
        assert (old.data_key, old.email, old.name, old.email_index) == (None, None, None, f"erased:{old.id}")
        assert read_person(vault, new)["email"] == NEW


def test_twice_is_once_and_each_run_has_its_certificate(database: Database, vault: Vault, now: datetime) -> None:
    world.prospects(database, vault, now)
    first, second = run(database, vault, now), run(database, vault, now)
    assert (first.done, second.done) == ({"people": 1}, {})
    with database.read() as session:
        for outcome in (first, second):
            stored = session.get_one(RetentionRun, outcome.run)
            assert stored.signature and vault.verify(json.dumps(stored.certificate, sort_keys=True), stored.signature)
        assert not vault.verify(json.dumps({"run": 1}), first.signature or "")
        journal = session.scalars(select(AuditEvent).where(AuditEvent.action == "retention.run")).one()
    assert journal.detail["done"] == {"people": 1}


def test_what_is_past_its_period_is_not_shown_before_it_is_purged(
    database: Database, vault: Vault, now: datetime
) -> None:
    world.prospects(database, vault, now)
    with database.read() as session:
        shown = {item["email"]: item["flags"] for item in prospects.list_prospects(session, vault, Filters())["items"]}
        assert "expired" in shown[None] and OLD not in shown
        old = world.person(session, vault, OLD).id
        found = prospects.show_prospect(session, vault, old)
        assert found is not None and found["person"] == {"name": None, "email": None, "phone": None}
        assert prospects.list_prospects(session, vault, Filters(email=OLD))["total"] == 0
        assert prospects.list_prospects(session, vault, Filters(q="old"))["total"] == 0


def test_a_message_of_theirs_starts_the_clock_again(database: Database, vault: Vault, now: datetime) -> None:
    world.prospects(database, vault, now)
    with database.write() as session:
        old = world.person(session, vault, OLD)
        clocks.contacted(session, old.id, date(2025, 1, 2))
        clocks.contacted(session, old.id, date(2024, 1, 2))
        prospect = session.get_one(Prospect, old.id)
        assert prospect.kept_until == date(2028, 1, 2)
    assert run(database, vault, now).done == {}


def test_a_day_that_was_stored_too_early_erases_nobody(database: Database, vault: Vault, now: datetime) -> None:
    world.prospects(database, vault, now)
    with database.write() as session:
        session.execute(update(Prospect).values(kept_until=date(2020, 1, 1)))
    assert run(database, vault, now).done == {"people": 1}
    assert erased(database) == 1


def test_whoever_has_an_open_request_or_a_restriction_stays(database: Database, vault: Vault, now: datetime) -> None:
    world.prospects(database, vault, now)
    with database.write() as session:
        world.person(session, vault, OLD).restricted_at = now
    assert run(database, vault, now).done == {}
    with database.write() as session:
        world.person(session, vault, OLD).restricted_at = None
        new = cases.NewRequest(kind="access", channel="mail", language="en", email=OLD, received_at=now)
        cases.open_case(session, vault, new, actor="person", now=now)
    assert run(database, vault, now).done == {}


def test_a_client_stays_and_of_a_former_one_only_what_accounting_needs(
    database: Database, vault: Vault, now: datetime
) -> None:
    sold = {"licenseType": "COMMERCIAL", "tier": "10 Users"}
    rows = [
        world.row(1, world.CLIENT, "2020-01-01", **sold, maintenanceEndDate="2027-06-01", status="active"),
        world.row(2, world.FORMER, "2019-01-01", **sold, maintenanceEndDate="2021-06-01", status="inactive"),
    ]
    world.settle(database, vault, now, rows)
    outcome = run(database, vault, now)
    assert outcome.done == {"people.former_clients": 1}
    with database.read() as session:
        client, former = (world.person(session, vault, email) for email in (world.CLIENT, world.FORMER))
        assert client.phone is not None and former.phone is None
        assert read_person(vault, former)["email"] == world.FORMER
        contact = session.scalars(select(ObservedContact).where(ObservedContact.person_id == former.id)).first()
        assert contact is not None and contact.details is not None
    assert "people" not in due(database, datetime(2031, 5, 31, tzinfo=UTC))
    assert due(database, datetime(2031, 6, 1, tzinfo=UTC))["people"] == 1, "ten years after the end, and not the client"


def test_configurations_go_by_their_mode_and_cases_after_them(database: Database, vault: Vault, now: datetime) -> None:
    with database.write() as session:
        for number, (mode, age) in enumerate(
            [("mail", 4), ("online_support", 4), ("mail", 2), ("online_support", 2)], 1
        ):
            world.configuration(session, mode, now - age * YEAR, number)
    assert due(database, now) == {"configurations.mail": 1, "configurations.online_support": 1}
    assert run(database, vault, now).done == {
        "configurations.mail": 1,
        "configurations.online_support": 1,
        "support_cases": 2,
    }
    with database.read() as session:
        left = [
            session.scalar(select(func.count()).select_from(t)) for t in (ConfigSnapshot, ConfigComponent, SupportCase)
        ]
    assert left == [2, 2, 2]


def sale(number: int, email: str, day: str) -> dict[str, object]:
    return {
        "transactionId": f"AT-{number}", "transactionLineItemId": f"L-{number}",
        "appEntitlementNumber": f"E-AAA-BBB-CCC-00{number}", "addonKey": "com.alkaes.timesheets",
        "lastUpdated": day, "customerDetails": {"technicalContact": {"email": email, "name": "X"}},
        "purchaseDetails": {"saleDate": day, "saleType": "New", "vendorAmount": 90.0},
    }  # fmt: skip


def test_invariant_5_under_hold_the_database_refuses_and_after_it_the_run_removes(
    database: Database, vault: Vault, now: datetime
) -> None:
    rows = [world.row(1, OLD, "2015-01-02"), sale(1, OLD, "2015-12-31"), sale(1, OLD, "2016-01-01") | {
        "transactionLineItemId": "L-2"}]  # fmt: skip
    world.settle(database, vault, now, rows)
    sales = select(Observation.id).where(Observation.kind == "transaction").order_by(Observation.id)
    with database.read() as session:
        over, held = session.scalars(sales).all()
    with pytest.raises(DatabaseError, match="held by law"), database.write() as session:
        session.execute(delete(ObservedContact).where(ObservedContact.observation_id == held))
        session.execute(delete(Observation).where(Observation.id == held))
    assert "observations.sales" not in due(database, datetime(2025, 12, 31, 23, tzinfo=UTC))
    assert due(database, datetime(2026, 1, 1, tzinfo=UTC))["observations.sales"] == 1
    assert run(database, vault, now).done["observations.sales"] == 1
    with database.read() as session:
        assert session.scalars(sales).all() == [held] and over != held
    assert due(database, datetime(2027, 1, 1, tzinfo=UTC))["observations.sales"] == 1


def test_a_sale_without_a_date_is_held_for_good(database: Database, vault: Vault, now: datetime) -> None:
    world.settle(database, vault, now, [world.row(1, OLD, "2015-01-02"), sale(1, OLD, "2015-12-31")])
    with database.write() as session:
        session.execute(update(Observation).where(Observation.kind == "transaction").values(facts={}))
    assert "observations.sales" not in due(database, now + 100 * YEAR)
    with pytest.raises(DatabaseError, match="held by law"), database.write() as session:
        session.execute(delete(ObservedContact))
        session.execute(delete(Observation).where(Observation.kind == "transaction"))


def test_proofs_of_consent_go_and_the_ledger_stays_a_chain(database: Database, vault: Vault, now: datetime) -> None:
    def enter(who: str, state: ConsentState, at: datetime) -> None:
        with database.write() as session:
            consent.append(session, [Entry(who, "news", "email", state, "person", "test")], at)

    ages = [("left", ConsentState.GRANTED, 6), ("stays", ConsentState.GRANTED, 5), ("left", ConsentState.WITHDRAWN, 4),
            ("objects", ConsentState.OBJECTED, 4), ("asked", ConsentState.REQUESTED, 1),
            ("lately", ConsentState.WITHDRAWN, 1)]  # fmt: skip
    for who, state, years in ages:
        enter(who, state, now - years * YEAR)
    assert due(database, now) == {"consent_events": 2, "consent_events.requests": 1}
    assert run(database, vault, now).done == {"consent_events": 2, "consent_events.requests": 1}
    with database.read() as session:
        assert consent.verify(session) is None
        left = session.execute(select(ConsentEvent.person_ref, ConsentEvent.state).order_by(ConsentEvent.seq)).all()
    assert [tuple(entry) for entry in left] == [
        ("stays", "granted"), ("objects", "objected"), ("asked", "requested"), ("lately", "withdrawn"),
        ("asked", "lapsed"),
    ]  # fmt: skip
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(delete(ConsentEvent).where(ConsentEvent.person_ref == "stays"))
    enter("new", ConsentState.REQUESTED, now)
    with database.read() as session:
        assert consent.verify(session) is None


def test_the_staff_journal_keeps_twelve_months(database: Database, vault: Vault, now: datetime) -> None:
    with database.write() as session:
        for months in (13, 11):
            audit.record(session, actor="alice", action="prospect.read", subject="p", purpose="support",
                         now=now - timedelta(days=30.5 * months))  # fmt: skip
    assert run(database, vault, now).done == {"audit_events": 1}
    with database.read() as session:
        assert audit.verify(session) is None
        assert session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)).all() == [
            "prospect.read", "retention.run"]  # fmt: skip


def test_disclosures_stay_three_years(database: Database, vault: Vault, now: datetime) -> None:
    given = {"recipient": "atlassian", "subjects": ["p"], "categories": ["configuration"], "basis": "policy",
             "purpose": "support", "case": "S-1", "actor": "console", "approved_by": "olivia"}  # fmt: skip
    with database.write() as session:
        for years in (4, 1):
            disclosure.disclose(session, **given, now=now - years * YEAR)  # type: ignore[arg-type]
    assert run(database, vault, now).done == {"disclosures": 1, "audit_events": 2}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Disclosure)) == 1


def test_what_is_done_is_emptied_when_its_period_is_over(database: Database, vault: Vault, now: datetime) -> None:
    for delivery_id in ("done", "waiting"):
        with database.write() as session:
            inbox.store(session, vault, Delivery("marketplace", delivery_id, b'{"a": 1}', delivery_id), now)
    with database.write() as session:
        queues.finish(queues.claim(session, InboxItem, limit=1, lease=DAY, now=now)[0], now)
    assert due(database, now + 29 * DAY) == {}
    assert run(database, vault, now + 30 * DAY).done == {"inbox.content": 1}
    with database.read() as session:
        assert {item.delivery_id: item.body is None for item in session.query(InboxItem)} == {
            "done": True, "waiting": False}  # fmt: skip
    with database.write() as session:
        again = inbox.store(session, vault, Delivery("marketplace", "done", b'{"a": 1}', "done"), now)
    assert again is inbox.Stored.DUPLICATE


def test_a_clock_that_jumped_deletes_nothing_until_a_person_says_so(
    database: Database, vault: Vault, now: datetime
) -> None:
    world.prospects(database, vault, now - YEAR)
    run(database, vault, now - YEAR)
    for jumped in (now + 40 * YEAR, now - 3 * YEAR):
        with pytest.raises(ClockError):
            run(database, vault, jumped)
    assert erased(database) == 0
    assert run(database, vault, now, trusted_clock=True).done["people"] == 1


@pytest.mark.parametrize("batches", [1, 2, 4])
def test_killed_at_any_batch_the_next_run_goes_on(
    database: Database, vault: Vault, now: datetime, batches: int
) -> None:
    world.prospects(database, vault, now, count=4)
    url = database.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.services.retention.killed", url, str(batches)]
    killed = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert erased(database) == batches
    outcome = run(database, vault, now)
    assert outcome.done == {"people": 4}, "the row of the run counted what the killed process had done"
    assert erased(database) == 4
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(RetentionRun)) == 1
        assert audit.verify(session) is None


def test_a_bite_that_was_too_short_is_gone_on_with(database: Database, vault: Vault, now: datetime) -> None:
    world.prospects(database, vault, now, count=3)
    first = retention.apply(database.write, vault, now, seconds=0)
    assert not first.is_through
    with database.read() as session:
        assert retention.is_due(session, now)
    last = run(database, vault, now)
    assert (last.run, last.done) == (first.run, {"people": 3})
    with database.read() as session:
        assert not retention.is_due(session, now + timedelta(hours=23))
        assert retention.is_due(session, now + DAY)


def test_a_rule_that_finds_again_what_it_did_does_not_go_on_for_ever(
    database: Database, vault: Vault, now: datetime
) -> None:
    world.prospects(database, vault, now, count=2)
    stuck = retention.Rule("stuck", ("operations.message",), ("prospects",),
                           lambda as_of: select(Prospect.id).order_by(Prospect.id), lambda *_: 0)  # fmt: skip
    engine_ahead, engine.READ_AHEAD = engine.READ_AHEAD, 3
    try:
        with pytest.raises(engine.StuckRuleError, match="stuck"):
            retention.apply(database.write, vault, now, rules=[stuck])
    finally:
        engine.READ_AHEAD = engine_ahead
