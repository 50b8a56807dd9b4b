"""The desk: each right from the request to its answer, on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.database import Database
from models.people import Person, Prospect
from models.queues import OutboxItem
from models.rights import Directive, RequestState, RightsCase, RightsEvent, RightsLink
from models.vault import Vault
from services import audit, consent, outbox
from services.marketplace.people import person_id, read_person
from services.marketplace.poll import take_all
from services.marketplace.relink import relink
from services.prospects import show_prospect
from services.rights import (
    BadRequestError,
    NewRequest,
    NotPossibleError,
    WrongStateError,
    cases,
    clock,
    desk,
    fulfilment,
)
from services.rights.fulfilment import Given
from services.rights.states import CLOSED, TRANSITIONS, check
from tests.handlers.faces import evaluation
from tests.services.erasure.people import ALICE, person, settle

CAROL = "carol@nowhere.example"


@pytest.fixture
def known(database: Database, vault: Vault, now: datetime) -> Database:
    settle(database, vault, now)
    return database


def request(kind: str, now: datetime, email: str = ALICE, **changes: Any) -> NewRequest:
    told = {"kind": kind, "email": email, "channel": "phone", "language": "fr", "received_at": now} | changes
    return NewRequest(**told)


def taken(session: Session, vault: Vault, new: NewRequest, now: datetime, **options: Any) -> RightsCase:
    told = desk.take(session, vault, new, actor="alice", now=now, **options)
    return cases.find(session, told["case"]["id"]) or pytest.fail("not kept")


def letters(session: Session, vault: Vault) -> list[tuple[str, str]]:
    """Letter and addressee of what waits to be sent, in order."""
    items = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail.send").order_by(OutboxItem.id))
    payloads = [outbox.payload_of(item, vault) for item in items if item.payload is not None]
    return [(payload["letter"], payload["to"]) for payload in payloads]


def do(
    database: Database, vault: Vault, now: datetime, kind: str, *, email: str = ALICE, given: Given | None = None
) -> dict[str, Any]:
    with database.write() as session:
        case = taken(session, vault, request(kind, now, email), now)
        return fulfilment.fulfil(session, vault, case, actor="alice", now=now, given=given)


def test_a_case_is_on_file_step_by_step_and_in_the_journal(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        case = taken(session, vault, request("erasure", now, details="everything"), now)
        fulfilment.plan_case(session, vault, case, actor="officer", now=now)
        done = fulfilment.fulfil(session, vault, case, actor="officer", now=now)
    assert (done["case"]["state"], done["case"]["due_on"]) == ("partly_fulfilled", "2026-12-22")
    assert vault.verify(
        json.dumps(done["certificate"]["certificate"], sort_keys=True), done["certificate"]["signature"]
    )
    with known.read() as session:
        row = session.scalars(select(RightsCase)).one()
        assert (row.contact, row.details, row.open_key) == (None, None, None)
        events = session.scalars(select(RightsEvent.event).order_by(RightsEvent.id)).all()
        assert events == [
            "received", "accepted", "planned", "in_progress", "recipient_notified", "complaint_information_given",
            "partly_fulfilled",
        ]  # fmt: skip
        assert audit.verify(session) is None
        assert letters(session, vault) == [("rights_answer", ALICE)], "the letter of receipt was of the person too"


def test_fulfilling_twice_is_fulfilling_once(known: Database, vault: Vault, now: datetime) -> None:
    first = do(known, vault, now, "erasure")
    with known.write() as session:
        case = cases.find(session, first["case"]["id"])
        assert case is not None
        again = fulfilment.fulfil(session, vault, case, actor="alice", now=now)
    assert (again["case"], again["certificate"]) == (first["case"], first["certificate"])


def test_two_requests_at_once_are_one_case(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        first = desk.take(session, vault, request("access", now), actor="a", now=now)
        again = desk.take(session, vault, request("access", now, ALICE.replace("@", "+x@").upper()), actor="b", now=now)
        other = desk.take(session, vault, request("erasure", now), actor="b", now=now)
    assert first["case"]["id"] == again["case"]["id"] != other["case"]["id"]
    assert (first["new"], again["new"], other["new"]) == (True, False, True)


def test_invariant_17_a_rectified_field_survives_the_next_feed(known: Database, vault: Vault, now: datetime) -> None:
    given = Given({"name": "Alice Durand", "phone": "+33 1 00 00 00 00"})
    assert do(known, vault, now, "rectification", given=given)["done"]["fields"] == ["name", "phone"]
    settle(known, vault, now, updated="2099-12-31")
    with known.read() as session:
        told = read_person(vault, person(session, vault, ALICE))
        assert (told["name"], told["phone"], told["email"]) == ("Alice Durand", "+33 1 00 00 00 00", ALICE)
        shown = show_prospect(session, vault, person_id(vault, ALICE))
        assert shown and shown["person"]["name"] == "Alice Durand"


@pytest.mark.parametrize(
    "fields", [{}, {"state": "won"}, {"name": ""}, {"name": "x" * 301}, {"name": "a\nb"}, {"email": "nobody"}]
)
def test_what_cannot_be_set_right_changes_nothing(
    known: Database, vault: Vault, now: datetime, fields: dict[str, str]
) -> None:
    with pytest.raises(NotPossibleError):
        do(known, vault, now, "rectification", given=Given(fields))
    with known.read() as session:
        assert session.scalar(select(func.count()).select_from(RightsCase)) == 0
        assert read_person(vault, person(session, vault, ALICE))["name"] == "Alice Martin"


def test_another_persons_address_cannot_be_taken(known: Database, vault: Vault, now: datetime) -> None:
    with pytest.raises(NotPossibleError, match="another record"):
        do(known, vault, now, "rectification", given=Given({"email": "bob@sudwind.example"}))


def test_restricted_is_stored_and_nothing_else(known: Database, vault: Vault, now: datetime) -> None:
    do(known, vault, now, "restriction")
    relink(known, vault, now)
    with known.read() as session:
        shown = show_prospect(session, vault, person_id(vault, ALICE))
        assert shown and "restricted" in shown["flags"]
        assert set(shown["person"].values()) == {None}
        assert read_person(vault, person(session, vault, ALICE))["name"] == "Alice Martin", "it is still stored"
    settle(known, vault, now, updated="2026-11-21")
    with known.read() as session:
        assert person(session, vault, ALICE).restricted_at == now


def test_an_objection_needs_no_identity_and_holds_for_strangers_too(
    known: Database, vault: Vault, now: datetime
) -> None:
    for email in (ALICE, CAROL):
        with known.write() as session:
            told = desk.take(session, vault, request("objection", now, email), actor="alice", now=now)
        assert told["case"]["state"] == "fulfilled"
    with known.read() as session:
        for email in (ALICE, CAROL):
            assert consent.suppressed(session, vault.blind_index("mailbox", email), "prospect")
        states = {row["state"] for row in consent.current(session, person_id(vault, ALICE))}
        assert states == {"objected"}


def test_directives_are_kept_revoked_and_carried_out(known: Database, vault: Vault, now: datetime) -> None:
    do(known, vault, now, "directives", given=Given(action="communicate", executor="My sister"))
    do(known, vault, now, "directives", given=Given(action="erase", executor="My sister, Lyon"))
    with known.read() as session:
        kept = session.scalars(select(Directive).order_by(Directive.id)).all()
        assert [(one.action, one.revoked_at is None) for one in kept] == [("communicate", False), ("erase", True)]
        assert b"sister" not in (kept[1].executor or b"")
    done = do(known, vault, now, "directives", given=Given(deceased=True))
    assert done["certificate"]["certificate"]["people"] == 1
    with known.read() as session:
        alice = person(session, vault, ALICE)
        assert alice.deceased_at == now and alice.erased_at == now
        assert session.scalars(select(Directive).where(Directive.executor.is_not(None))).all() == []


@pytest.mark.parametrize("kind", ["access", "portability", "erasure", "restriction", "withdrawal"])
def test_a_stranger_is_answered_like_anybody(known: Database, vault: Vault, now: datetime, kind: str) -> None:
    with known.write() as session:
        case = taken(session, vault, request(kind, now, CAROL), now)
        if case.state not in CLOSED:
            fulfilment.fulfil(session, vault, case, actor="alice", now=now)
    with known.read() as session:
        assert letters(session, vault)[-1] == ("rights_answer", CAROL)
        assert session.get(Person, person_id(vault, CAROL)) is None
        assert session.scalar(select(func.count()).select_from(Prospect)) == 2


def test_the_clock_stops_is_prolonged_and_never_late(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        case = taken(session, vault, request("erasure", now), now, check_identity=True)
        clock.suspend(session, vault, case, actor="o", now=now + timedelta(days=2))
        with pytest.raises(WrongStateError):
            fulfilment.fulfil(session, vault, case, actor="o", now=now)
        clock.resume(session, case, actor="o", now=now + timedelta(days=7))
        assert case.due_on.isoformat() == "2026-12-28", "five days more, and then a weekend"
        clock.extend(session, vault, case, reason="complexity", actor="o", now=now + timedelta(days=30))
        assert case.due_on.isoformat() == "2027-03-01"
        with pytest.raises(WrongStateError):
            clock.extend(session, vault, case, reason="number", actor="o", now=now)
        assert [name for name, _ in letters(session, vault)] == [
            "rights_confirm", "rights_information", "rights_extended",
        ]  # fmt: skip


def test_too_late_is_too_late(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        case = taken(session, vault, request("erasure", now), now)
        with pytest.raises(WrongStateError, match="first month"):
            clock.extend(session, vault, case, reason="number", actor="o", now=now + timedelta(days=40))
        assert cases.list_cases(session, today=(now + timedelta(days=40)).date())[0]["urgency"] == "overdue"


@pytest.mark.parametrize(
    "changes",
    [{"kind": "all"}, {"email": "x"}, {"channel": "pigeon"}, {"language": "de"}, {"details": "x" * 4001},
     {"received_at": datetime(2027, 1, 1, tzinfo=UTC)}],
)  # fmt: skip
def test_what_is_no_request_is_refused(known: Database, vault: Vault, now: datetime, changes: dict[str, Any]) -> None:
    told = {"kind": "access", "email": ALICE} | changes
    new = request(told.pop("kind"), now, told.pop("email"), **told)
    with pytest.raises(BadRequestError), known.write() as session:
        desk.take(session, vault, new, actor="a", now=now)


def test_a_refusal_says_why_and_closes(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        case = taken(session, vault, request("access", now), now)
        fulfilment.refuse(session, vault, case, reason="excessive", actor="o", now=now)
        assert (case.state, case.reason, case.contact) == ("refused", "excessive", None)
        assert letters(session, vault)[-1] == ("rights_refused", ALICE)


def test_an_end_is_an_end_and_every_state_is_reached() -> None:
    reached = {state for following in TRANSITIONS.values() for state in following}
    assert reached | {RequestState.RECEIVED} == set(RequestState) == set(TRANSITIONS)
    for end in CLOSED:
        for state in RequestState:
            with pytest.raises(WrongStateError):
                check(end, state)


def test_what_has_served_goes(known: Database, vault: Vault, now: datetime) -> None:
    do(known, vault, now, "access")
    with known.write() as session:
        for item in session.scalars(select(OutboxItem)):
            item.state = "done"
        desk.tidy(session, now + timedelta(days=8))
    with known.read() as session:
        assert letters(session, vault) == []
        assert session.scalar(select(func.count()).select_from(RightsLink)) == 0


def test_who_asks_by_another_spelling_is_found_and_erased_everywhere(
    known: Database, vault: Vault, now: datetime
) -> None:
    tagged = ALICE.replace("@", "+trial@")
    take_all(known, vault, [evaluation(9, "Alice M.", tagged)], source="file", as_of=None, now=now)
    do(known, vault, now, "rectification", given=Given({"email": "alice@new.example"}))
    for email, people in (("alice@new.example", 1), (ALICE.replace("@", "+other@"), 2)):
        with known.write() as session:
            case = taken(session, vault, request("erasure", now, email), now)
            made = fulfilment.plan_case(session, vault, case, actor="o", now=now)
            assert made["erasure"]["people"] == people
    done = do(known, vault, now, "erasure", email=ALICE.replace("@", "+other@"))
    assert done["certificate"]["certificate"]["people"] == 2
    with known.read() as session:
        assert person(session, vault, ALICE).erased_at == person(session, vault, tagged).erased_at == now
