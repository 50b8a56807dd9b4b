"""What the end of a client relation ends: contact data that accounting does not need, and mails (C30, C62).

Keeping the whole record of a customer under the ten years of accounting is a breach (CNIL, Free Mobile, 08/01/2026).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from models.correspondence import Correspondence
from models.marketplace import Licence, ObservedContact
from models.people import Person
from models.rights import RightsCase
from models.vault import Place, SealError, Vault
from services.marketplace.states import STATES

RUNNING = tuple(name for name, state in STATES.items() if state.is_customer)
# What no accounting document bears.
NEEDLESS = ("phone",)


def ended(person_id: Any, as_of: datetime) -> ColumnElement[bool]:
    """Was this person a client of whom no licence runs any more? Their organisation's licences count as theirs."""
    mine, shared = aliased(Licence), aliased(Licence)
    organisations = (
        select(mine.organisation_id)
        .where(mine.person_id == person_id, mine.organisation_id.is_not(None))
        # Two levels down the outer table is not found by itself.
        .correlate(person_id.class_)
    )
    theirs = or_(shared.person_id == person_id, shared.organisation_id.in_(organisations))
    bought = exists(select(shared.id).where(theirs, shared.won_on.is_not(None), shared.ends_on < as_of.date()))
    still = exists(select(shared.id).where(theirs, shared.state.in_(RUNNING)))
    return bought & ~still


def former(as_of: datetime) -> Select[Any]:
    """Former clients of whom more is held than accounting needs."""
    more = Person.phone.is_not(None) & Person.erased_at.is_(None) & Person.restricted_at.is_(None)
    return select(Person.id).where(more, ended(Person.id, as_of)).order_by(Person.id)


def reduce(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """Take the telephone out of their records, and out of the observations that would bring it back."""
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(keys)))}
    contacts = select(ObservedContact).where(
        ObservedContact.person_id.in_(list(people)), ObservedContact.details.is_not(None)
    )
    for contact in session.scalars(contacts):
        _reduce(vault, people[contact.person_id], contact)
    for person in people.values():
        person.phone = None
    session.flush()
    return len(people)


def letters(as_of: datetime) -> Select[Any]:
    """Mails and letters of people who have ceased to be clients, but for those of an open request (C30)."""
    held = select(RightsCase.id).where(RightsCase.closed_at.is_(None))
    return (
        select(Correspondence.id)
        .where(
            Correspondence.mode.in_(("email", "post")),
            Correspondence.person_id.is_not(None),
            or_(Correspondence.case_ref.is_(None), Correspondence.case_ref.not_in(held)),
            ended(Correspondence.person_id, as_of),
        )
        .order_by(Correspondence.id)
    )


def _reduce(vault: Vault, person: Person, contact: ObservedContact) -> None:
    place = Place("observed_contacts", "details", contact.observation_id)
    try:
        key = vault.person_key(person.data_key, person.id)
        details: dict[str, Any] = json.loads(key.unseal(contact.details or b"", place))
    except SealError:
        return
    if set(NEEDLESS) & details.keys():
        kept = {name: value for name, value in details.items() if name not in NEEDLESS}
        contact.details = key.seal(json.dumps(kept).encode(), place)
