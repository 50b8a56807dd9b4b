"""Which prospects may be mailed: the gate of sending, asked for a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person, Prospect
from services import consent
from services.consent import ConsentState

ALLOWED = (ConsentState.LEGITIMATE_INTEREST, ConsentState.GRANTED)


def mailable(session: Session, prospect_ids: Sequence[str], now: datetime) -> set[str]:
    """Those of these prospects whose person may be sent prospecting mail now."""
    chunk = 500
    allowed: set[str] = set()
    for at in range(0, len(prospect_ids), chunk):
        ids = prospect_ids[at : at + chunk]
        known = select(Prospect.id, Prospect.person_id).join(Person, Person.id == Prospect.person_id)
        # Whoever asked that their data be stored and no more is not written to either (GDPR Art. 18).
        usable = (Person.erased_at.is_(None), Person.restricted_at.is_(None), Person.deceased_at.is_(None))
        rows = session.execute(known.where(Prospect.id.in_(ids), *usable)).all()
        people = {row.person_id: row.id for row in rows}
        states = consent.states(session, people)
        allowed |= {people[person] for person, state in states.items() if state in ALLOWED}
    return allowed
