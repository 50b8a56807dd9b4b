"""An organisation as staff see it, and what they decide of who belongs to it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.consent import AuditEvent
from models.database import Database
from models.marketplace import Licence
from services.marketplace import ingest
from services.marketplace.poll import take_all
from services.marketplace.relink import relink
from tests.handlers.faces import NOW, Face, Page, running
from tests.services.marketplace.test_decisions import ROWS, row

HOSTILE = row("4", "dora@lilas.example", "<script>alert(1)</script>")


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        take_all(database, face.parts.vault, [*ROWS, HOSTILE], source="file", as_of=None, now=NOW)
        yield face


def organisation_of(face: Face, licence: str) -> str:
    with face.parts.database.read() as session:
        return str(session.scalar(select(Licence.organisation_id).where(Licence.licence_key == licence)))


def linked(face: Face) -> None:
    """What the worker does after a decision."""
    with face.parts.database.read() as session:
        assert ingest.relink_requested(session)
    relink(face.parts.database, face.parts.vault, NOW)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_page_is_sound_and_each_of_its_people_was_read(face: Face, lang: str) -> None:
    path = f"/staff/api/organisations/{organisation_of(face, 'E-1000')}"
    answer = face.staff(f"{path}?purpose=support", **{"Accept-Language": lang})
    page = Page(answer.text)
    assert (answer.status_code, page.faults, page.lang) == (200, [], lang)
    assert "alice@lilas.example" in page.text and "carla@fjord.example" not in page.text
    assert "<script>" not in answer.text
    with face.parts.database.read() as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert last is not None and (last.action, last.purpose, last.actor) == ("prospects.list", "support", "alice")
    assert len(last.detail["ids"]) == 3


def test_the_page_of_a_prospect_leads_there(face: Face) -> None:
    (item,) = face.staff("/staff/api/prospects?q=fjord", Accept="application/json").json["items"]
    shown = face.staff(f"/staff/api/prospects/{item['id']}").text
    assert f"#/staff/api/organisations/{organisation_of(face, 'E-3000')}" in shown


def test_split_join_and_taking_back_show_on_the_page(face: Face) -> None:
    lilas = organisation_of(face, "E-1000")
    path = f"/staff/api/organisations/{lilas}"
    made = face.post(f"{path}/split", {"licence": "E-2000", "reason": "sold"})
    assert made.status_code == 200, made.text
    linked(face)
    apart = organisation_of(face, "E-2000")
    assert apart != organisation_of(face, "E-1000")
    shown = face.staff(f"/staff/api/organisations/{apart}", Accept="application/json").json
    assert [(one["kind"], one["reason"], one["actor"]) for one in shown["decisions"]] == [("apart", "sold", "alice")]
    assert "sold" in face.staff(f"/staff/api/organisations/{apart}").text
    back = f"/staff/api/organisations/{apart}/take-back"
    assert face.post(back, {"decision": str(made.json["id"])}).status_code == 200
    linked(face)
    assert organisation_of(face, "E-2000") == organisation_of(face, "E-1000")
    assert face.post(back, {"decision": str(made.json["id"])}).status_code == 404
    lilas = organisation_of(face, "E-1000")
    assert (
        face.post(f"/staff/api/organisations/{lilas}/join", {"licence": "E-3000", "reason": "bought"}).status_code
        == 200
    )
    linked(face)
    assert organisation_of(face, "E-3000") == organisation_of(face, "E-1000")


@pytest.mark.parametrize(
    ("act", "form", "code"),
    [
        ("split", {"licence": "E-3000", "reason": "r"}, "foreign-licence"),
        ("split", {"reason": "r"}, "foreign-licence"),
        ("split", {"licence": "E-1000", "reason": " "}, "bad-reason"),
        ("split", {"licence": "E-1000", "reason": "r" * 501}, "bad-reason"),
        ("split", {"licence": "E-1000", "reason": "a\x00b"}, "bad-reason"),
        ("join", {"licence": "E-9999", "reason": "r"}, "unknown-licence"),
        ("join", {"licence": "E-2000", "reason": "r"}, "own-licence"),
        ("join", {"licence": "x" * 400, "reason": "r"}, "bad-licence"),
        ("take-back", {"decision": "1 OR 1=1"}, "no-decision"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_decided(
    face: Face, act: str, form: dict[str, str], code: str
) -> None:
    answer = face.post(f"/staff/api/organisations/{organisation_of(face, 'E-1000')}/{act}", form)
    assert answer.status_code in (400, 404)
    assert json.loads(answer.text)["code"] == code
    with face.parts.database.read() as session:
        assert not session.scalars(select(AuditEvent).where(AuditEvent.action.startswith("links."))).all()


def test_there_is_no_page_of_an_organisation_that_is_not_there(face: Face) -> None:
    assert face.staff("/staff/api/organisations/none").status_code == 404
    assert face.post("/staff/api/organisations/none/join", {"licence": "E-1000", "reason": "r"}).status_code == 404
    assert (
        face.staff(f"/staff/api/organisations/{organisation_of(face, 'E-1000')}", account="mallory").status_code == 403
    )
