"""The list as staff keep it and take it away: views of their own, columns, and a file that goes through the gate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.consent import AuditEvent
from models.database import Database
from models.people import Person, Prospect
from models.views import SavedView
from services import consent
from tests.handlers.faces import NOW, Face, Page, evaluation, running

PEOPLE = (
    evaluation(1, "=cmd()|' /C calc'!A0", "alice@nordlicht.example"),
    evaluation(2, "Bob Ray", "bob@rail.example"),
    evaluation(3, "محمد الحربي", "m@harbi.example"),
)


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(*PEOPLE)
        yield face


def agree(face: Face, email: str) -> None:
    """This person may be mailed from now on."""
    with face.parts.database.write() as session:
        person = session.scalars(
            select(Person).filter_by(email_index=face.parts.vault.blind_index("email", email))
        ).one()
        entry = consent.Entry(
            person.id, "prospect", "email", consent.ConsentState.GRANTED, "person", "choices", "consent"
        )
        consent.append(session, [entry], NOW)


def rows(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def test_a_file_for_prospecting_has_only_whom_one_may_mail_and_the_journal_knows(face: Face) -> None:
    agree(face, "bob@rail.example")
    answer = face.staff("/staff/api/prospects.csv?purpose=prospecting")
    assert [row["email"] for row in rows(answer)] == ["bob@rail.example"]
    assert answer.headers["X-Left-Out"] == "2"
    with face.parts.database.read() as session:
        (event,) = session.scalars(select(AuditEvent).filter_by(action="prospects.export"))
    assert (event.purpose, event.detail["left_out"], len(event.detail["ids"])) == ("prospecting", 2, 1)


def test_the_page_of_a_prospect_says_whether_one_may_write_and_why(face: Face) -> None:
    by_email = {item["email"]: item["id"] for item in face.staff("/staff/api/prospects", Accept="*/*").json["items"]}
    bob = f"/staff/api/prospects/{by_email['bob@rail.example']}"
    assert "No, not now" in face.staff(bob).text
    agree(face, "bob@rail.example")
    assert "Yes, you may" in face.staff(bob).text
    with face.parts.database.write() as session:
        prospect = session.get_one(Prospect, by_email["bob@rail.example"])
        session.get_one(Person, prospect.person_id).restricted_at = NOW
    assert "No, not now" in face.staff(bob).text


def test_a_file_runs_nothing_in_a_spreadsheet_and_keeps_every_script(face: Face) -> None:
    found = {row["email"]: row for row in rows(face.staff("/staff/api/prospects.csv?purpose=rights"))}
    assert found["alice@nordlicht.example"]["name"].startswith("'=cmd()")
    assert found["m@harbi.example"]["name"] == "محمد الحربي"
    assert found["bob@rail.example"]["organisation"] == "Company 2"


def test_a_file_is_narrowed_as_the_list_is(face: Face) -> None:
    assert [row["name"] for row in rows(face.staff("/staff/api/prospects.csv?purpose=support&q=bob"))] == ["Bob Ray"]
    assert face.staff("/staff/api/prospects.csv?purpose=fun").status_code == 400
    assert face.staff("/staff/api/prospects.csv", account="mallory").status_code == 403


def test_a_view_is_kept_for_its_account_alone_and_without_words_searched_for(face: Face) -> None:
    form = {"name": "  Ours,  to call ", "state": "evaluating", "q": "Martin", "hide": "consent"}
    (kept,) = face.post("/staff/api/views", form).json["views"]
    assert (kept["name"], kept["query"]) == ("Ours, to call", {"state": "evaluating", "hide": "consent"})
    shown = face.staff("/staff/api/prospects").text
    assert "Ours, to call" in shown and Page(shown).faults == []
    with face.parts.database.write() as session:
        session.add(SavedView(account_ref="acc_olivia", name="Hers", query={}))
        session.flush()
        hers = session.scalars(select(SavedView.id).filter_by(name="Hers")).one()
    assert "Hers" not in face.staff("/staff/api/prospects").text
    assert len(face.post(f"/staff/api/views/{hers}/drop", {}).json["views"]) == 1
    assert face.post(f"/staff/api/views/{kept['id']}/drop", {}).json == {"views": []}
    with face.parts.database.read() as session:
        assert session.scalars(select(SavedView.name)).all() == ["Hers"]


def test_a_name_is_replaced_and_there_is_an_end_to_views(face: Face) -> None:
    for state in ("won", "grace"):
        (kept,) = face.post("/staff/api/views", {"name": "A", "state": state}).json["views"]
    assert kept["query"] == {"state": "grace"}
    for number in range(19):
        assert face.post("/staff/api/views", {"name": f"V{number}"}).status_code == 200
    assert face.post("/staff/api/views", {"name": "one too many"}).json["code"] == "too-many-views"
    for name in ("", "   ", "x" * 41, "a\x00b"):
        assert face.post("/staff/api/views", {"name": name}).json["code"] == "bad-name"


def test_columns_are_left_out_as_asked(face: Face) -> None:
    answer = face.staff("/staff/api/prospects?hide=consent,ends&hide=apps,nonsense")
    page = Page(answer.text)
    assert page.faults == []
    assert answer.text.count('role="columnheader"') == 3


def test_the_list_comes_in_the_order_asked_for_and_no_other(face: Face) -> None:
    face.take(evaluation(9, "Zoé Late", "zoe@late.example", maintenanceEndDate="2027-06-01"))
    last = face.staff("/staff/api/prospects?sort=-ends_on", Accept="*/*").json["items"]
    assert last[0]["email"] == "zoe@late.example"
    assert face.staff("/staff/api/prospects?sort=name").json["code"] == "unknown-sort"
    assert Page(face.staff("/staff/api/prospects?sort=ends_on").text).faults == []
