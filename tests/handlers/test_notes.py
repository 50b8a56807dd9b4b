"""Notes of staff on a person: who may write and delete one, and that it goes where the person's data goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from models.consent import AuditEvent
from models.database import Database
from models.notes import Note
from models.people import Person, Prospect
from services import erasure, notes
from services.rights.export import export
from tests.handlers.faces import NOW, Face, evaluation, running

EMAIL, OTHER = "alice.martin@nordlicht.example", "bob@nordlicht.example"
WORDS = "Prefers a call <b>on Mondays</b>.\nSpeaks French."


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", EMAIL), evaluation(2, "Bob Stone", OTHER))
        yield face


def person(face: Face, email: str = EMAIL) -> Person:
    with face.parts.database.read() as session:
        index = face.parts.vault.blind_index("email", email)
        return session.scalars(select(Person).filter_by(email_index=index)).one()


def path(face: Face, email: str = EMAIL) -> str:
    return f"/staff/api/prospects/{person(face, email).id}"


def write(face: Face, words: str = WORDS, account: str = "alice", email: str = EMAIL) -> Any:
    return face.post(f"{path(face, email)}/notes", {"text": words}, account=account)


def read(face: Face, email: str = EMAIL) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = face.staff(path(face, email), Accept="application/json").json["notes"]
    return found


def page(face: Face, account: str) -> str:
    return str(face.staff(path(face), account=account).text)


def test_a_note_is_shown_to_colleagues_as_it_was_written(face: Face) -> None:
    assert write(face).status_code == 201
    write(face, "Later.")
    assert {note["text"] for note in read(face)} == {"Later.", WORDS}
    assert read(face, OTHER) == []
    shown = page(face, "alice")
    assert "&lt;b&gt;on Mondays&lt;/b&gt;" in shown and "<b>on" not in shown and "You" in shown
    assert "A colleague" in page(face, "olivia")


def test_it_lies_sealed_and_each_act_is_in_the_journal(face: Face) -> None:
    write(face)
    with face.parts.database.read() as session:
        raw = session.execute(text("SELECT text FROM notes")).scalar_one()
        assert b"Mondays" not in bytes(raw)
        events = session.scalars(select(AuditEvent)).all()
    assert "note.written" in [event.action for event in events]
    assert "Mondays" not in json.dumps([event.detail for event in events])


@pytest.mark.parametrize("words", ["", " \n ", "x" * (notes.LONGEST + 1), "half \x00 a note"])
def test_what_is_no_note_is_refused(face: Face, words: str) -> None:
    assert write(face, words).status_code == 400 and read(face) == []


def test_there_are_not_more_than_anybody_reads(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST", 2)
    assert [write(face).status_code for _ in range(3)] == [201, 201, 409]


def test_its_author_or_an_officer_deletes_it_and_nobody_else(face: Face) -> None:
    def drop(account: str, email: str = EMAIL) -> int:
        note = read(face)[0]["id"]
        return int(face.post(f"{path(face, email)}/notes/{note}/drop", {}, account=account).status_code)

    write(face, account="olivia")
    assert "/drop" not in page(face, "alice") and "/drop" in page(face, "olivia")
    assert drop("alice") == 404 and drop("olivia", OTHER) == 404
    assert drop("olivia") == 200 and read(face) == []
    write(face, account="alice")
    assert "/drop" in page(face, "olivia") and drop("olivia") == 200


def test_somebody_who_is_no_staff_writes_none(face: Face) -> None:
    assert write(face, account="bob").status_code == 403


def test_while_data_is_restricted_none_is_shown_or_written(face: Face) -> None:
    write(face)
    with face.parts.database.write() as session:
        session.get_one(Person, person(face).id).restricted_at = NOW
    assert read(face) == [] and write(face).status_code == 404 and "What should colleagues" not in page(face, "alice")


def test_past_its_period_none_is_shown(face: Face) -> None:
    write(face)
    with face.parts.database.write() as session:
        session.get_one(Prospect, person(face).id).kept_until = NOW.date()
    assert read(face) == [] and write(face).status_code == 404


def test_the_person_reads_it_and_not_who_wrote_it(face: Face) -> None:
    write(face)
    with face.parts.database.read() as session:
        told = json.dumps(export(session, face.parts.vault, person(face).id, language="en", now=NOW), default=str)
        (author,) = session.scalars(select(Note.author_ref))
    assert "on Mondays" in told and author not in told


def test_it_is_erased_with_them(face: Face) -> None:
    write(face)
    write(face, email=OTHER)
    with face.parts.database.write() as session:
        plan = erasure.plan(session, face.parts.vault, person(face).id, NOW)
        erasure.carry_out(session, face.parts.vault, plan, reason="request", now=NOW)
    with face.parts.database.read() as session:
        assert [note.person_id for note in session.scalars(select(Note))] == [person(face, OTHER).id]
