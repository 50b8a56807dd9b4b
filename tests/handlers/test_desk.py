"""What staff look after: quarantine, journal, policy and checks; for staff alone, through either door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from models.consent import AuditEvent
from models.database import Database
from models.queues import InboxItem, ItemState
from services import inbox
from tests.handlers.faces import NOW, Face, Page, evaluation, running

PAGES = ("inbox", "audit", "policy", "dashboards", "checkup")
HOSTILE = "=cmd() <script>alert(1)</script> " + "W" * 10_000


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", "alice@nordlicht.example"))
        yield face


def put_aside(face: Face, number: int = 1, reason: str = "not-an-envelope") -> None:
    """An event that was not understood."""
    delivery = inbox.Delivery("marketplace", f"evt-{number}", b'{"name": "Alice Martin"}', "marketplace")
    with face.parts.database.write() as session:
        inbox.set_aside(session, face.parts.vault, delivery, reason, NOW)


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_sound_in_either_language_and_names_nobody(face: Face, name: str, lang: str) -> None:
    put_aside(face, reason=HOSTILE)
    face.staff("/staff/api/prospects")
    answer = face.staff(f"/staff/api/{name}", **{"Accept-Language": lang})
    page = Page(answer.text)
    assert (answer.status_code, page.faults, page.lang) == (200, [], lang)
    assert "Martin" not in answer.text and "<script>" not in answer.text
    assert f'data-section="{name}"' in answer.text
    assert face.staff(f"/staff/api/{name}", Accept="application/json").is_json


@pytest.mark.parametrize("name", PAGES)
def test_who_is_no_staff_is_refused(face: Face, name: str) -> None:
    answer = face.staff(f"/staff/api/{name}", account="mallory")
    assert (answer.status_code, answer.json["code"]) == (403, "not-staff")


def test_what_was_put_aside_is_tried_again_one_by_one_or_all_together(face: Face) -> None:
    for number in range(3):
        put_aside(face, number)
    listed = face.staff("/staff/api/inbox", Accept="application/json").json
    assert (listed["total"], len(listed["items"])) == (3, 3)
    chosen = {"queue": "inbox", "id": str(listed["items"][0]["id"])}
    assert face.post("/staff/api/inbox/retry", chosen).json == {"retried": 1}
    assert face.post("/staff/api/inbox/retry", {}).json == {"retried": 2}
    with face.parts.database.read() as session:
        states = set(session.scalars(select(InboxItem.state).where(InboxItem.source == "marketplace")))
        counts = [event.detail for event in session.scalars(select(AuditEvent).filter_by(action="queue.retry"))]
    assert states == {ItemState.READY}
    assert counts == [{"queue": "inbox", "count": 1}, {"queue": "all", "count": 2}]


@pytest.mark.parametrize("form", [{"queue": "people", "id": "1"}, {"queue": "inbox", "id": "x"}, {"queue": "inbox"}])
def test_an_item_that_there_is_not_is_refused_and_nothing_is_tried(face: Face, form: dict[str, str]) -> None:
    put_aside(face)
    assert face.post("/staff/api/inbox/retry", form).status_code == 400
    assert face.staff("/staff/api/inbox", Accept="application/json").json["total"] == 1


def test_the_journal_is_read_in_pages_and_by_account_act_and_subject(face: Face) -> None:
    (item,) = face.staff("/staff/api/prospects", Accept="application/json").json["items"]
    for _ in range(3):
        face.staff(f"/staff/api/prospects/{item['id']}")

    def read(query: str) -> dict:
        return face.staff(f"/staff/api/audit?{query}", Accept="application/json").json

    assert [entry["action"] for entry in read("")["items"]] == ["prospect.read"] * 3 + ["prospects.list"]
    assert len(read(f"subject={item['id']}")["items"]) == 3
    assert [entry["read"] for entry in read("action=prospects.list")["items"]] == [1]
    assert read("actor=mallory")["items"] == []
    first = read("limit=3")
    rest = read(f"limit=3&before={first['next']}")
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 1, None)
    assert face.staff("/staff/api/audit?before=x").status_code == 400


def test_a_changed_journal_is_found_out(face: Face) -> None:
    face.staff("/staff/api/prospects")
    assert face.post("/staff/api/audit/verify", {}).json == {"whole": True, "broken_at": None}
    with face.parts.database.write() as session:
        forged = {"subject": None, "purpose": "x", "detail": {}, "at": NOW, "previous_hash": "0", "hash": "0"}
        session.add(AuditEvent(seq=2, actor_ref="x", action="x", **forged))
    told = face.post("/staff/api/audit/verify", {}).json
    assert (told["whole"], told["broken_at"]) == (False, 2)
    assert "is not as it was written" in face.staff("/staff/api/audit/verify", method="POST").text


def test_a_publication_is_queued_only_where_there_is_somewhere_to_publish(face: Face) -> None:
    found = face.staff("/staff/api/policy", Accept="application/json").json
    assert found["target"] == "FAIRTRIAL_POLICY_SPACE is not set"
    assert found["version"] is None and min(found["pending"].values()) > 0
    assert face.post("/staff/api/policy/publish", {}).status_code == 409


def test_the_check_tells_what_to_set_first(face: Face) -> None:
    points = face.staff("/staff/api/checkup", Accept="application/json").json["points"]
    by_key = {point["key"]: point for point in points}
    assert by_key["jira"]["state"] == "look" and by_key["database"]["state"] == "fine"
    assert by_key["reports"]["setting"] == "FAIRTRIAL_MARKETPLACE_TOKEN"
    assert [point["state"] for point in points] == sorted(
        (p["state"] for p in points), key=["look", "off", "fine"].index
    )
    put_aside(face)
    again = face.staff("/staff/api/checkup", Accept="application/json").json["points"]
    assert {point["key"]: point["state"] for point in again}["put_aside"] == "look"
