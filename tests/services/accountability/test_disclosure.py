"""Nothing leaves but by the gate, and the gate is shut."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.accountability import Disclosure, DisclosureSubject
from models.consent import AuditEvent, ConsentEvent
from models.database import Database
from models.register import RECIPIENTS, Category
from services import corporate, disclosure
from services.disclosure import Basis, Receipt, RefusedDisclosureError, disclose

CHAIN = {"previous_hash": "0" * 64, "hash": "1" * 64, "actor_kind": "person", "source": "test"}
EXCHANGE: dict[str, Any] = {
    "recipient": "atlassian",
    "subjects": ["alice"],
    "categories": [Category.CONFIGURATION],
    "basis": Basis.POLICY,
    "purpose": "support",
    "case": "SUP-12",
    "actor": "olivia",
    "approved_by": "anna",
}


def give(session: Session, now: datetime, **changes: Any) -> Receipt:
    return disclose(session, **(EXCHANGE | changes), now=now)


def test_what_the_policy_lists_passes_and_is_entered(database: Database, now: datetime) -> None:
    with database.write() as session:
        receipt = give(session, now)
    with database.read() as session:
        (told,) = disclosure.of_person(session, "alice")
        assert disclosure.of_person(session, "bob") == []
        (entry,) = disclosure.listed(session)
        journal = session.scalars(select(AuditEvent).where(AuditEvent.action == "disclosure.made")).one()
    assert receipt.subjects == ("alice",)
    assert (told["recipient"], told["categories"], told["basis"]) == ("atlassian", ["configuration"], "policy")
    assert (entry["id"], entry["people"], entry["case"]) == (receipt.id, 1, "SUP-12")
    assert (journal.actor, journal.case_ref) == ("olivia", "SUP-12")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"recipient": "data_broker"}, "unknown-recipient"),
        ({"recipient": ""}, "unknown-recipient"),
        ({"recipient": "google_analytics", "categories": [Category.COOKIES]}, "recipient-switched-off"),
        ({"categories": [Category.CONFIGURATION, Category.IDENTIFICATION]}, "category-not-for-this-recipient"),
        ({"categories": []}, "category-not-for-this-recipient"),
        ({"purpose": "selling"}, "unknown-purpose"),
        ({"purpose": "improve"}, "support-case-needed"),
        ({"case": None}, "support-case-needed"),
        ({"approved_by": None}, "two-have-to-agree"),
        ({"approved_by": "olivia"}, "two-have-to-agree"),
        ({"basis": "curiosity"}, "unknown-basis"),
        ({"recipient": "authorities", "basis": Basis.LAW, "purpose": "security"}, "law-without-reference"),
        ({"recipient": "authorities", "purpose": "security"}, "authority-without-law"),
        ({"recipient": "abuse_parties", "categories": [Category.CONTENT]}, "purpose-not-for-this-recipient"),
        ({"recipient": "abuse_parties", "categories": [Category.CONTENT], "purpose": "abuse", "approved_by": None},
         "two-have-to-agree"),
        ({"recipient": "abuse_parties", "categories": [Category.CONTENT], "purpose": "abuse", "approved_by": "olivia"},
         "two-have-to-agree"),
        ({"basis": Basis.CONSENT}, "consent-without-entry"),
        ({"basis": Basis.CONSENT, "reference": "1"}, "consent-not-given"),
        ({"recipient": "successor"}, "no-corporate-event"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_and_leaves_no_entry(
    database: Database, now: datetime, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(RefusedDisclosureError) as refused, database.write() as session:
        give(session, now, **changes)
    assert refused.value.code == code
    with database.read() as session:
        assert disclosure.listed(session) == []


def test_invariant_13_atlassian_gets_configurations_and_nothing_else(database: Database, now: datetime) -> None:
    assert RECIPIENTS["atlassian"].categories == (Category.CONFIGURATION,)
    for category in set(Category) - {Category.CONFIGURATION}:
        with pytest.raises(RefusedDisclosureError), database.write() as session:
            give(session, now, categories=[category])


def test_consent_is_that_of_the_one_person_and_the_newest_word(database: Database, now: datetime) -> None:
    entry = {"person_ref": "alice", "purpose": "support", "channel": "email", "at": now} | CHAIN
    with database.write() as session:
        session.add(given := ConsentEvent(state="granted", **entry))
        session.flush()
        assert give(session, now, basis="consent", reference=str(given.seq)).subjects == ("alice",)
        with pytest.raises(RefusedDisclosureError):
            give(session, now, basis="consent", reference=str(given.seq), subjects=["bob"])
        session.add(ConsentEvent(state="withdrawn", **entry))
        session.flush()
        with pytest.raises(RefusedDisclosureError):
            give(session, now, basis="consent", reference=str(given.seq))


def test_a_successor_gets_nobody_who_objects_and_nobody_before_the_window_is_over(
    database: Database, now: datetime
) -> None:
    sale = {"recipient": "successor", "subjects": ["alice", "bob"], "categories": [Category.IDENTIFICATION],
            "purpose": "contract"}  # fmt: skip
    with database.write() as session:
        event = corporate.announce(session, kind="sale", partner="Harbour SAS", actor="olivia", now=now)
        corporate.object_to(session, event.id, "bob", actor="person", now=now)
        corporate.object_to(session, event.id, "bob", actor="person", now=now)
        early = event.objections_until - timedelta(seconds=1)
        with pytest.raises(RefusedDisclosureError, match="objections-still-possible"):
            give(session, early, **sale, event_id=event.id)
        receipt = give(session, event.objections_until, **sale, event_id=event.id)
        assert (receipt.subjects, receipt.excluded) == (("alice",), ("bob",))
        assert [line["objections"] for line in corporate.listed(session)] == [1]
        corporate.close(session, event.id, actor="olivia", now=now)
        with pytest.raises(RefusedDisclosureError, match="no-corporate-event"):
            give(session, event.objections_until, **sale, event_id=event.id)


@pytest.mark.parametrize("table", [Disclosure, DisclosureSubject])
def test_the_register_of_disclosures_can_only_grow(database: Database, now: datetime, table: Any) -> None:
    with database.write() as session:
        give(session, now)
    column = next(iter(table.__table__.primary_key)).name
    for statement in (delete(table), update(table).values({column: "x"})):
        with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
            session.execute(statement)


def test_there_is_no_way_to_sell() -> None:
    assert {"sell", "sale"} & {name.lower() for name in dir(disclosure)} == set()
    assert set(Basis) == {"law", "consent", "policy"}
