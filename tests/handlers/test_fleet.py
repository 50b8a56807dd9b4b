"""Whom to tell that what they run is out of support: of cases that one may see, and only whoever may be mailed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.consent import AuditEvent
from models.database import Database
from models.people import Person
from models.vault import Vault
from services import consent, suppression, tenants
from services.consent import ConsentState, Entry
from services.marketplace.people import known_by
from services.support import ending
from tests.connect.server import Asked, Reply
from tests.handlers.faces import NOW, Face, evaluation, running
from tests.support.test_advice import case, snapshot

ALICE, BOB = "alice.martin@nordlicht.example", "bob@nordlicht.example"
OLD = (("product", "Confluence", "8.5.19"), ("database", "PostgreSQL", "16.2"))
NEW = (("product", "Confluence", "9.2.3"), ("database", "PostgreSQL", "13.1"))


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", ALICE), evaluation(2, "Bob Stone", BOB))
        with database.write() as session:
            client_key = tenants.installed(session, "jira").client_key
            cases = [case(1, "carol", snapshot(1, 10, *OLD)), case(2, "dave", snapshot(2, 10, *NEW)),
                     case(3, "erin", snapshot(3, 10, ("product", "Jira", "99.1")))]  # fmt: skip
            for one in cases:
                one.client_key = client_key
            session.add_all([*cases, case(4, "of another site", snapshot(4, 10, *OLD))])
        yield face


def jira(face: Face, seen: list[str], addresses: dict[str, str]) -> None:
    """What Jira says: who is staff, which issues they see, and who reported them."""
    groups = face.jira.answer

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/permissions/check"):
            (wanted,) = asked.json["projectPermissions"]
            issues = [issue for issue in wanted["issues"] if str(issue) in seen]
            return Reply(200, {"projectPermissions": [{"permission": "BROWSE_PROJECTS", "issues": issues}]})
        if asked.path.endswith("/search/jql"):
            told = {
                issue: {"emailAddress": address} for issue, address in addresses.items() if issue in asked.json["jql"]
            }
            return Reply(200, {"issues": [{"id": issue, "fields": {"reporter": who}} for issue, who in told.items()]})
        return groups(asked)

    face.jira.answer = answer


def issues(face: Face) -> list[str]:
    with face.parts.database.read() as session:
        client_key = tenants.installed(session, "jira").client_key
        return [one.issue_id for one in ending.affected(session, client_key, NOW.date())]


def told_notice(face: Face, email: str) -> str:
    with face.parts.database.write() as session:
        (person,) = known_by(session, face.parts.vault, email)
        entry = Entry(person.id, "prospect", "email", ConsentState.LEGITIMATE_INTEREST, "system", "notice")
        consent.append(session, [entry], NOW)
        return str(person.id)


def listed(face: Face) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = face.staff("/staff/api/fleet/ending", Accept="application/json").json["items"]
    return found


def test_the_earliest_end_comes_first_and_what_is_supported_is_left_out(face: Face) -> None:
    with face.parts.database.read() as session:
        client_key = tenants.installed(session, "jira").client_key
        found = ending.affected(session, client_key, NOW.date())
    named = [[(part["name"], part["version"], part["state"]) for part in one.ending] for one in found]
    assert named == [
        [("PostgreSQL", "13.1", "ended"), ("Confluence", "9.2.3", "soon")],
        [("Confluence", "8.5.19", "ended")],
    ]


def test_only_who_may_be_mailed_is_named_and_each_refusal_has_its_reason(face: Face) -> None:
    first, second = issues(face)
    jira(face, [first, second], {first: ALICE, second: BOB})
    alice = told_notice(face, ALICE)
    rows = listed(face)
    assert [(row["email"], row["name"], row["allowed"]) for row in rows] == [
        (ALICE, "Alice Martin", True),
        (None, None, False),
    ]
    assert "Art. 14" in rows[1]["reasons"]["en"][0] and "article 14" in rows[1]["reasons"]["fr"][0]
    shown = face.staff("/staff/api/fleet/ending").text
    assert ALICE in shown and BOB not in shown and "Bob" not in shown
    with face.parts.database.read() as session:
        events = session.scalars(select(AuditEvent).filter_by(action="fleet.ending")).all()
        assert [event.detail["ids"] for event in events] == [[alice], [alice]]


def test_who_objected_is_not_told(face: Face) -> None:
    first, second = issues(face)
    jira(face, [first, second], {first: ALICE})
    told_notice(face, ALICE)
    with face.parts.database.write() as session:
        suppression.add(session, face.parts.vault, ALICE, "prospect", actor="console", now=NOW + timedelta(minutes=1))
    assert [row["allowed"] for row in listed(face)] == [False, False]


def test_a_case_that_one_may_not_see_is_not_there(face: Face) -> None:
    first, second = issues(face)
    jira(face, [second], {first: ALICE, second: BOB})
    told_notice(face, ALICE)
    rows = listed(face)
    assert len(rows) == 1 and ALICE not in json.dumps(rows)


def test_an_address_that_jira_hides_or_nobody_knows_is_nobody_to_be_told(face: Face) -> None:
    first, second = issues(face)
    jira(face, [first, second], {second: "stranger@elsewhere.example"})
    rows = listed(face)
    assert [(row["allowed"], row["person"]) for row in rows] == [(False, None)] * 2
    assert rows[0]["reasons"]["en"] == ["We do not know this person."]


def test_a_jira_that_does_not_answer_is_told(face: Face) -> None:
    groups = face.jira.answer
    face.jira.answer = lambda asked: Reply(500) if "permissions" in asked.path else groups(asked)
    assert face.staff("/staff/api/fleet/ending", Accept="application/json").status_code == 503


def test_an_address_of_the_same_mailbox_is_the_same_person(database: Database, vault: Vault) -> None:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", ALICE))
        with database.read() as session:
            (same,) = known_by(session, face.parts.vault, ALICE.replace("@", "+jira@"))
            assert same.id == session.scalars(select(Person.id)).one()
