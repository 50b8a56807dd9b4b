"""What was seen is what was agreed to, and what was agreed to is what leaves; by two people, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.consent import AuditEvent
from models.exchange import ExchangePackage
from models.people import Person
from models.register import RECIPIENTS
from models.rights import Right
from models.support import CaseState, ConfigSnapshot, SupportCase
from services import audit, disclosure
from services.disclosure import RefusedDisclosureError
from services.exchange import ExchangeError, packages
from services.exchange.contents import PARTS, request_of
from services.exchange.standing import hindrance
from services.marketplace.people import person_id
from services.marketplace.poll import take_all
from services.retention.support import forget_configurations
from services.rights import NewRequest, cases, desk, fulfilment
from services.rights.export import export
from tests.handlers.faces import evaluation
from tests.services.exchange.world import BOB, World

SECRET = "password=Tr0ub4dor&3-horse"


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ExchangeError) as refused:
        act()
    return refused.value.code


def test_a_package_holds_names_and_versions_and_nothing_else(world: World) -> None:
    package = world.propose(parts=PARTS, question=f"It stopped. {SECRET} was set by {BOB}")
    content = world.content(package)
    assert content is not None
    told = json.loads(content)
    assert told["configuration"]["product"] == {"name": "Confluence", "version": "8.5.12"}
    assert told["configuration"]["app_server"]["version"] == "9.0.43.0"
    assert (told["case"], told["purpose"], told["machine"]) == ("SUP-7", "support", {"memory_mb": 2048})
    assert [app["version"] for app in told["apps"]] == ["4.3.1"]
    for kept_back in (SECRET.partition("=")[2], BOB, "nordlicht", "bobs-server", "raw", "a.xml"):
        assert kept_back not in content.decode()
    around = request_of(content)
    assert around.file == content and around.description == told["question"] and package in around.summary


def test_only_the_parts_that_were_chosen_leave(world: World) -> None:
    content = world.content(world.propose(parts=("database",)))
    assert content is not None and set(json.loads(content)["configuration"]) == {"database"}
    assert b"Confluence" not in content and b"apps" not in content and b"machine" not in content


def test_another_person_approves_and_the_register_says_what_left(world: World) -> None:
    package = world.propose()
    shown = world.content(package)
    world.approve(package)
    assert world.entries() == 0
    world.save(package)
    assert shown is not None and world.content(package) == shown
    (entry,) = world.disclosures()
    assert (entry["recipient"], entry["categories"], entry["purpose"]) == ("atlassian", ["configuration"], "support")
    assert (entry["case"], entry["basis"], entry["people"]) == ("SUP-7", "policy", 1)
    assert entry["reference"] == f"sha256:{hashlib.sha256(shown).hexdigest()}"
    with world.database.read() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)).all()
        [told] = disclosure.of_person(session, person_id(world.vault, BOB))
        assert audit.verify(session) is None
    assert actions == ["exchange.proposed", "exchange.approved", "disclosure.made", "exchange.handed-over"]
    assert told["recipient"] == "atlassian"


def test_whoever_asked_does_not_approve(world: World) -> None:
    package = world.propose()
    assert refusal(lambda: world.approve(package, actor="alice")) == "own-request"
    assert refusal(lambda: world.save(package)) == "wrong-state"
    assert (world.state(package), world.entries()) == ("proposed", 0)


def test_the_database_itself_asks_for_a_second_person(world: World) -> None:
    package = world.propose()
    with pytest.raises(IntegrityError, match="two_people"), world.at(package) as (session, row):
        row.state, row.approved_ref = "approved", row.asked_ref
        session.flush()


def test_an_approval_is_of_the_bytes_that_were_shown(world: World) -> None:
    package = world.propose()
    assert refusal(lambda: world.approve(package, digest="0" * 64)) == "not-what-was-shown"
    world.approve(package)


@pytest.mark.parametrize("step", ["approve", "save"])
def test_what_has_changed_since_does_not_leave(world: World, step: str) -> None:
    package = world.propose()
    if step == "save":
        world.approve(package)
    world.change()
    assert refusal(lambda: getattr(world, step)(package)) == "changed-since"
    assert world.entries() == 0
    world.change("8.5.12")
    getattr(world, step)(package)


def test_a_case_that_left_jira_gives_nothing(world: World) -> None:
    package = world.propose()
    with world.database.write() as session:
        session.get_one(SupportCase, 1).state = CaseState.DELETED
    assert refusal(lambda: world.approve(package)) == "changed-since"
    assert refusal(world.propose) == "unknown-case"


def test_a_configuration_whose_attachment_is_gone_gives_nothing(world: World) -> None:
    with world.database.write() as session:
        session.query(ConfigSnapshot).one().gone_at = world.now
    assert refusal(world.propose) == "nothing-to-tell"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"parts": ()}, "unknown-part"),
        ({"parts": ("product", "logs")}, "unknown-part"),
        ({"question": " "}, "no-question"),
        ({"question": "x" * 2_001}, "no-question"),
        ({"address": "bob"}, "not-an-address"),
        ({"case_id": 99}, "unknown-case"),
    ],
)
def test_a_form_that_is_not_filled_in_makes_no_package(world: World, changes: dict[str, object], code: str) -> None:
    assert refusal(lambda: world.propose(**changes)) == code
    with world.database.read() as session:
        assert session.query(ExchangePackage).count() == 0 == audit.count(session)


def test_a_closed_account_leaves_nobody_to_ask(world: World) -> None:
    package = world.propose()
    world.approve(package)
    with world.database.write() as session:
        session.get_one(SupportCase, 1).reporter_index = None
    assert refusal(lambda: world.save(package)) == refusal(world.propose) == "reporter-gone"


def fulfilled(world: World, kind: Right) -> None:
    new = NewRequest(kind, BOB, "phone", "fr", world.now)
    with world.database.write() as session:
        taken = desk.take(session, world.vault, new, actor="olivia", now=world.now)["case"]
        case = cases.find(session, taken["id"])
        assert case is not None
        fulfilment.fulfil(session, world.vault, case, actor="olivia", now=world.now)


@pytest.mark.parametrize("kind", [Right.ERASURE, Right.RESTRICTION])
def test_what_is_of_somebody_erased_or_restricted_does_not_leave(world: World, kind: Right) -> None:
    take_all(world.database, world.vault, [evaluation(1, "Bob", BOB)], source="file", as_of=None, now=world.now)
    package = world.propose()
    world.approve(package)
    fulfilled(world, kind)
    expected = "emptied" if kind is Right.ERASURE else "person-blocked"
    assert refusal(lambda: world.save(package)) == expected
    assert (
        refusal(world.propose)
        == refusal(lambda: world.propose(address="bob+jira@nordlicht.example"))
        == ("person-blocked")
    )
    assert world.entries() == 0


def test_the_person_sees_it_with_all_that_is_held_but_not_who_of_staff_it_was(world: World) -> None:
    take_all(world.database, world.vault, [evaluation(1, "Bob", BOB)], source="file", as_of=None, now=world.now)
    package = world.propose()
    with world.database.read() as session:
        copy = export(session, world.vault, person_id(world.vault, BOB), language="fr", now=world.now)
        assert session.query(Person).count() == 1
    [row] = copy["data"]["exchange_packages"]
    assert row["content"].encode() == world.content(package) and not {"asked_ref", "approved_ref"} & set(row)


def test_the_gate_is_shut_but_for_who_is_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    package = world.propose()
    world.approve(package)
    off = {**RECIPIENTS, "atlassian": replace(RECIPIENTS["atlassian"], on=False)}
    monkeypatch.setattr(disclosure, "REGISTER", replace(disclosure.REGISTER, recipients=off))
    with pytest.raises(RefusedDisclosureError, match="recipient-switched-off"):
        world.save(package)
    assert (world.state(package), world.entries()) == ("approved", 0)


def test_a_package_is_given_once_and_withdrawn_only_before(world: World) -> None:
    given, dropped = world.propose(), world.propose()
    world.approve(given)
    world.save(given)
    assert refusal(lambda: world.save(given)) == "wrong-state" and world.entries() == 1
    for package, outcome in ((dropped, None), (given, "wrong-state")):
        with world.at(package) as (session, row):
            if outcome is None:
                packages.withdraw(session, row, actor="alice", now=world.now)
            else:
                assert refusal(lambda: packages.withdraw(session, row, actor="alice", now=world.now)) == outcome
    assert (world.state(dropped), world.content(dropped)) == ("withdrawn", None)
    assert refusal(lambda: world.approve(dropped)) == "wrong-state"


def test_the_key_of_the_other_side_is_kept(world: World) -> None:
    package = world.propose()
    with world.at(package) as (session, row):
        assert refusal(lambda: packages.record_key(session, row, "CA-1", actor="alice", now=world.now)) == "wrong-state"
    world.approve(package)
    world.save(package)
    with world.at(package) as (session, row):
        assert refusal(lambda: packages.record_key(session, row, "no key", actor="alice", now=world.now)) == "not-a-key"
        packages.record_key(session, row, " ca-123456 ", actor="alice", now=world.now)
    with world.database.read() as session:
        [told] = packages.listed(session)
        assert packages.listed(session, "another-site") == []
    assert (told["atlassian_key"], told["state"], told["case"]) == ("CA-123456", "handed_over", "SUP-7")


def test_it_goes_with_the_configuration_and_the_register_stays(world: World) -> None:
    package = world.propose()
    world.approve(package)
    world.save(package)
    with world.database.write() as session:
        ids = session.scalars(select(ConfigSnapshot.id)).all()
        assert forget_configurations(session, world.vault, ids, world.now + timedelta(days=1200)) == 1
    with world.database.read() as session:
        assert session.query(ExchangePackage).count() == 0
    assert world.entries() == 1


def test_what_is_against_it_is_worked_out_and_not_remembered(world: World) -> None:
    package = world.propose()
    for version, expected in (("8.5.13", "changed-since"), ("8.5.12", None)):
        world.change(version)
        with world.at(package) as (session, row):
            assert hindrance(session, world.vault, row) == expected
