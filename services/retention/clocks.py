"""The day until which a prospect is kept, stored beside it: reading leaves out what is over by one indexed column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from models.marketplace import Licence
from models.people import Person, Prospect
from services.marketplace.identity import chunks
from services.marketplace.people import living
from services.retention import past_contacts
from services.retention.periods import FOR_NOW, Kept, prospect_period


def shown() -> ColumnElement[bool]:
    """The condition under which a person may be found, by the database's own clock: reading can't be told a date."""
    return or_(Prospect.kept_until.is_(None), Prospect.kept_until > func.current_date())


def over() -> ColumnElement[bool]:
    """The condition under which nobody may be: not `~shown()`, which is true of the same rows and is no use of an index
    to find them."""
    return Prospect.kept_until <= func.current_date()


def is_past(today: Any) -> ColumnElement[bool]:
    """Of a row of `people`: is their period over, by their prospect's day or, where they have none, by their own?
    `today`: a date, or the database's own."""
    by_prospect = exists().where(Prospect.person_id == Person.id, Prospect.kept_until <= today)
    return or_(and_(Person.kept_until.is_not(None), Person.kept_until <= today), by_prospect)


def over_among(session: Session, prospects: Sequence[str]) -> set[str]:
    """Those of them whose person is not shown any more, although the purge has not come by yet."""
    return set(session.scalars(select(Prospect.id).where(Prospect.id.in_(prospects), over())))


def is_over(prospect: Prospect, now: datetime) -> bool:
    """Is its period over, so that it must not be shown any more?"""
    return prospect.kept_until is not None and prospect.kept_until <= now.date()


def kept_until(licences: Sequence[Any], person: Person | Row[Any] | None) -> date:
    """What is stored of a prospect with these licences."""
    if person is not None and person.erased_at is not None:
        return FOR_NOW
    return _period(licences, person).until or FOR_NOW


def settle(session: Session, limit: int) -> int:
    """Work out the day of prospects that have none yet; gives how many."""
    waiting = session.scalars(select(Prospect).where(Prospect.kept_until.is_(None)).order_by(Prospect.id).limit(limit))
    return renew(session, waiting.all())


def renew(session: Session, prospects: Sequence[Prospect]) -> int:
    """Work out the day of these prospects anew; gives how many they are."""
    licences = _licences(session, [prospect.id for prospect in prospects])
    people = _people(session, [prospect.person_id for prospect in prospects if prospect.person_id])
    for prospect in prospects:
        until = kept_until(licences[prospect.id], people.get(prospect.person_id or ""))
        if prospect.kept_until != until:
            prospect.kept_until = until
    session.flush()
    return len(prospects)


def contacted(session: Session, person_id: str, on: date) -> None:
    """The person did something of their own that day: the clock of a prospect starts again (CNIL; C62)."""
    person = living(session, person_id)
    if person is None:
        return
    if person.last_contact_on is None or person.last_contact_on < on:
        person.last_contact_on = on
        session.flush()
        renew(session, session.scalars(select(Prospect).where(Prospect.person_id == person_id)).all())
        past_contacts.renew(session, [person_id])


def period_of(session: Session, prospect: Prospect) -> Kept:
    """The rule that governs a prospect, and its day."""
    person = session.get(Person, prospect.person_id) if prospect.person_id else None
    return _period(_licences(session, [prospect.id])[prospect.id], person)


def _period(licences: Sequence[Any], person: Person | Row[Any] | None) -> Kept:
    if person is None:
        return prospect_period(licences)
    return prospect_period(licences, person.last_contact_on, person.first_seen_at.date())


def _licences(session: Session, prospects: Iterable[str]) -> dict[str, list[Licence]]:
    found: dict[str, list[Licence]] = defaultdict(list)
    for some in chunks(sorted(prospects)):
        for licence in session.scalars(select(Licence).where(Licence.prospect_id.in_(some))):
            found[licence.prospect_id or ""].append(licence)
    return found


def _people(session: Session, ids: Iterable[str]) -> dict[str, Person]:
    return {
        person.id: person
        for some in chunks(sorted(ids))
        for person in session.scalars(select(Person).where(Person.id.in_(some)))
    }
