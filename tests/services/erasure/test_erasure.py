"""Erasure: everything of a person is found, what goes is gone, what stays is explained, twice is once."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from sqlalchemy import LargeBinary, func, select

from models.consent import SignedLink, Suppression
from models.database import Database
from models.marketplace import Licence, Observation, ObservedContact
from models.people import Organisation, Person, Prospect
from models.queues import InboxItem, OutboxItem
from models.register import Category
from models.rights import Erasure
from models.schema import METADATA
from models.vault import Vault
from services import consent, inbox
from services.erasure import Fate, Plan, bodies, carry_out, plan, plan_many
from services.erasure.traces import tie_of, traces
from services.inbox import Delivery
from services.marketplace.people import person_id, read_person
from services.marketplace.relink import relink
from services.prospects import show_prospect
from tests.services.erasure.people import ALICE, BOB, PHONE, entangle, person, settle

# Sealed fields that no person's record leads to, and who empties them.
EMPTIED_BY = {
    "inbox.body": "services/erasure/bodies.py",
    "outbox.payload": "services/erasure/bodies.py",
    "erasures.needles": "services/erasure/completion.py",
    "support_cases.reporter": "an Atlassian account, not an address: erased when the account is closed",
}


@pytest.fixture
def known(database: Database, vault: Vault, now: datetime) -> Database:
    settle(database, vault, now)
    entangle(database, vault, now)
    return database


def erase(database: Database, vault: Vault, now: datetime, email: str = ALICE, reason: str = "request") -> Plan:
    with database.write() as session:
        made = plan(session, vault, person_id(vault, email), now)
        carry_out(session, vault, made, reason=reason, now=now)
    return made


def test_no_sealed_field_of_a_person_can_be_forgotten() -> None:
    found = {f"{trace.table.name}.{name}" for trace in traces() for name in trace.fates}
    sealed = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and column.info["category"] is not Category.OPERATIONS
    }
    assert sealed - found == set(EMPTIED_BY)


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: str(table.name))
def test_a_column_that_looks_like_a_person_is_declared_as_one(table: object) -> None:
    for column in METADATA.tables[str(table)].columns:
        if column.name.endswith(("person_id", "person_ref", "email_index", "mailbox_index")):
            assert tie_of(column), column


def test_a_plan_names_every_field_its_fate_and_why_something_stays(
    known: Database, vault: Vault, now: datetime
) -> None:
    with known.read() as session:
        made = plan(session, vault, person_id(vault, ALICE), now)
    fates = {(line.table, name): line.fate for line in made.lines for name in line.fields}
    assert fates[("people", "data_key")] is Fate.DESTROY_KEY
    for place in (
        ("people", "email"), ("people", "name"), ("observed_contacts", "details"), ("prospects", "search"),
        ("signed_links", "person_id"), ("inbox", "body"), ("outbox", "payload"), ("organisations", "company"),
    ):  # fmt: skip
        assert fates[place] is Fate.EMPTY, place
    told = made.told()
    shown = json.dumps(told)
    assert not any(secret in shown for secret in (ALICE, "Martin", PHONE, "nordlicht"))
    laws = {(hold["table"], hold["law"]["id"]) for hold in told["holds"]}
    assert {("observations", "FR-L123-22"), ("consent_events", "GDPR-7-1"), ("suppressions", "GDPR-21-3")} <= laws
    sale = next(hold for hold in told["holds"] if hold["table"] == "observations")
    assert sale["until"] == "2036-12-31"
    assert all(hold["why"]["fr"] and hold["why"]["en"] and hold["law"]["fr"] for hold in told["holds"])
    assert ALICE not in repr(made)


def test_invariant_3_erasing_twice_is_erasing_once(known: Database, vault: Vault, now: datetime) -> None:
    certificates = []
    for _ in range(2):
        with known.write() as session:
            made = plan(session, vault, person_id(vault, ALICE), now)
            certificates.append(carry_out(session, vault, made, reason="request", now=now))
    assert certificates[0] == certificates[1]
    with known.read() as session:
        assert session.scalar(select(func.count()).select_from(Erasure)) == 1
        left = plan(session, vault, person_id(vault, ALICE), now)
        assert [line for line in left.lines if line.fate in (Fate.DESTROY_KEY, Fate.DELETE)] == []


def test_what_is_erased_is_gone_and_the_others_stay(known: Database, vault: Vault, now: datetime) -> None:
    erase(known, vault, now)
    relink(known, vault, now)
    with known.read() as session:
        alice, bob = person(session, vault, ALICE), person(session, vault, BOB)
        assert (alice.data_key, alice.email, alice.name, alice.phone, alice.versions) == (None, None, None, None, {})
        assert (
            alice.erased_at == now
            and alice.mailbox_index == ""
            and vault.blind_index("email", ALICE) not in (alice.email_index)
        )
        assert read_person(vault, bob)["email"] == BOB
        contacts = session.scalars(select(ObservedContact).where(ObservedContact.person_id == alice.id)).all()
        assert contacts and all(contact.details is None for contact in contacts)
        assert all(link.person_id is None for link in session.scalars(select(SignedLink)))
        assert {item.delivery_id: item.body is None for item in session.scalars(select(InboxItem))} == {
            "d1": True, "d2": False, "odd": False,
        }  # fmt: skip
        waiting = inbox.body_of(session.query(InboxItem).filter_by(delivery_id="d2").one(), vault).decode()
        assert "E-AAA-BBB-CCC-001" in waiting and ALICE not in waiting and "Alice" not in waiting
        letter = session.query(OutboxItem).filter_by(kind="mail.send").one()
        assert (letter.payload, letter.state) == (None, "done")
        assert "Alice Martin" not in set(session.scalars(select(Organisation.name)))
        assert not any("Alice" in json.dumps(seen.facts) for seen in session.scalars(select(Observation)))
        shown = show_prospect(session, vault, alice.id)
        assert shown and "erased" in shown["flags"] and set(shown["person"].values()) == {None}
        assert session.scalar(select(func.count()).select_from(Licence)) == 3
        assert session.get_one(Prospect, alice.id).search.count("|") <= 1


def test_the_certificate_is_signed_and_names_nobody(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        made = plan(session, vault, person_id(vault, ALICE), now)
        certificate = carry_out(session, vault, made, reason="request", now=now)
    assert vault.verify(certificate.document, certificate.signature)
    assert not vault.verify(certificate.document.replace("request", "reqvest"), certificate.signature)
    assert not Vault(["another-key-than-that-of-the-tests"]).verify(certificate.document, certificate.signature)
    secrets = (ALICE, "Martin", PHONE, "nordlicht", vault.blind_index("email", ALICE), person_id(vault, ALICE))
    assert not any(secret in certificate.document for secret in secrets)
    assert certificate.told()["certificate"]["rows"]["people"] == 1


def test_invariant_2_an_objection_outlives_erasure_and_the_next_feed(
    known: Database, vault: Vault, now: datetime
) -> None:
    erase(known, vault, now)
    settle(known, vault, now, updated="2026-11-21")
    with known.read() as session:
        alice = person(session, vault, ALICE)
        assert read_person(vault, alice) == dict.fromkeys(("email", "name", "phone", "company"))
        assert consent.suppressed(session, vault.blind_index("mailbox", ALICE), "prospect")
        latest = {(c["purpose"], c["channel"]): c["state"] for c in consent.current(session, alice.id)}
        assert set(latest.values()) == {"objected"}
        newest = session.scalars(select(Observation).where(Observation.version > "2026-11-20")).all()
        assert len(newest) == 4, "what the feed says of the licences is kept"


def test_another_spelling_of_the_mailbox_does_not_bring_the_person_back(
    known: Database, vault: Vault, now: datetime
) -> None:
    from services.marketplace.poll import take_all
    from tests.handlers.faces import evaluation

    erase(known, vault, now)
    tagged = ALICE.replace("@", "+trial@")
    take_all(known, vault, [evaluation(7, "Alice Martin", tagged)], source="file", as_of=None, now=now)
    with known.read() as session:
        again = person(session, vault, tagged)
        assert again.erased_at is not None and again.data_key is None and again.name is None


def test_many_are_erased_at_once_under_one_certificate(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        made = plan_many(session, vault, [person_id(vault, ALICE), person_id(vault, BOB)], now)
        certificate = carry_out(session, vault, made, reason="retention", now=now)
    assert certificate.told()["certificate"]["people"] == 2
    with known.read() as session:
        assert {who.erased_at for who in session.scalars(select(Person))} == {now}
        assert session.scalar(select(func.count()).where(Suppression.purpose == "*")) == 0


def test_nobody_is_erased_for_an_id_that_is_nobodys(known: Database, vault: Vault, now: datetime) -> None:
    with known.write() as session:
        made = plan(session, vault, "p" + "0" * 24, now)
        assert made.lines == ()
        carry_out(session, vault, made, reason="request", now=now)
        assert {who.erased_at for who in session.scalars(select(Person))} == {None}


def test_an_event_that_names_somebody_erased_keeps_no_body(known: Database, vault: Vault, now: datetime) -> None:
    with known.read() as session:
        item = session.query(InboxItem).filter_by(delivery_id="d2").one()
        body = inbox.body_of(item, vault)
    with known.write() as session:
        assert not bodies.forget_if_erased(session, vault, item.id, body)
    erase(known, vault, now)
    for spelling in (ALICE, ALICE.replace("@", "+x@")):
        with known.write() as session:
            inbox.store(
                session,
                vault,
                Delivery("marketplace", spelling, body.replace(ALICE.encode(), spelling.encode()), "s"),
                now,
            )
            late = session.query(InboxItem).filter_by(delivery_id=spelling).one()
            assert bodies.forget_if_erased(session, vault, late.id, inbox.body_of(late, vault))
            session.expire_all()
            assert late.body is None
