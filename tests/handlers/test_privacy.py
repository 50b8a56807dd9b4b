"""People and their links: they see, they object, it holds. No cookie, no script, GET changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.consent import ConsentEvent, Suppression
from models.database import Database
from models.people import Person
from services.choices import masked
from services.marketplace.people import forget
from tests.handlers.faces import NOW, Face, Page, evaluation, running

ALICE = "alice.martin@nordlicht.example"
OBJECTION = {"action": "object", "purpose": "prospect", "channel": "*"}


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice <b>Martin", ALICE))
        yield face


def entries(face: Face) -> list[tuple[str, str, str]]:
    with face.parts.database.read() as session:
        events = session.scalars(select(ConsentEvent).order_by(ConsentEvent.seq)).all()
        return [(event.state, event.actor_kind, event.source) for event in events]


def suppressions(face: Face) -> int:
    with face.parts.database.read() as session:
        return len(session.scalars(select(Suppression)).all())


def erase(face: Face) -> None:
    with face.parts.database.write() as session:
        forget(session, session.scalars(select(Person)).one(), NOW)


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "We have not contacted you"), ("fr", "Nous n’avons pas pris contact")]
)
def test_a_person_sees_what_is_held_and_where_it_is_from(face: Face, lang: str, words: str) -> None:
    answer = face.client.get(f"/privacy/choices/{face.link(ALICE, 'choices')}?lang={lang}")
    page = Page(answer.text)
    assert (answer.status_code, page.faults, page.lang) == (200, [], lang)
    for told in ("Alice <b>Martin", "a•••@nordlicht.example", "Company 1", "Timesheets", "Atlassian", words):
        assert told in page.text
    assert ALICE not in answer.text


def test_looking_changes_nothing_and_sets_no_cookie(face: Face) -> None:
    before = entries(face)
    for path in (f"/privacy/choices/{face.link(ALICE, 'choices')}", f"/u/{face.link(ALICE, 'unsubscribe')}"):
        for _ in range(2):
            answer = face.client.get(path)
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers
            assert "<script" not in answer.text
    assert (entries(face), suppressions(face)) == (before, 0)


def test_objecting_holds_at_once_and_twice_is_once(face: Face) -> None:
    path = f"/privacy/choices/{face.link(ALICE, 'choices')}"
    for _ in range(2):
        answer = face.client.post(f"{path}?lang=fr", data=OBJECTION)
        assert answer.status_code == 303
        done = face.client.get(answer.location)
        assert "Votre opposition est enregistrée" in Page(done.text).text
    assert entries(face)[1:] == [("objected", "person", "choices")]
    assert "Stop all prospecting" not in face.client.get(path).text


def test_a_later_event_of_the_feed_changes_nothing_of_an_objection(face: Face) -> None:
    face.client.post(f"/privacy/choices/{face.link(ALICE, 'choices')}", data=OBJECTION)
    before = entries(face)
    face.take(evaluation(1, "Alice Martin", ALICE, lastUpdated="2026-11-21", maintenanceEndDate="2026-12-31"))
    assert entries(face) == before
    assert face.staff("/staff/api/prospects", Accept="*/*").json["items"][0]["consent"] == "objected"


def test_done_is_never_said_before_it_is_done(face: Face) -> None:
    answer = face.client.get(f"/privacy/choices/{face.link(ALICE, 'choices')}?done=1")
    assert "<h1>Your choices</h1>" in answer.text


@pytest.mark.parametrize("form", [{}, OBJECTION | {"action": "agree"}, OBJECTION | {"purpose": "news"}, {"x": "y"}])
def test_another_form_is_refused_and_changes_nothing(face: Face, form: dict[str, str]) -> None:
    before = entries(face)
    assert face.client.post(f"/privacy/choices/{face.link(ALICE, 'choices')}", data=form).status_code == 400
    assert entries(face) == before


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_invariant_10_one_click_unsubscribes_in_either_encoding(face: Face, encoding: str) -> None:
    path = f"/u/{face.link(ALICE, 'unsubscribe')}"
    answer = face.client.post(path, data={"List-Unsubscribe": "One-Click"}, content_type=encoding)
    assert (answer.status_code, Page(answer.text).faults) == (200, [])
    assert entries(face)[1:] == [("objected", "person", "unsubscribe")]


def test_invariant_10_links_work_after_erasure_and_block_a_return(face: Face) -> None:
    unsubscribe, choices = face.link(ALICE, "unsubscribe"), face.link(ALICE, "choices")
    erase(face)
    seen = face.client.get(f"/privacy/choices/{choices}")
    assert "We no longer hold any data about you" in Page(seen.text).text
    assert "Martin" not in seen.text
    assert face.client.post(f"/u/{unsubscribe}").status_code == 200
    assert face.client.post(f"/privacy/choices/{choices}", data=OBJECTION).status_code == 303
    assert suppressions(face) == 1


def test_every_bad_link_gets_the_same_answer(face: Face) -> None:
    choices, unsubscribe = face.link(ALICE, "choices"), face.link(ALICE, "unsubscribe")
    bad = ["x", "a.b.c", choices[:-1], choices + "x", "%00", "é", "x" * 4000]
    paths = [f"/privacy/choices/{token}" for token in [*bad, unsubscribe]] + [
        f"/u/{token}" for token in [*bad, choices]
    ]
    answers = {(face.client.get(path).status_code, face.client.get(path).text) for path in paths}
    posted = {face.client.post(path, data=OBJECTION).status_code for path in paths}
    assert {status for status, _ in answers} == posted == {404}
    # The language switch names the address itself; nothing else may differ.
    assert len({Page(text).text for _, text in answers}) == 1
    assert len(entries(face)) == 1


def test_pages_tell_of_the_other_language_and_the_policy(face: Face) -> None:
    text = face.client.get(f"/u/{face.link(ALICE, 'unsubscribe')}", headers={"Accept-Language": "fr-CA, en;q=0.5"}).text
    assert '<html lang="fr">' in text
    assert 'hreflang="en" lang="en">English</a>' in text
    assert 'href="/policy/fr"' in text


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("alice@x.example", "a•••@x.example"),
        ("a@x.example", "•••@x.example"),
        ('"a@b"@x.example', '"•••@x.example'),
        (None, None),
    ],
)
def test_an_address_is_masked(email: str | None, shown: str | None) -> None:
    assert masked(email) == shown
