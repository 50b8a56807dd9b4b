"""Consent is asked for on a page, and given by whoever reads the mailbox. On both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers import consents, work
from models.consent import ConsentEvent
from models.database import Database
from models.people import Person
from services import consent, consent_clock
from services.consent import ConsentState
from services.may_contact import may_contact
from services.opt_in import OFFERED
from tests.handlers.faces import NOW, Face, Page, evaluation, running
from tests.handlers.test_letters import Mailbox, mail_server, use

ALICE = "alice.martin@nordlicht.example"
HOME = "http://localhost:8080"


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", ALICE))
        work.drain(face.parts)
        yield face


def choose(face: Face, *choices: str, of_age: bool = True, token: str | None = None, lang: str = "en") -> Any:
    form = {"action": "choose", "choice": list(choices)} | ({"of_age": "1"} if of_age else {})
    path = f"/privacy/choices/{token or face.link(ALICE, 'choices')}?lang={lang}"
    return face.client.post(path, data=form, follow_redirects=True)


def letters(face: Face) -> list[Any]:
    box = Mailbox()
    with mail_server(box) as url:
        use(face, url)
        work.drain_outbox(face.parts)
    return box.letters


def path_in(letter: Any) -> str:
    return next(word for word in letter.get_content().split() if "/privacy/confirm/" in word).removeprefix(HOME)


def person_id(face: Face) -> str:
    with face.parts.database.read() as session:
        return session.scalars(select(Person.id)).one()


def state(face: Face, what: str) -> str | None:
    purpose, channel = OFFERED[what]
    with face.parts.database.read() as session:
        said = {(row["purpose"], row["channel"]): row["state"] for row in consent.current(session, person_id(face))}
    return said.get((purpose, channel))


def allowed(face: Face, what: str, at: Any = None) -> bool:
    with face.parts.database.read() as session:
        return may_contact(session, person_id(face), *OFFERED[what], at or face.parts.clock()).allowed


def later(face: Face, **time: int) -> None:
    moment = face.parts.clock() + timedelta(**time)
    face.parts.clock = lambda: moment


@pytest.mark.parametrize(
    ("lang", "subject", "lines"),
    [
        ("fr", "Confirmez votre accord", ["Vous informer", "courriel", "téléphone"]),
        ("en", "Confirm that you agree", ["Tell you of major changes", "e-mail", "telephone"]),
    ],
)
def test_what_is_ticked_counts_once_it_is_confirmed_by_mail(
    face: Face, lang: str, subject: str, lines: list[str]
) -> None:
    saved = choose(face, "news.email", "news.phone", lang=lang)
    assert saved.status_code == 200 and Page(saved.text).faults == []
    assert (state(face, "news.email"), allowed(face, "news.email")) == ("requested", False)
    (letter,) = letters(face)
    assert (letter["To"], letter["Subject"]) == (ALICE, subject)
    path = path_in(letter)
    later(face, hours=1)
    for _ in range(2):
        page = face.client.get(path)
        assert all(line in Page(page.text).text for line in lines) and Page(page.text).faults == []
    assert state(face, "news.email") == "requested", "looking is not agreeing"
    assert face.client.post(path, data={"answer": "yes"}).status_code == 200
    assert (state(face, "news.email"), state(face, "news.phone"), state(face, "survey.email")) == (
        "granted", "granted", None,
    )  # fmt: skip
    assert allowed(face, "news.email") and allowed(face, "news.phone") and not allowed(face, "news.post")
    count = len(events(face))
    face.client.post(path, data={"answer": "no"})
    assert len(events(face)) == count, "answered once is answered"
    with face.parts.database.read() as session:
        assert consent.verify(session) is None
        assert session.scalars(select(Person)).one().last_contact_on == NOW.date()


def events(face: Face) -> list[tuple[str, str, str, str]]:
    with face.parts.database.read() as session:
        return [
            (event.purpose, event.channel, event.state, event.actor_kind)
            for event in session.scalars(select(ConsentEvent).order_by(ConsentEvent.seq))
        ]


def test_what_is_unticked_ends_at_once_and_needs_no_letter(face: Face) -> None:
    choose(face, "news.email", "survey.email")
    face.client.post(path_in(letters(face)[0]), data={"answer": "yes"})
    choose(face, "survey.email", of_age=False)
    assert (state(face, "news.email"), state(face, "survey.email")) == ("withdrawn", "granted")
    assert not allowed(face, "news.email") and allowed(face, "survey.email")
    assert letters(face) == []
    choose(face, "news.email", "survey.email")
    assert state(face, "news.email") == "requested"
    choose(face, "survey.email")
    assert state(face, "news.email") == "refused"


def test_a_newer_letter_takes_the_place_of_an_older_one(face: Face) -> None:
    choose(face, "news.email")
    (first,) = letters(face)
    later(face, minutes=5)
    choose(face, "news.email", "survey.email")
    (second,) = letters(face)
    assert "nothing to confirm" in face.client.get(path_in(first)).text
    face.client.post(path_in(first), data={"answer": "yes"})
    assert state(face, "news.email") == "requested"
    face.client.post(path_in(second), data={"answer": "no"})
    assert (state(face, "news.email"), state(face, "survey.email")) == ("refused", "refused")


def test_who_does_not_say_that_they_are_old_enough_is_asked_nothing(face: Face) -> None:
    page = Page(choose(face, "news.email", of_age=False).text).text
    assert "old enough" in page and "16 years" in page
    assert state(face, "news.email") is None and letters(face) == []


def test_nothing_undoes_an_objection(face: Face) -> None:
    token = face.link(ALICE, "choices")
    choose(face, "prospect.email", token=token)
    (letter,) = letters(face)
    face.client.post(
        f"/privacy/choices/{token}", data={"action": "object", "purpose": "prospect", "channel": "*"}
    )  # fmt: skip
    face.client.post(path_in(letter), data={"answer": "yes"})
    choose(face, "prospect.email", "news.email", token=token)
    assert (state(face, "prospect.email"), state(face, "news.email")) == ("objected", "requested")
    assert 'value="prospect.email"' not in face.client.get(f"/privacy/choices/{token}").text
    refused = enter(face, "prospect.email", "granted")
    assert refused.exit_code == 1 and "objected" in refused.output
    assert not allowed(face, "prospect.email")


def test_an_address_gets_so_many_letters_an_hour_and_withdrawing_goes_on(face: Face) -> None:
    choose(face, "news.email")
    face.client.post(path_in(letters(face)[0]), data={"answer": "yes"})
    for _ in range(6):
        later(face, minutes=1)
        told = choose(face, "news.email", "survey.email")
    assert "several letters already" in Page(told.text).text
    assert len(letters(face)) == 4
    choose(face, "survey.email")
    assert state(face, "news.email") == "withdrawn"


@pytest.mark.parametrize(
    "form",
    [
        {"action": "choose", "choice": "analytics.web"},
        {"action": "choose", "choice": "reference_list.web"},
        {"action": "choose", "choice": "news.email", "person": "p1"},
        {"action": "grant", "choice": "news.email"},
        {},
    ],
)
def test_what_is_not_offered_is_refused_and_changes_nothing(face: Face, form: dict[str, str]) -> None:
    before = events(face)
    answer = face.client.post(f"/privacy/choices/{face.link(ALICE, 'choices')}", data=form | {"of_age": "1"})
    assert (answer.status_code, events(face)) == (400, before)


def test_links_of_another_kind_or_after_their_time_are_nothing(face: Face) -> None:
    choose(face, "news.email")
    path = path_in(letters(face)[0])
    assert face.client.get(f"/privacy/confirm/{face.link(ALICE, 'choices')}").status_code == 404
    assert face.client.post(path, data={"answer": "maybe"}).status_code == 400
    later(face, days=14)
    assert face.client.post(path, data={"answer": "yes"}).status_code == 404
    assert state(face, "news.email") == "requested"


def test_what_has_run_out_is_entered_by_the_clock_once(face: Face) -> None:
    choose(face, "news.email", "news.phone", "survey.email")
    face.client.post(path_in(letters(face)[0]), data={"answer": "yes"})
    later(face, minutes=1)
    choose(face, "news.email", "news.phone", "survey.email", "prospect.post")
    later(face, days=13)
    consents.run_out(face.parts, {})
    assert state(face, "prospect.post") == "requested"
    later(face, days=1)
    for _ in range(2):
        consents.run_out(face.parts, {})
    assert state(face, "prospect.post") == "lapsed"
    later(face, days=365)
    face.parts.settings = face.parts.settings.model_copy(update={"smtp_url": None})
    work.sweep(face.parts)
    work.drain(face.parts)
    assert (state(face, "news.phone"), state(face, "news.email")) == ("expired", "granted")
    later(face, days=3 * 365)
    consents.run_out(face.parts, {})
    assert {state(face, "news.email"), state(face, "survey.email")} == {"expired"}
    entries = [event for event in events(face) if event[2] in ("lapsed", "expired")]
    assert len(entries) == len(set(entries)) == 4 and {event[3] for event in entries} == {"system"}


def test_the_clock_overtaken_by_a_withdrawal_enters_nothing(face: Face) -> None:
    choose(face, "news.email")
    later(face, days=15)
    with face.parts.database.read() as session:
        stale = consent_clock.run_out(session, face.parts.clock())
    assert len(stale) == 1
    choose(face)
    with face.parts.database.write() as session:
        assert consent_clock.enter(session, stale, face.parts.clock()) == 0
    assert state(face, "news.email") == "refused"


def enter(face: Face, what: str, said: str, evidence: str = "letter of 3 November, folder 12") -> Any:
    args = ["consent", "enter", person_id(face), what, said, "--evidence", evidence]
    return face.app.test_cli_runner().invoke(args=args)


def test_an_officer_enters_what_they_have_evidence_of(face: Face) -> None:
    assert enter(face, "news.post", "granted").exit_code == 0
    assert allowed(face, "news.post") and events(face)[-1] == ("news", "post", "granted", "officer")
    assert enter(face, "news.post", "withdrawn").exit_code == 0
    assert not allowed(face, "news.post")
    refused = enter(face, "news.post", "granted", " . ")
    assert refused.exit_code == 1 and "evidence" in refused.output
    unknown = face.app.test_cli_runner().invoke(
        args=["consent", "enter", "nobody", "news.post", "granted", "--evidence", "a letter of theirs"]
    )
    assert unknown.exit_code == 1


def test_the_record_is_whole_and_says_what_happened(face: Face) -> None:
    choose(face, "news.email")
    face.client.post(path_in(letters(face)[0]), data={"answer": "yes"})
    answer = face.client.get(f"/privacy/choices/{face.link(ALICE, 'choices')}/record?lang=fr")
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    assert ALICE not in answer.text and "Martin" not in answer.text
    records = {record["dct:identifier"].partition(":")[2]: record for record in json.loads(answer.text)["@graph"]}
    assert set(records) == {"prospect:email", "news:email"}
    news = records["news:email"]
    assert news["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentGiven"}
    process = news["dpv:hasProcess"]
    assert process["dpv:hasLegalBasis"] == {"@id": "eu-gdpr:A6-1-a"}
    assert process["dpv:hasDataController"]["dpv:hasName"] == "Alkaes Consulting"
    assert "Vous informer" in process["dpv:hasPurpose"]["dct:title"]["@value"]
    asked, given = news["dct:hasPart"]
    assert (asked["@type"], given["@type"]) == (
        ["dpv:ConsentRequested"], ["dpv:ConsentGiven", "dpv:ExplicitlyExpressedConsent"],
    )  # fmt: skip
    assert given["dct:valid"].startswith("2029-11-22") and given["dct:provenance"].startswith("sha256:")
    told = face.app.test_cli_runner().invoke(args=["consent", "export", person_id(face)])
    assert json.loads(told.output)["@graph"] == json.loads(answer.text)["@graph"]
    assert records["prospect:email"]["dpv:hasProcess"]["dpv:hasLegalBasis"] == {"@id": "eu-gdpr:A6-1-f"}


def test_every_state_has_a_status_of_dpv() -> None:
    from services.consent_record import STATUS

    assert set(STATUS) == set(ConsentState)
