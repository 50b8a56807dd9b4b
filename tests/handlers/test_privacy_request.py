"""Anybody asks for their rights: the form tells nothing, the link does, and a GET never changes anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from sqlalchemy import func, select

from handlers.i18n import LANGUAGES
from models.consent import AuditEvent
from models.database import Database
from models.people import Person
from models.queues import OutboxItem
from models.rights import RequestBudget, Right, RightsCase
from models.schema import METADATA
from services import erasure, outbox
from services.erasure.traces import traces
from services.marketplace.people import person_id
from services.marketplace.poll import take_all
from services.rights import budget, links
from services.rights.export import WITHHELD, schema
from services.rights.formats import as_vcard, from_csv
from tests.handlers.faces import NOW, Face, Page, evaluation, running

ALICE = "alice.martin@nordlicht.example"
CAROL = "carol@nowhere.example"


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice <b>Martin", ALICE))
        yield face


def ask(face: Face, email: str = ALICE, kind: str = "access", *, address: str = "203.0.113.7", **form: str) -> Any:
    sent = {"kind": kind, "email": email, **form}
    return face.client.post("/privacy/request?lang=en", data=sent, environ_base={"REMOTE_ADDR": address})


def letters(face: Face) -> list[dict[str, Any]]:
    with face.parts.database.read() as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail.send").order_by(OutboxItem.id))
        return [outbox.payload_of(item, face.parts.vault) for item in items if item.payload is not None]


def path_of(face: Face, letter: str) -> str:
    return str([told["values"]["path"] for told in letters(face) if told["letter"] == letter][-1])


def counts(face: Face) -> dict[str, int]:
    with face.parts.database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in METADATA.tables.items()
        }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_is_a_good_page(face: Face, lang: str) -> None:
    for query in (f"?lang={lang}", f"?lang={lang}&sent=1"):
        answer = face.client.get(f"/privacy/request{query}")
        page = Page(answer.text)
        assert (answer.status_code, page.faults, page.lang) == (200, [], lang)
        assert "Set-Cookie" not in answer.headers and "<script" not in answer.text


def test_invariant_11_the_form_tells_nothing(face: Face) -> None:
    # Whoever is first begins the journal and the network's budget.
    ask(face, "dora@nobody.example")
    before = counts(face)
    answers = []
    changes = []
    for email in (ALICE, CAROL):
        answer = ask(face, email)
        shown = face.client.get(answer.location)
        answers.append((answer.status_code, answer.location, dict(answer.headers) | {"Date": ""}, shown.text))
        after = counts(face)
        changes.append({name: after[name] - before[name] for name in after})
        before = after
    assert answers[0] == answers[1]
    # The same work too: the same rows in the same tables.
    assert changes[0] == changes[1]
    assert [told["letter"] for told in letters(face)] == ["rights_confirm"] * 3


def test_a_person_asks_confirms_sees_and_takes_along(face: Face) -> None:
    ask(face)
    link = path_of(face, "rights_confirm")
    before = counts(face)
    for _ in range(2):
        assert "Yes, this is my request" in face.client.get(f"{link}?lang=en").text
    assert counts(face) == before, "looking changes nothing"
    done = face.client.post(f"{link}?lang=en")
    assert "It is done" in done.text and Page(done.text).faults == []
    export = path_of(face, "rights_answer")
    before = counts(face)
    for lang in LANGUAGES:
        seen = face.client.get(f"{export}?lang={lang}")
        assert (seen.status_code, Page(seen.text).faults) == (200, [])
        assert "<b>Martin" not in seen.text and "&lt;b&gt;Martin" in seen.text and ALICE in seen.text
        assert "Set-Cookie" not in seen.headers and "<script" not in seen.text
        assert seen.headers["Cache-Control"] == "no-cache, no-store"
    assert counts(face) == before
    for form, media_type in (("json", "application/json"), ("csv", "text/csv"), ("vcard", "text/vcard")):
        taken = face.client.post(export, data={"format": form})
        assert (taken.status_code, taken.mimetype) == (200, media_type)
        assert ALICE in taken.text and "attachment" in taken.headers["Content-Disposition"]
    assert face.client.post(export, data={"format": "exe"}).status_code == 400


def test_confirming_twice_is_confirming_once(face: Face) -> None:
    ask(face)
    link = path_of(face, "rights_confirm")
    face.client.post(link)
    before, sent = counts(face), len(letters(face))
    again = face.client.post(f"{link}?lang=en")
    assert again.status_code == 200 and "It is done" in again.text
    assert "You have confirmed" in face.client.get(f"{link}?lang=en").text
    assert (counts(face), len(letters(face))) == (before, sent)


def test_an_erasure_is_confirmed_and_left_to_an_officer(face: Face) -> None:
    ask(face, kind="erasure")
    done = face.client.post(f"{path_of(face, 'rights_confirm')}?lang=en")
    assert "We answer by 22 December 2026" in done.text
    with face.parts.database.read() as session:
        assert session.scalars(select(RightsCase.state)).one() == "accepted"
        assert session.scalars(select(Person)).one().erased_at is None


def test_every_bad_link_gets_the_same_answer(face: Face) -> None:
    ask(face)
    confirm = path_of(face, "rights_confirm").rpartition("/")[2]
    face.client.post(f"/privacy/request/{confirm}")
    export = path_of(face, "rights_answer").rpartition("/")[2]
    foreign = face.link(ALICE, "choices")
    bad = ["x", "a.b", export[:-1], export + "x", "%00", "é", "x" * 4000, foreign]
    paths = [f"/privacy/export/{token}" for token in [*bad, confirm]]
    paths += [f"/privacy/request/{token}" for token in [*bad, export]]
    before = counts(face)
    answers = {(got.status_code, Page(got.text).text) for got in (face.client.get(path) for path in paths)}
    posted = {face.client.post(path, data={"format": "json"}).status_code for path in paths}
    assert len(answers) == 1 and {status for status, _ in answers} == posted == {404}
    assert counts(face) == before


def test_links_run_out_and_a_newer_one_replaces_them(face: Face) -> None:
    ask(face)
    first = path_of(face, "rights_confirm")
    ask(face)
    second = path_of(face, "rights_confirm")
    assert (face.client.get(first).status_code, face.client.get(second).status_code) == (404, 200)
    face.parts.clock = lambda: NOW + links.LIFE["confirm"]
    assert face.client.get(second).status_code == face.client.post(second).status_code == 404
    with face.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RightsCase)) == 1


def test_an_export_link_is_checked_again_when_it_is_used(face: Face) -> None:
    ask(face)
    face.client.post(path_of(face, "rights_confirm"))
    export = path_of(face, "rights_answer")
    assert face.client.get(export).status_code == 200
    p = face.parts
    with p.database.write() as session:
        made = erasure.plan(session, p.vault, person_id(p.vault, ALICE), NOW)
        erasure.carry_out(session, p.vault, made, reason="request", now=NOW)
    assert face.client.get(export).status_code == 404
    p.clock = lambda: NOW + links.LIFE["export"]
    assert face.client.get(export).status_code == 404


def test_a_stranger_sees_their_request_and_nothing_else(face: Face) -> None:
    ask(face, CAROL)
    face.client.post(path_of(face, "rights_confirm"))
    seen = face.client.get(f"{path_of(face, 'rights_answer')}?lang=en")
    assert seen.status_code == 200 and "We hold nothing about this address" in seen.text
    assert "nordlicht" not in seen.text and "Timesheets" not in seen.text


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "all"},
        {"kind": ""},
        {"email": "nobody"},
        {"email": ""},
        {"email": "a@b.example\0"},
        {"details": "x" * 4001},
    ],
)
def test_what_is_no_request_is_asked_again_and_changes_nothing(face: Face, form: dict[str, str]) -> None:
    before = counts(face)
    answer = ask(face, **({"email": ALICE, "kind": "access"} | form))
    assert (answer.status_code, Page(answer.text).faults) == (400, [])
    assert counts(face) == before


def test_a_network_has_a_budget_and_the_next_window_a_new_one(face: Face) -> None:
    for number in range(budget.PER_NETWORK):
        assert ask(face, f"p{number}@many.example", address=f"203.0.113.{number}").status_code == 303
    refused = ask(face, address="203.0.113.200")
    assert refused.status_code == 429 and refused.headers["Retry-After"] == "3600"
    assert ask(face, address="198.51.100.1").status_code == 303, "others are not in the way"
    face.parts.clock = lambda: NOW + budget.WINDOW
    assert ask(face, address="203.0.113.200").status_code == 303
    with face.parts.database.read() as session:
        keys = "".join(session.scalars(select(RequestBudget.key)))
        assert "203.0.113" not in keys and "alice" not in keys


def test_no_mailbox_is_filled_and_nobody_learns_whose_budget_is_spent(face: Face) -> None:
    answers = {
        (answer.status_code, answer.location)
        for number in range(budget.PER_ADDRESS + 3)
        for answer in [ask(face, address=f"198.51.{number}.1")]
    }
    assert len(answers) == 1
    assert len([told for told in letters(face) if told["to"] == ALICE]) == budget.PER_ADDRESS


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("not an address", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_network_is_what_one_subscriber_has(address: str | None, network: str) -> None:
    assert budget.network_of(address) == network


def test_every_right_can_be_asked_for(face: Face) -> None:
    for kind in Right:
        assert ask(face, f"{kind.value}@x.example", kind=kind.value).status_code == 303
        assert face.client.post(path_of(face, "rights_confirm")).status_code == 200


def exported(face: Face) -> dict[str, Any]:
    ask(face)
    face.client.post(path_of(face, "rights_confirm"))
    told: dict[str, Any] = face.client.post(path_of(face, "rights_answer"), data={"format": "json"}).json
    return told


def test_invariant_16_the_export_holds_every_classified_column_and_survives_csv(face: Face) -> None:
    p = face.parts
    face.staff("/staff/api/prospects/" + person_id(p.vault, ALICE), Accept="application/json")
    told = exported(face)
    jsonschema.validate(told, schema(), jsonschema.Draft202012Validator)
    for trace in traces():
        for column in trace.table.columns:
            place = f"{trace.table.name}.{column.name}"
            shown = schema()["properties"]["data"]["properties"][trace.table.name]["items"]["required"]
            assert (column.name in shown) is (place not in WITHHELD), place
    assert told["data"]["people"][0]["email"] == ALICE
    assert told["data"]["observed_contacts"][0]["details"]["name"] == "Alice <b>Martin"
    assert told["staff_access"][0]["purpose"] == "prospecting"
    assert "alice" not in json.dumps(told["data"]["audit_events"]), "staff are not named"
    csv = face.client.post(path_of(face, "rights_answer"), data={"format": "csv"}).text
    again = from_csv(csv)
    for table in ("people", "licences", "prospects", "consent_events", "observed_contacts"):
        assert again.get(table) == told["data"].get(table)
    with p.database.read() as session:
        assert session.scalar(select(func.count()).where(AuditEvent.action == "rights.downloaded")) == 2


def test_what_the_marketplace_told_of_their_licences_is_in_it(face: Face) -> None:
    """Staff see on the time line how an app was found and why it was given up; so must the person."""
    rows = [
        {"appEntitlementNumber": "E-AAA-BBB-CCC-001", "addonKey": "com.alkaes.timesheets", "channel": "Search",
         "eventTimestamp": "2026-11-01T10:00:00Z", "referrerDomain": "www.search.example"},
        {"appEntitlementNumber": "E-AAA-BBB-CCC-001", "addonKey": "com.alkaes.timesheets", "feedbackType": "uninstall",
         "date": "2026-11-20", "reasonKey": "too_expensive"},
        evaluation(1, "Somebody Else", "else@example.com", lastUpdated="2020-01-01"),
        evaluation(77, "Nobody Here", "nobody@elsewhere.example"),
    ]  # fmt: skip
    p = face.parts
    take_all(p.database, p.vault, rows, source="file", as_of=None, now=p.clock())
    told = exported(face)
    jsonschema.validate(told, schema(), jsonschema.Draft202012Validator)
    heard = told["data"]["observations"]
    assert {row["licence"] for row in heard} == {"E-AAA-BBB-CCC-001"}
    assert sorted(row["kind"] for row in heard) == ["attribution", "feedback", "licence"]
    facts = {row["kind"]: row["facts"] for row in heard}
    assert facts["attribution"]["channel"] == "Search" and facts["feedback"]["reasonKey"] == "too_expensive"
    assert not any("links" in row["facts"] for row in heard)
    for secret in ("else@", "Somebody Else", "nobody@"):
        assert secret not in json.dumps(told)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_article_15_asks_for_is_told(face: Face, lang: str) -> None:
    ask(face)
    face.client.post(path_of(face, "rights_confirm"))
    told = face.client.post(f"{path_of(face, 'rights_answer')}?lang={lang}", data={"format": "json"}).json["about"]
    for part in ("purposes", "categories", "recipients", "periods", "rights"):
        assert told[part], part
    assert "Atlassian" in told["source"] and told["authority"]["name"] == "CNIL"
    assert told["answer_within"] == {"en": "1 month", "fr": "1 mois"}[lang]


def test_a_vcard_is_escaped_and_folded() -> None:
    card = as_vcard({"name": "Zoé; Martin, \\x\nBEGIN:VCARD" + "é" * 60, "email": "z@x.example", "phone": "+33 1"})
    lines = card.split("\r\n")
    assert lines[:2] == ["BEGIN:VCARD", "VERSION:4.0"] and lines[-2:] == ["END:VCARD", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    whole = card.replace("\r\n ", "")
    assert "FN:Zoé\\; Martin\\, \\\\x\\nBEGIN:VCARDé" in whole
    assert [line for line in whole.split("\r\n") if line.startswith("BEGIN")] == ["BEGIN:VCARD"]


def test_proxies_of_ours_are_believed_and_nobody_else(face: Face) -> None:
    def networks() -> int:
        with face.parts.database.read() as session:
            return session.scalar(select(func.count()).select_from(RequestBudget)) or 0

    def call(forwarded: str) -> None:
        sent = {"kind": "access", "email": ALICE}
        face.client.post("/privacy/request", data=sent, headers={"X-Forwarded-For": forwarded})

    call("198.51.100.1")
    assert networks() == 2
    call("198.51.101.1")
    assert networks() == 2, "whoever is not our proxy may write what they like"
    face.parts.settings = face.parts.settings.model_copy(update={"trusted_proxies": 1})
    call("192.0.2.9, 198.51.100.1")
    call("192.0.3.9, 198.51.100.2")
    assert networks() == 3
