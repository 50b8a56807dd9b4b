"""People whom a row has named and no licence names now: somebody else took their place, or an older row came late.

They have no prospect that would tell how long they are kept, so the day stands beside their own record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models.bulk import among, update_rows
from models.consent import ConsentEvent
from models.marketplace import Licence, Observation, ObservedContact
from models.people import Person
from services.marketplace.identity import chunks
from services.marketplace.people import PEOPLE
from services.marketplace.values import EPOCH
from services.retention.periods import FOR_NOW, prospect_period


@dataclass(frozen=True)
class _Share:
    """Of a licence, what a person had to do with it: nothing after the day on which a row last named them."""

    state: str
    started_on: date | None
    ends_on: date | None
    won_on: date | None
    last_observed: date


def named_on(session: Session, licence_ids: Collection[int]) -> set[str]:
    """Everybody whom the log names on these licences."""
    named = select(ObservedContact.person_id).join(Observation, Observation.id == ObservedContact.observation_id)
    return {
        person_id
        for some in chunks(sorted(licence_ids))
        for person_id in session.scalars(named.where(among(session, Observation.licence_id, some)))
    }


def renew(session: Session, person_ids: Collection[str]) -> bool:
    """Work out of these people who is a past contact, and until when; gives whether one has become so now.

    A pure function of the log, so the order in which rows come makes no difference.
    """
    become = False
    for some in chunks(sorted(person_ids)):
        changed = list(_changed(session, some))
        become |= any(before is None for before, _ in changed)
        update_rows(session, PEOPLE, [row for _, row in changed])
    return become


def to_be_told(session: Session, now: datetime) -> list[str]:
    """Past contacts of whom the ledger says nothing yet, but for those whom only Atlassian's own licences name."""
    in_ledger = exists().where(ConsentEvent.person_ref == Person.id, ConsentEvent.purpose == "prospect")
    named = (
        select(Person.id, Licence.flags)
        .join(ObservedContact, ObservedContact.person_id == Person.id)
        .join(Observation, Observation.id == ObservedContact.observation_id)
        .join(Licence, Licence.id == Observation.licence_id)
        .where(Person.kept_until > now.date(), Person.erased_at.is_(None), ~in_ledger)
    )
    return sorted({person_id for person_id, flags in session.execute(named) if "internal" not in flags})


def _changed(session: Session, ids: Sequence[str]) -> Iterator[tuple[date | None, dict[str, Any]]]:
    is_named = exists().where(Licence.person_id == PEOPLE.c.id)
    columns = [PEOPLE.c[name] for name in ("id", "kept_until", "last_contact_on", "first_seen_at")]
    living = select(*columns, is_named.label("is_named")).where(
        among(session, PEOPLE.c.id, ids), PEOPLE.c.erased_at.is_(None)
    )
    # Of nearly everybody there is nothing to be worked out: they are named, and were before.
    people = session.execute(living.where(PEOPLE.c.kept_until.is_not(None) | ~is_named)).all()
    shares = _shares(session, [person.id for person in people if not person.is_named])
    for person in people:
        until = None
        if not person.is_named:
            first_seen = person.first_seen_at.date()
            until = prospect_period(shares[person.id], person.last_contact_on, first_seen).until or FOR_NOW
        if until != person.kept_until:
            yield person.kept_until, {"id": person.id, "kept_until": until}


def _shares(session: Session, ids: Sequence[str]) -> dict[str, list[_Share]]:
    shares: dict[str, list[_Share]] = defaultdict(list)
    if not ids:
        return shares
    licence = (Licence.id, Licence.started_on, Licence.ends_on, Licence.won_on, Licence.last_observed)
    statement = (
        select(ObservedContact.person_id, *licence, func.max(Observation.as_of).label("named_at"))
        .join(Observation, Observation.id == ObservedContact.observation_id)
        .join(Licence, Licence.id == Observation.licence_id)
        .where(among(session, ObservedContact.person_id, ids))
        .group_by(ObservedContact.person_id, *licence)
    )
    for row in session.execute(statement):
        if row.named_at > EPOCH:
            shares[row.person_id].append(_share(row, row.named_at.date()))
    return shares


def _share(licence: Any, named_on: date) -> _Share:
    won_on = licence.won_on if licence.won_on and licence.won_on <= named_on else None
    return _Share(
        state="churned" if won_on else "lost_expired",
        started_on=min(licence.started_on or licence.last_observed or named_on, named_on),
        ends_on=min(licence.ends_on or named_on, named_on),
        won_on=won_on,
        last_observed=named_on,
    )
