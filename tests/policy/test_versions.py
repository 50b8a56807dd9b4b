"""Versions: a new one only for a new text, old ones readable, changes told clause by clause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from models.database import Database
from services.policy import Policy, changes, diff, edition, editions, in_force, latest, record, text_of, upcoming

Single = Callable[[str, str], Policy]


def test_the_same_text_makes_no_second_version(database: Database, text: Policy, now: datetime) -> None:
    with database.write() as session:
        assert upcoming(session, text, now).number == 1
        assert record(session, text, now).number == 1
    with database.write() as session:
        assert record(session, text, now + timedelta(days=1)).number == 1
        found = latest(session)
    assert found is not None
    assert (found.digest, found.effective_at) == (text.digest, now)
    assert found.words("fr") == "Version 1, en vigueur depuis le 22 novembre 2026"
    assert found.words("en") == "Version 1, in force since 22 November 2026"


def test_changes_are_told_clause_by_clause(database: Database, single: Single, now: datetime) -> None:
    first = single("# T\n\n## A {#a}\n\nun\n\n## B {#b}\n\ndeux", "# T\n\n## A {#a}\n\none\n\n## B {#b}\n\ntwo")
    with database.write() as session:
        record(session, first, now)
    second = single("# T\n\n## A {#a}\n\nune\n\n## C {#c}\n\ntrois", "# T\n\n## A {#a}\n\none!\n\n## C {#c}\n\nthree")
    with database.write() as session:
        announced = diff(session, second)
        record(session, second, now)
        told = changes(session, 1, 2, "en")
    assert [(one.kind, one.id, one.before, one.after) for one in told] == [
        ("changed", "a", "one", "one!"),
        ("added", "c", "", "three"),
        ("removed", "b", "two", ""),
    ]
    assert announced["en"] == told
    assert [one.after for one in announced["fr"]] == ["une", "trois", ""]


def test_an_old_version_stays_readable_and_a_future_one_waits(
    database: Database, single: Single, now: datetime
) -> None:
    later = now + timedelta(days=30)
    with database.write() as session:
        record(session, single("# T\n\n## A {#a}\n\nvieux", "# T\n\n## A {#a}\n\nold"), now)
    with database.write() as session:
        record(session, single("# T\n\n## A {#a}\n\nneuf", "# T\n\n## A {#a}\n\nnew"), now, effective_at=later)
    with database.read() as session:
        today, then = in_force(session, now), in_force(session, later)
        old = text_of(session, 1, "en")
        assert today is not None
        assert then is not None
        assert (today.number, then.number) == (1, 2)
        assert old is not None
        assert "<p>old</p>" in old.html
        assert [one.number for one in editions(session)] == [2, 1]
        assert edition(session, 3) is None


def test_a_text_that_comes_back_is_a_version_of_its_own(database: Database, single: Single, now: datetime) -> None:
    texts = [single(f"# T\n\n## A {{#a}}\n\n{word}", f"# T\n\n## A {{#a}}\n\n{word}") for word in ("x", "y", "x")]
    with database.write() as session:
        numbers = [record(session, text, now).number for text in texts]
    assert numbers == [1, 2, 3]
    with database.read() as session:
        assert diff(session, texts[2]) == {"fr": [], "en": []}


def test_before_the_first_version_every_clause_is_new(database: Database, text: Policy) -> None:
    with database.read() as session:
        told = diff(session, text)
    assert {one.kind for one in told["fr"]} == {"added"}
    assert len(told["fr"]) == len(text.clauses["fr"])
