"""Who may raise consent: the database itself says so. On both kinds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError

from models.database import Database
from services import consent
from services.consent import ConsentState, Entry

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def enter(database: Database, state: ConsentState, actor: str) -> None:
    with database.write() as session:
        consent.append(session, [Entry("p1", "news", "email", state, actor, "test")], NOW)


def test_invariant_1_no_feed_no_program_and_no_staff_raises_consent(database: Database) -> None:
    for actor in ("feed", "system", "staff", "command"):
        for state in (ConsentState.GRANTED, ConsentState.REQUESTED):
            with pytest.raises(IntegrityError, match="only the person"):
                enter(database, state, actor)
    for state in (ConsentState.LEGITIMATE_INTEREST, ConsentState.WITHDRAWN, ConsentState.OBJECTED):
        with pytest.raises(IntegrityError, match="only the person"):
            enter(database, state, "feed")
    with database.read() as session:
        assert consent.current(session, "p1") == []


def test_the_person_and_an_officer_raise_it_and_a_feed_makes_known(database: Database) -> None:
    enter(database, ConsentState.NOTICE_DUE, "feed")
    enter(database, ConsentState.REQUESTED, "officer")
    enter(database, ConsentState.GRANTED, "person")
    with database.read() as session:
        assert [one["state"] for one in consent.current(session, "p1")] == ["granted"]
        assert consent.verify(session) is None
