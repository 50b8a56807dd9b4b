"""Whoever was the contact of a licence, and is not any more, is kept no longer than everybody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from models.consent import ConsentEvent
from models.database import Database
from models.notes import Note
from models.people import Person, Prospect
from models.vault import Vault
from services import notes, retention
from services.marketplace.people import person_id, read_person
from services.marketplace.poll import take_all, take_rows
from services.marketplace.rebuild import rebuild
from services.marketplace.relink import relink
from services.may_contact import may_contact
from services.reader import reachable
from services.retention import clocks
from tests.services.retention import world
from tests.services.retention.world import YEAR

FIRST, SECOND = "first@alt.example", "second@alt.example"


def handed_over(**sold: Any) -> list[dict[str, Any]]:
    """One licence, first with one contact and then with another."""
    return [
        world.row(1, FIRST, "2022-03-01", updated="2022-03-05", **sold),
        world.row(1, SECOND, "2022-03-01", updated="2024-06-01", **sold),
    ]


def kept_until(database: Database, vault: Vault, email: str) -> date | None:
    with database.read() as session:
        return world.person(session, vault, email).kept_until


def erased(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Person.id).where(Person.erased_at.is_not(None))))


def run(database: Database, vault: Vault, now: datetime) -> dict[str, int]:
    done = retention.apply(database.write, vault, now, look=database.read, trusted_clock=True).done
    return {rule: rows for rule, rows in done.items() if rule.startswith("people")}


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1), (0, 0, 1)])
@pytest.mark.parametrize("take", [take_all, take_rows])
def test_in_whatever_order_they_come_they_are_told_and_go_three_years_after_their_own_act(
    database: Database, vault: Vault, now: datetime, order: tuple[int, ...], take: Callable[..., object]
) -> None:
    begun = now - 3 * YEAR
    rows = handed_over()
    for number in order:
        take(database, vault, [rows[number]], source="file", as_of=None, now=begun)
    relink(database, vault, begun)
    assert kept_until(database, vault, FIRST) == date(2025, 3, 1) and kept_until(database, vault, SECOND) is None
    with database.read() as session:
        assert set(session.scalars(select(Prospect.person_id))) == {person_id(vault, SECOND)}
        told = session.scalars(select(ConsentEvent.person_ref).where(ConsentEvent.state == "notice_due")).all()
        assert sorted(told) == sorted([person_id(vault, FIRST), person_id(vault, SECOND)])
        assert read_person(vault, world.person(session, vault, FIRST))["email"] == FIRST


def test_they_are_not_written_to_when_their_period_is_over_and_their_notes_go_with_them(
    database: Database, vault: Vault, now: datetime
) -> None:
    earlier, first = now - 2 * YEAR, person_id(vault, FIRST)
    world.settle(database, vault, earlier, handed_over()[:1])
    with database.write() as session:
        notes.write(session, vault, first, "Rang about the trial", actor="alice", purpose="support", now=earlier)
    world.settle(database, vault, now, handed_over())
    with database.read() as session:
        assert first not in {person.id for person in session.scalars(reachable())}
        for email in (FIRST, SECOND):
            receipt = may_contact(session, person_id(vault, email), "prospect", "email", now)
            assert not receipt.allowed and "is over" in receipt.reasons["en"][0]
    assert run(database, vault, now) == {"people": 1, "people.past_contacts": 1}
    assert first in erased(database)
    with database.read() as session:
        assert session.scalars(select(Note)).all() == []
    assert run(database, vault, now) == {}


def test_within_their_period_they_are_reached_and_stay(database: Database, vault: Vault, now: datetime) -> None:
    world.settle(database, vault, now, handed_over())
    with database.write() as session:
        # The database goes by its own clock: a day that stays in the future.
        clocks.contacted(session, person_id(vault, FIRST), date(2996, 12, 31))
    with database.read() as session:
        assert person_id(vault, FIRST) in {person.id for person in session.scalars(reachable())}
    assert run(database, vault, now) == {"people": 1}
    assert erased(database) == {person_id(vault, SECOND)}


def test_a_contact_of_a_client_is_kept_ten_years_from_the_day_they_were_last_named(
    database: Database, vault: Vault, now: datetime
) -> None:
    sold = {"licenseType": "COMMERCIAL", "tier": "10 Users", "maintenanceEndDate": "2030-01-01"}
    world.settle(database, vault, now, handed_over(**sold))
    assert kept_until(database, vault, FIRST) == date(2032, 3, 5)
    assert run(database, vault, now) == {}


def test_what_is_bought_later_is_none_of_theirs(database: Database, vault: Vault, now: datetime) -> None:
    trial, sold = handed_over()
    sold |= {"licenseType": "COMMERCIAL", "tier": "10 Users", "maintenanceStartDate": "2024-06-01",
             "maintenanceEndDate": "2030-01-01"}  # fmt: skip
    world.settle(database, vault, now, [trial, sold])
    assert run(database, vault, now) == {"people.past_contacts": 1}
    assert erased(database) == {person_id(vault, FIRST)}


def test_a_message_of_theirs_starts_the_clock_again_and_a_request_stops_it(
    database: Database, vault: Vault, now: datetime
) -> None:
    world.settle(database, vault, now, handed_over())
    with database.write() as session:
        clocks.contacted(session, person_id(vault, FIRST), date(2025, 1, 2))
    assert kept_until(database, vault, FIRST) == date(2028, 1, 2)
    with database.write() as session:
        world.person(session, vault, FIRST).restricted_at = now
    assert "people.past_contacts" not in run(database, vault, now + 5 * YEAR)


def test_whoever_is_named_again_has_a_prospect_again(database: Database, vault: Vault, now: datetime) -> None:
    world.settle(database, vault, now, handed_over())
    world.settle(database, vault, now, [world.row(2, FIRST, "2026-01-01")])
    assert kept_until(database, vault, FIRST) is None


def test_rebuilt_from_the_log_it_is_the_same(database: Database, vault: Vault, now: datetime) -> None:
    world.settle(database, vault, now, handed_over())
    with database.write() as session:
        world.person(session, vault, FIRST).kept_until = None
        world.person(session, vault, SECOND).kept_until = date(2020, 1, 1)
    rebuild(database, vault, now)
    assert kept_until(database, vault, FIRST) == date(2025, 3, 1) and kept_until(database, vault, SECOND) is None


def test_somebody_of_whom_no_row_has_a_day_goes_three_years_after_we_knew_them(
    database: Database, vault: Vault, now: datetime
) -> None:
    bare = world.row(1, FIRST, "2022-03-01") | dict.fromkeys(
        ("maintenanceStartDate", "latestEvaluationStartDate", "evaluationStartDate", "maintenanceEndDate",
         "latestEvaluationEndDate", "evaluationEndDate", "lastUpdated"))  # fmt: skip
    world.settle(database, vault, now, [bare])
    assert run(database, vault, now) == {}
    assert run(database, vault, now + 3 * YEAR) == {"people": 1}
