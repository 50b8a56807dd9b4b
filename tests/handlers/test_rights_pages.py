"""The rights desk as staff and officers see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from models.database import Database
from models.rights import Right
from tests.handlers.faces import Face, Page, evaluation, running

EMAIL = "alice@nordlicht.example"
WORDS = "<script>alert(1)</script> =cmd() محمد " + "W" * 3_000


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", EMAIL))
        yield face


def taken(face: Face, kind: str) -> dict[str, Any]:
    """A request that alice took down on the telephone."""
    form = {"kind": kind, "email": EMAIL, "channel": "phone", "language": "fr", "details": WORDS}
    answer = face.post("/staff/api/rights", form)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json["case"]
    return found


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_each_kind_of_request_is_sound_whatever_they_wrote(face: Face, lang: str) -> None:
    for kind in Right:
        case = taken(face, kind)
        for account in ("alice", "olivia"):
            answer = face.staff(f"/staff/api/rights/{case['id']}", account=account, **{"Accept-Language": lang})
            page = Page(answer.text)
            assert (answer.status_code, page.faults, page.lang) == (200, [], lang), kind
            assert "<script>" not in answer.text
    for query in ("", "?all=1"):
        page = Page(face.staff(f"/staff/api/rights{query}", **{"Accept-Language": lang}).text)
        assert (page.faults, page.lang) == ([], lang)
        assert EMAIL not in page.text


def test_staff_read_a_request_and_officers_decide(face: Face) -> None:
    case = taken(face, "access")
    path = f"/staff/api/rights/{case['id']}"
    assert "A privacy officer decides" in face.staff(path).text
    assert "Fulfil and answer" in face.staff(path, account="olivia").text
    assert face.post(f"{path}/fulfil", {}).json["code"] == "not-an-officer"
    assert face.staff(f"{path}/fulfil", account="olivia", method="POST").status_code == 200
    assert "It has been answered" in face.staff(path, account="olivia").text
    assert "No request waits for an answer" in face.staff("/staff/api/rights").text


def test_a_plan_is_shown_before_anything_is_erased(face: Face) -> None:
    case = taken(face, "erasure")
    path = f"/staff/api/rights/{case['id']}"
    shown = face.staff(f"{path}/plan", account="olivia", method="POST").text
    assert "Nothing has been done yet" in shown and Page(shown).faults == []
    assert "Alice Martin" in face.staff("/staff/api/prospects").text
    face.staff(f"{path}/fulfil", account="olivia", method="POST")
    assert "Alice Martin" not in face.staff("/staff/api/prospects").text
