"""Staff in the frame: shells that say nothing, fragments that say what they may, and a journal of every reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.consent import AuditEvent
from models.database import Database
from services import audit
from tests.handlers.faces import Face, Page, evaluation, running

PEOPLE = (
    evaluation(1, "Alice Martin", "alice@nordlicht.example"),
    evaluation(2, "<script>alert(1)</script>", "bob@rail.example"),
    evaluation(3, "محمد الحربي", "m@harbi.example", addonName="Diagrams", addonKey="com.alkaes.diagrams"),
    evaluation(4, "W" * 10_000, "w@long.example"),
)


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        yield face


@pytest.fixture
def filled(face: Face) -> Face:
    face.take(*PEOPLE)
    return face


def found(face: Face, query: str = "") -> list[str]:
    answer = face.staff(f"/staff/api/prospects{query}", Accept="application/json")
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


@pytest.mark.parametrize("path", ["/staff/prospects", "/staff/prospect?id=x1"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_shell_is_sound_and_says_nothing_of_anybody(filled: Face, path: str, lang: str) -> None:
    answer = filled.page(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    page = Page(answer.text)
    assert (answer.status_code, page.faults, page.lang) == (200, [], lang)
    assert "Martin" not in answer.text
    assert 'data-fragment="/staff/api/prospects' in answer.text


def test_a_shell_needs_the_hosts_own_token(filled: Face) -> None:
    assert filled.client.get("/staff/prospects").status_code == 401


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_list_is_sound_whatever_people_are_called(filled: Face, lang: str) -> None:
    answer = filled.staff("/staff/api/prospects", **{"Accept-Language": lang})
    page = Page(answer.text)
    assert (page.faults, page.lang) == ([], lang)
    assert "<script>" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<bdi>محمد الحربي</bdi>" in answer.text
    assert "W" * 81 not in answer.text
    assert {"en": "Notice due", "fr": "Information due"}[lang] in page.text


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_each_prospect_is_sound_whatever_people_are_called(filled: Face, lang: str) -> None:
    for prospect in found(filled):
        answer = filled.staff(f"/staff/api/prospects/{prospect}", **{"Accept-Language": lang})
        page = Page(answer.text)
        assert (answer.status_code, page.faults, page.lang) == (200, [], lang)
        assert "<script>" not in answer.text
        assert {"en": "in 10 days", "fr": "dans 10 jours"}[lang] in page.text


def test_json_is_what_machines_get_and_everybody_who_asks_for_nothing(filled: Face) -> None:
    answer = filled.staff("/staff/api/prospects?q=nordlicht", Accept="*/*")
    (item,) = answer.json["items"]
    assert (answer.json["total"], item["name"], item["consent"]) == (1, "Alice Martin", "notice_due")
    shown = filled.staff(f"/staff/api/prospects/{item['id']}", Accept="application/json").json
    assert shown["evaluations"][0]["ends_on"] == "2026-12-02"
    assert shown["person"]["email"] == "alice@nordlicht.example"


def test_filters_narrow_and_stay_on_the_page(filled: Face) -> None:
    assert len(found(filled)) == 4
    assert len(found(filled, "?app=Diagrams")) == 1
    assert len(found(filled, "?email=bob@rail.example&state=evaluating")) == 1
    page = filled.staff("/staff/api/prospects?app=Diagrams&state=evaluating&q=harbi").text
    assert 'id="chip-app">' in page
    assert '<option value="evaluating" selected>' in page
    assert 'href="#/staff/api/prospects?state=evaluating&amp;q=harbi"' in page


def test_paging_shows_everybody_once(filled: Face) -> None:
    seen, after = [], ""
    while after is not None:
        page = filled.staff(f"/staff/api/prospects?limit=1&after={after}".removesuffix("&after="), Accept="*/*").json
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
    assert sorted(seen) == sorted(found(filled))
    first = filled.staff("/staff/api/prospects?limit=3").text
    assert "page-next" in first
    assert "page-first" not in first


def test_the_three_kinds_of_nothing_are_told_apart(face: Face) -> None:
    assert "No prospects yet" in face.staff("/staff/api/prospects").text
    face.take(*PEOPLE)
    assert "No prospect matches" in face.staff("/staff/api/prospects?q=zzzzzz").text
    broken = face.staff("/staff/api/prospects?after=nonsense")
    assert (broken.status_code, broken.json["code"]) == (400, "bad-cursor")


def test_odd_queries_are_refused_by_name(face: Face) -> None:
    for limit in ("0", "-1", "x", "9999999", "%C2%B2"):
        answer = face.staff(f"/staff/api/prospects?limit={limit}")
        assert (answer.status_code, answer.json["code"]) == (400, "bad-limit")
    long = face.staff(f"/staff/api/prospects?q={'x' * 501}")
    assert (long.status_code, long.json["code"]) == (400, "value-too-long")
    assert "x" * 501 not in long.text


def test_each_reading_names_its_purpose_and_is_in_the_journal(filled: Face) -> None:
    listed = found(filled)
    prospect = listed[0]
    filled.staff(f"/staff/api/prospects/{prospect}")
    filled.staff(f"/staff/api/prospects/{prospect}?purpose=rights")
    with filled.parts.database.read() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
        told = [(event.actor, event.action, event.subject, event.purpose) for event in events]
        assert audit.verify(session) is None
    assert told == [
        ("alice", "prospects.list", None, "prospecting"),
        ("alice", "prospect.read", prospect, "prospecting"),
        ("alice", "prospect.read", prospect, "rights"),
    ]
    assert events[0].detail == {"ids": listed}
    refused = filled.staff(f"/staff/api/prospects/{prospect}?purpose=curiosity")
    assert (refused.status_code, refused.json["code"]) == (400, "unknown-purpose")


def test_what_cannot_be_journalled_is_not_shown(filled: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("the journal is full")

    prospect = found(filled)[0]
    monkeypatch.setattr(audit, "record", broken)
    answer = filled.staff(f"/staff/api/prospects/{prospect}")
    assert answer.status_code == 500
    assert "example" not in answer.text


def test_who_is_no_staff_gets_a_plain_refusal_and_nothing_else(filled: Face) -> None:
    prospect = found(filled)[0]
    for path in ("/staff/api/prospects", f"/staff/api/prospects/{prospect}"):
        answer = filled.staff(path, account="mallory")
        assert (answer.status_code, answer.json["code"]) == (403, "not-staff")
        assert "example" not in answer.text
    assert filled.client.get("/staff/api/prospects").status_code == 401


def test_staff_make_a_link_for_the_person_and_the_journal_knows(filled: Face) -> None:
    (prospect,) = found(filled, "?q=nordlicht")
    path = f"/staff/api/prospects/{prospect}/choices-link"
    url = filled.staff(path, method="POST", Accept="application/json").json["url"]
    assert url.startswith(f"{filled.parts.settings.base_url}/privacy/choices/")
    seen = filled.client.get(url.removeprefix(filled.parts.settings.base_url))
    assert "Alice Martin" in seen.text
    fragment = filled.staff(path, method="POST", **{"Accept-Language": "fr"})
    assert Page(fragment.text).faults == []
    with filled.parts.database.read() as session:
        made = session.scalars(select(AuditEvent).filter_by(action="choices.link")).all()
        assert [(event.actor, event.subject) for event in made] == [("alice", prospect)] * 2


def test_an_unknown_prospect_is_not_found_and_not_journalled(filled: Face) -> None:
    for method, path in (("GET", "/staff/api/prospects/x"), ("POST", "/staff/api/prospects/x/choices-link")):
        assert filled.staff(path, method=method).status_code == 404
    with filled.parts.database.read() as session:
        assert session.scalars(select(AuditEvent)).all() == []
