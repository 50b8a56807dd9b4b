"""The console: what an officer runs without a browser, each command once, as they would type it. On both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers import work
from models.database import Database
from models.people import Person, Prospect
from tests.handlers.faces import NOW, Face, evaluation, running

ALICE = "alice.martin@nordlicht.example"


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", ALICE))
        work.drain(face.parts)
        yield face


def run(face: Face, *args: str, code: int = 0, **options: Any) -> str:
    result = face.app.test_cli_runner().invoke(args=list(args), **options)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def told(face: Face, *args: str) -> Any:
    return json.loads(run(face, *args, "--json"))


def person(face: Face) -> str:
    with face.parts.database.read() as session:
        return session.scalars(select(Person.id)).one()


def test_retain_shows_what_will_be_due_and_does_what_is(face: Face) -> None:
    now = told(face, "retain", "--dry-run")
    later = told(face, "retain", "--as-of", "2036-01-01")
    people = {name: next(one["due"] for one in found["rules"] if one["rule"] == "people")
              for name, found in (("now", now), ("later", later))}  # fmt: skip
    assert (people, now["dry_run"], later["certificate"]) == ({"now": 0, "later": 1}, True, None)
    with face.parts.database.write() as session:
        assert session.get_one(Person, person(face)).erased_at is None, "looking changes nothing"
    face.parts.clock = lambda: NOW + timedelta(days=20)
    done = told(face, "retain")
    assert done["certificate"]["run"] and done["signature"]
    assert "people" in run(face, "retain", "--dry-run")


def test_a_clock_that_jumps_deletes_nothing_until_somebody_says_so(face: Face) -> None:
    run(face, "retain")
    face.parts.clock = lambda: NOW + timedelta(days=4_000)
    assert "--trust-clock" in run(face, "retain", code=1)
    assert told(face, "retain", "--trust-clock")["done"]["people"] == 1
    with face.parts.database.read() as session:
        assert session.scalars(select(Prospect)).one().flags == ["erased"]


def test_disclosures_are_entered_before_and_refused_by_default(face: Face) -> None:
    who = person(face)
    make = ["disclosures", "make", "--person", who, "--category", "identification", "--purpose", "accounting"]
    assert "refused" in run(face, *make, "--recipient", "paypal", "--basis", "law", code=1)
    law = [
        *make,
        "--recipient",
        "authorities",
        "--basis",
        "law",
        "--reference",
        "L102 B LPF",
        "--approved-by",
        "olivia",
    ]
    assert "Entered as" in run(face, *law)
    (entry,) = told(face, "disclosures", "list")
    assert entry["recipient"] == "authorities"
    assert ALICE not in run(face, "disclosures", "list")


def test_a_sale_is_announced_and_objected_to(face: Face) -> None:
    assert "2026-12-22" in run(face, "disclosures", "announce", "--kind", "sale", "--partner", "Example SA")
    run(face, "disclosures", "object", "1", person(face))
    run(face, "disclosures", "object", "9", person(face), code=1)
    assert told(face, "disclosures", "events")[0]["objections"] == 1


def test_an_incident_has_its_clock_and_its_end(face: Face) -> None:
    opened = run(face, "incidents", "open", "--title", "A laptop was lost", "--nature", "confidentiality",
                 "--category", "identification", "--people", "3", "--known-at", "2026-11-22T08:00")  # fmt: skip
    assert "2026-11-25 08:00" in opened
    (entry,) = told(face, "incidents", "list")
    assert entry["people"] == 3 and 0 < entry["hours_left"] < 72
    run(face, "incidents", "close", "1", "--consequences", "none", "--measures", "keys changed", code=1)
    run(face, "incidents", "notify", "1")
    run(face, "incidents", "tell-people", "1")
    run(face, "incidents", "close", "1", "--consequences", "none", "--measures", "keys changed")
    run(face, "incidents", "notify", "7", code=1)
    seen = ["incidents", "seen-by", "alice", "--since", "2026-11-22", "--until", "2026-11-23"]
    assert told(face, *seen) == []
    face.staff("/staff/api/prospects")
    assert told(face, *seen) == [{"person": person(face)}]


def test_access_is_given_until_a_day_and_taken(face: Face) -> None:
    run(face, "access", "bar", "alice")
    assert face.staff("/staff/api/prospects").status_code == 403
    run(face, "access", "allow", "alice", "--until", "2026-12-31")
    assert face.staff("/staff/api/prospects").status_code == 200
    assert {row["account"] for row in told(face, "access", "list")} == {"alice"}


def test_addresses_are_suppressed_and_asked_for_never_listed(face: Face) -> None:
    assert told(face, "suppress", "check", ALICE)["suppressed"] is False
    for _ in range(2):
        run(face, "suppress", "add", "Alice.Martin+x@nordlicht.example")
    assert told(face, "suppress", "check", ALICE)["suppressed"] is True
    assert told(face, "suppress", "check", ALICE, "--purpose", "news")["suppressed"] is False
    run(face, "suppress", "add", "no address", code=2)
    run(face, "suppress", "list", code=2)


def test_letters_and_calls_are_entered_and_read_for_a_purpose(face: Face) -> None:
    add = ["correspondence", "add", "--mode"]
    run(face, *add, "email", "--from", ALICE, "--title", "Hello", "--text", "-", input="Hi")
    run(face, *add, "phone", "--duration", "60")
    assert "of a call only" in run(face, *add, "phone", "--title", "x", code=1)
    listed = told(face, "correspondence", "list", "--person", person(face))
    assert [row["mode"] for row in listed] == ["email"] and ALICE not in str(listed)
    shown = run(face, "correspondence", "read", listed[0]["id"], "--purpose", "support", "--json")
    assert json.loads(shown)[0]["body"] == "Hi"


def test_the_journal_is_whole_and_says_who_looked(face: Face) -> None:
    face.staff(f"/staff/api/prospects/{person(face)}")
    assert "whole" in run(face, "audit", "verify")
    assert "prospect.read" in run(face, "audit", "reads", person(face))
    assert "whole" in run(face, "consent", "verify")
    assert told(face, "consent", "show", person(face))[0]["state"] == "notice_due"
    assert "0" in run(face, "backup", "replay-erasures")
