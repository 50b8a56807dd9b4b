"""The notice of Article 14: who is told, what they are told, once, and nobody before or instead. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers import letters, notices, periodic, work
from models.database import Database
from models.people import Person
from models.queues import OutboxItem
from models.vault import Vault
from services import consent, suppression
from services import notices as service
from services.may_contact import may_contact
from tests.handlers.faces import NOW, Face, evaluation, running
from tests.handlers.test_letters import Mailbox, mail_server, use

ALICE, BOB = "alice.martin@nordlicht.example", "bob.stone@gmail.com"
LATER = NOW + timedelta(days=3)


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(
            evaluation(1, "Alice Martin", ALICE),
            evaluation(2, "Bob Stone", BOB, contactDetails=_contact(BOB, "Bob Stone", "Canada")),
        )
        work.drain(face.parts)
        yield face


def _contact(email: str, name: str, country: str) -> dict[str, Any]:
    return {"company": "Stone", "country": country, "technicalContact": {"email": email, "name": name}}


def at(face: Face, moment: Any) -> None:
    face.parts.clock = lambda: moment


def pass_by(face: Face, box: Mailbox, moment: Any = LATER) -> list[Any]:
    """The worker comes by at that moment; gives the letters that there are by then."""
    with mail_server(box) as url:
        use(face, url)
        at(face, moment)
        work.sweep(face.parts)
        work.drain(face.parts)
    return box.letters


def person(face: Face, email: str) -> Person:
    with face.parts.database.read() as session:
        index = face.parts.vault.blind_index("email", email)
        return session.scalars(select(Person).filter_by(email_index=index)).one()


def said(face: Face, email: str) -> list[tuple[str, str, str]]:
    with face.parts.database.read() as session:
        events = consent.history(session, person(face, email).id)
        return [(event.state, event.actor_kind, event.source) for event in events]


def test_people_are_told_in_their_language_and_interest_counts_from_then_on(face: Face) -> None:
    box = Mailbox()
    assert pass_by(face, box, NOW + timedelta(days=2)) == [], "too early"
    sent = {letter["To"]: letter for letter in pass_by(face, box)}
    assert set(sent) == {ALICE, BOB}
    french, english = sent[ALICE], sent[BOB]
    assert (french["Subject"], french["Content-Language"]) == ("Vos données, et d'où nous les tenons", "fr")
    assert (english["Subject"], english["Content-Language"]) == ("Your data, and where we have it from", "en")
    for letter in sent.values():
        assert letter["List-Unsubscribe"].startswith("<http://localhost:8080/u/")
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text = letter.get_content()
        for told in ("Alkaes Consulting", "Timesheets", "Atlassian", "6(1)(f)", "CNIL", "3 ", "/privacy/choices/"):
            assert told in text
        assert "{" not in text and "None" not in text and "Alice" not in text and "Bob" not in text
    assert "adresse professionnelle" in french.get_content()
    assert "Without your consent we do not write" in english.get_content()
    assert said(face, ALICE)[1:] == [("legitimate_interest", "system", "notice")]
    assert said(face, BOB)[1:] == [("unknown", "system", "notice")], "a personal address needs consent"
    with face.parts.database.read() as session:
        allowed = may_contact(session, person(face, ALICE).id, "prospect", "email", LATER)
        assert (allowed.allowed, allowed.basis) == (True, "6(1)(f)")
        assert not may_contact(session, person(face, BOB).id, "prospect", "email", LATER).allowed
        assert service.standing(session, LATER) == {
            "due": 0, "overdue": 0, "first_deadline": None, "undeliverable": 0
        }  # fmt: skip
        wording = consent.history(session, person(face, ALICE).id)[-1].wording_hash
    assert wording and letters.wording("notice", "fr")


@pytest.mark.parametrize(
    ("country", "email", "state", "language"),
    [
        ("Germany", "uwe@klar.example", "unknown", "en"),
        ("", "uwe@klar.example", "unknown", "en"),
        ("", "uwe@klar.fr", "unknown", "fr"),
        ("FRANCE", "uwe@free.fr", "unknown", "fr"),
        ("FR", "uwe@klar.example", "legitimate_interest", "fr"),
    ],
)
def test_interest_counts_where_the_law_lets_it_and_for_organisations_alone(
    face: Face, country: str, email: str, state: str, language: str
) -> None:
    face.take(evaluation(3, "Uwe Klar", email, contactDetails=_contact(email, "Uwe Klar", country)))
    work.drain(face.parts)
    letter = next(letter for letter in pass_by(face, Mailbox()) if letter["To"] == email)
    assert (said(face, email)[-1][0], letter["Content-Language"]) == (state, language)


def test_the_links_of_the_letter_work(face: Face) -> None:
    letter = next(letter for letter in pass_by(face, Mailbox()) if letter["To"] == ALICE)
    path = next(word for word in letter.get_content().split() if "/privacy/choices/" in word).removeprefix(
        "http://localhost:8080"
    )
    assert face.client.get(path).status_code == 200
    one_click = letter["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8080")
    assert face.client.post(one_click, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert said(face, ALICE)[-1][:2] == ("objected", "person")


def test_nobody_is_told_twice_however_often_the_worker_comes_by(face: Face) -> None:
    box = Mailbox()
    for hours in range(4):
        pass_by(face, box, LATER + timedelta(hours=2 * hours))
        face.take(evaluation(1, "Alice Martin", ALICE))
    assert sorted(letter["To"] for letter in box.letters) == [ALICE, BOB]
    assert len(said(face, ALICE)) == 2


def test_killed_between_sending_and_entering_it_is_the_same_letter_again(
    face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Mailbox()

    def killed(*_: Any, **__: Any) -> bool:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(service, "given", killed)
        pass_by(face, box)
    assert len(box.letters) == 2 and len(said(face, ALICE)) == 1
    pass_by(face, box, LATER + timedelta(hours=1))
    mine = [letter for letter in box.letters if letter["To"] == ALICE]
    assert len(mine) == 2 and len({letter["Message-ID"] for letter in mine}) == 1
    assert mine[0].get_content() == mine[1].get_content()
    assert [state for state, *_ in said(face, ALICE)] == ["notice_due", "legitimate_interest"]


def test_an_objection_while_it_is_on_its_way_is_the_last_word(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    send = letters.send

    def objecting(parts: Any, payload: Any) -> None:
        send(parts, payload)
        with parts.database.write() as session:
            known = session.get(Person, person(face, ALICE).id)
            if payload["to"] == ALICE:
                consent.object_to(session, known, purpose="prospect", source="test", now=LATER)

    monkeypatch.setattr(letters, "send", objecting)
    pass_by(face, Mailbox())
    assert [state for state, *_ in said(face, ALICE)] == ["notice_due", "objected"]


@pytest.mark.parametrize("change", ["restricted_at", "deceased_at", "erased", "objected", "suppressed", "over"])
def test_whoever_is_not_to_be_written_to_is_not(face: Face, change: str) -> None:
    p, box, alice = face.parts, Mailbox(), person(face, ALICE).id
    at(face, LATER)
    assert notices.queue(p, days=3) == 2
    _change(p.database, p.vault, alice, change)
    with mail_server(box) as url:
        use(face, url)
        work.drain_outbox(p)
    assert [letter["To"] for letter in box.letters] == [BOB]
    assert notices.queue(p, days=3) == 0


def _change(database: Database, vault: Vault, who: str, change: str) -> None:
    from services import erasure

    with database.write() as session:
        known = session.get_one(Person, who)
        if change == "erased":
            plan = erasure.Plan((who,), (), LATER, frozenset())
            erasure.carry_out(session, vault, plan, reason="request", now=LATER)
        elif change == "objected":
            consent.object_to(session, known, purpose="prospect", source="test", now=LATER)
        elif change == "suppressed":
            suppression.add(session, vault, ALICE, "prospect", actor="command", now=LATER)
        elif change == "over":
            from models.people import Prospect

            prospect = session.scalars(select(Prospect).filter_by(person_id=who)).one()
            prospect.kept_until = (NOW - timedelta(days=1000)).date()
        else:
            setattr(known, change, LATER)


def test_a_mailbox_that_is_not_there_is_put_aside_and_told_of(face: Face) -> None:
    box = Mailbox()
    box.answer = "550 no such user"
    pass_by(face, box)
    with face.parts.database.read() as session:
        items = session.scalars(select(OutboxItem).filter_by(kind=notices.KIND)).all()
        assert {(item.state, item.reason) for item in items} == {("quarantined", "refused-letter")}
        assert service.standing(session, LATER)["undeliverable"] == 2
    box.answer = "250 taken"
    assert pass_by(face, box, LATER + timedelta(hours=2)) == [], "a person has to look at it first"
    assert said(face, ALICE)[-1][0] == "notice_due"


def test_without_a_mail_server_nothing_is_queued_and_the_command_tells_when_it_is_late(face: Face) -> None:
    at(face, LATER)
    work.sweep(face.parts)
    work.drain(face.parts)
    with face.parts.database.read() as session:
        assert session.scalars(select(OutboxItem).filter_by(kind=notices.KIND)).all() == []
    cli = face.app.test_cli_runner()
    told = cli.invoke(args=["notices", "due", "--json"])
    assert told.exit_code == 0 and '"due": 2' in told.output and "2026-12-22" in told.output
    at(face, NOW + timedelta(days=31))
    told = cli.invoke(args=["notices", "due"])
    assert told.exit_code == 1 and "overdue" in told.output


def test_the_command_does_not_wait_for_the_days(face: Face) -> None:
    cli = face.app.test_cli_runner()
    assert "2 would be queued" in cli.invoke(args=["notices", "send", "--dry-run"]).output
    assert "2 queued" in cli.invoke(args=["notices", "send"]).output
    assert "0 queued" in cli.invoke(args=["notices", "send"]).output
    assert len(pass_by(face, Mailbox(), NOW + timedelta(minutes=11))) == 2


def test_no_more_than_so_many_are_queued_at_once(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    with face.parts.database.read() as session:
        assert len(service.due(session, known_before=NOW, limit=1)) == 1
    monkeypatch.setattr(periodic, "STEP", 1)
    assert notices.queue(face.parts, days=0) == 2
