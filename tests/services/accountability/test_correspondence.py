"""Mails, letters, faxes and calls: sealed, read for a purpose, kept by their mode."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from models.consent import AuditEvent
from models.correspondence import Correspondence, Mode
from models.database import Database
from models.people import Person
from models.register import PERIODS
from models.vault import Vault
from services import correspondence, retention
from services.correspondence import Letter, LetterError
from services.retention.cutoffs import cutoff
from services.rights.export import export
from tests.handlers.edge import Edge
from tests.services.retention import world

DAY = timedelta(days=1)
TEXT = "Please call me back about the order of Harbour"


def enter(database: Database, vault: Vault, now: datetime, mode: Mode = Mode.EMAIL, **given: Any) -> str:
    letter = Letter(mode, given.pop("at", now), **given)
    with database.write() as session:
        return correspondence.enter(session, vault, letter, actor="alice", now=now)


def read(database: Database, vault: Vault, letter_id: str, now: datetime) -> Any:
    with database.write() as session:
        return correspondence.read(session, vault, letter_id, actor="alice", purpose="support", now=now)


def test_a_mail_is_sealed_and_read_for_a_purpose(database: Database, vault: Vault, now: datetime) -> None:
    world.settle(database, vault, now, [world.row(1, world.NEW, "2026-01-01")])
    letter = enter(database, vault, now, counterpart=world.NEW, title="Order", body=TEXT, case="SUP-7")
    with database.read() as session:
        row = session.get_one(Correspondence, letter)
        assert TEXT.encode() not in (row.body or b"") and world.NEW.encode() not in (row.counterpart or b"")
        assert row.person_id == world.person(session, vault, world.NEW).id
    shown = read(database, vault, letter, now)
    assert (shown["body"], shown["title"], shown["counterpart"]) == (TEXT, "Order", world.NEW)
    with database.read() as session:
        look = session.scalars(select(AuditEvent).where(AuditEvent.action == "correspondence.read")).one()
        assert (look.actor, look.purpose, look.case_ref, look.subject) == ("alice", "support", "SUP-7", row.person_id)


def test_of_a_call_four_facts_are_kept_and_no_more(database: Database, vault: Vault, now: datetime) -> None:
    call = {"counterpart": "+33 1 23 45 67 89", "duration_seconds": 240, "recipient": "anna"}
    with pytest.raises(LetterError, match="only number, time, duration and recipient"):
        enter(database, vault, now, Mode.PHONE, **call, body=TEXT)
    shown = read(database, vault, enter(database, vault, now, Mode.PHONE, **call), now)
    told = {name for name, value in shown.items() if value is not None} - {"id", "mode", "read_at"}
    assert told == {"at", "counterpart", "duration_seconds", "recipient"}
    with pytest.raises(DatabaseError, match="four_facts_of_a_call"), database.write() as session:
        session.scalars(select(Correspondence)).one().case_ref = "SUP-1"


def test_a_withheld_number_is_none(database: Database, vault: Vault, now: datetime) -> None:
    shown = read(database, vault, enter(database, vault, now, Mode.PHONE, duration_seconds=3), now)
    assert (shown["counterpart"], shown["person"], shown["duration_seconds"]) == (None, None, 3)


def test_a_fax_is_gone_once_it_was_read(database: Database, vault: Vault, now: datetime) -> None:
    fax = enter(database, vault, now, Mode.FAX, counterpart="+33 1 00", title="Order", body=TEXT)
    assert read(database, vault, fax, now)["body"] == TEXT
    with database.read() as session:
        row = session.get_one(Correspondence, fax)
        assert (row.body, row.title, row.read_at) == (None, None, now)
    assert read(database, vault, fax, now)["body"] is None
    with pytest.raises(DatabaseError, match="a_read_fax_is_gone"), database.write() as session:
        session.get_one(Correspondence, fax).body = b"back"


@pytest.mark.parametrize(
    ("mode", "period"),
    [(Mode.EMAIL, "correspondence.email"), (Mode.POST, "correspondence.post"), (Mode.PHONE, "correspondence.call")],
)
def test_each_mode_is_kept_by_its_rule(
    database: Database, vault: Vault, now: datetime, mode: Mode, period: str
) -> None:
    limit = cutoff(period, now)
    over, kept = (enter(database, vault, now, mode, at=at) for at in (limit, limit + timedelta(seconds=1)))
    assert read(database, vault, over, now) is None, "not shown before it is purged"
    assert read(database, vault, kept, now) is not None
    with database.read() as session:
        assert [head["id"] for head in correspondence.listed(session, now)] == [kept]
    assert retention.apply(database.write, vault, now).done == {f"correspondence.{mode}": 1}
    assert PERIODS[period].ceiling.after(limit) == now
    with database.read() as session:
        assert session.scalars(select(Correspondence.id)).all() == [kept]


def test_mails_go_when_somebody_ceases_to_be_a_client(database: Database, vault: Vault, now: datetime) -> None:
    sold = {"licenseType": "COMMERCIAL", "tier": "10 Users", "maintenanceEndDate": "2026-10-01", "status": "inactive"}
    rows = [world.row(1, world.FORMER, "2025-01-01", **sold), world.row(2, world.NEW, "2026-11-01")]
    world.settle(database, vault, now, rows)
    for email in (world.FORMER, world.NEW):
        enter(database, vault, now, counterpart=email, body=TEXT, at=now - 60 * DAY)
    assert retention.apply(database.write, vault, now).done["correspondence.former_clients"] == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Correspondence)) == 1


def test_a_letter_is_an_own_act_of_a_prospect(database: Database, vault: Vault, now: datetime) -> None:
    world.settle(database, vault, now, [world.row(1, world.OLD, "2023-11-01")])
    enter(database, vault, now, Mode.POST, counterpart="Harbour, Le Havre", email=world.OLD, at=now - DAY)
    with database.read() as session:
        assert world.person(session, vault, world.OLD).last_contact_on == date(2026, 11, 21)
    assert retention.apply(database.write, vault, now).done == {}


def test_the_person_sees_their_correspondence(database: Database, vault: Vault, now: datetime) -> None:
    world.settle(database, vault, now, [world.row(1, world.NEW, "2026-01-01")])
    letter = enter(database, vault, now, counterpart=world.NEW, body=TEXT)
    read(database, vault, letter, now)
    with database.read() as session:
        person = session.scalars(select(Person)).one()
        told = export(session, vault, person.id, language="en", now=now)
    (row,) = told["data"]["correspondence"]
    assert (row["body"], row["counterpart"]) == (TEXT, world.NEW)
    assert "correspondence.read" in {look["action"] for look in told["staff_access"]}


@pytest.mark.parametrize(
    ("given", "told"),
    [({"at": datetime.max.replace(tzinfo=UTC)}, "future"), ({"title": "x" * 501}, "title"),
     ({"duration_seconds": 5}, "only a call"), ({"counterpart": "x" * 255}, "counterpart")],
)  # fmt: skip
def test_what_is_no_letter_is_refused(
    database: Database, vault: Vault, now: datetime, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(LetterError, match=told):
        enter(database, vault, now, **given)


def test_staff_enter_and_read_by_the_api(edge: Edge) -> None:
    path, token = "/staff/api/correspondence", f"JWT {edge.site.context_token('alice')}"
    body = {"mode": "fax", "at": edge.now.isoformat(), "counterpart": "+33 1 00", "body": TEXT}
    made = edge.post(path, body, token)
    assert made.status_code == 201 and edge.post(path, body).status_code == 401
    heads = edge.client.get(path, headers={"Authorization": token}).json
    assert [head["id"] for head in heads["items"]] == [made.json["id"]] and TEXT not in str(heads)  # type: ignore[index]
    reading = f"{path}/{made.json['id']}/read"  # type: ignore[index]
    assert edge.post(reading, {}, token).status_code == 400, "without a purpose"
    assert edge.post(f"{reading}?purpose=support", {}, token).json["body"] == TEXT  # type: ignore[index]
    assert edge.post(f"{path}/unknown/read?purpose=support", {}, token).status_code == 404
    for odd in ({}, {"mode": "pigeon"}, body | {"secret": TEXT}, body | {"at": "2026-01-01T00:00"}, body | {"body": 7}):
        answer = edge.post(path, odd, token)
        assert answer.status_code == 400 and TEXT not in answer.text
