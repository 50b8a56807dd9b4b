"""Which prospects may be mailed: the gate of sending, asked for a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Prospect
from services import consent
from services.consent import ConsentState

ALLOWED = (ConsentState.LEGITIMATE_INTEREST, ConsentState.GRANTED)


def mailable(session: Session, prospect_ids: Sequence[str], now: datetime) -> set[str]:
    """Those of these prospects whose person may be sent prospecting mail now."""
    chunk = 500
    allowed: set[str] = set()
    for at in range(0, len(prospect_ids), chunk):
        ids = prospect_ids[at : at + chunk]
        rows = session.execute(select(Prospect.id, Prospect.person_id).where(Prospect.id.in_(ids))).all()
        people = {row.person_id: row.id for row in rows if row.person_id}
        states = consent.states(session, people)
        allowed |= {people[person] for person, state in states.items() if state in ALLOWED}
    return allowed
