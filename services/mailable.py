"""Which prospects may be mailed: the gate of sending, asked for a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Prospect
from services.may_contact import may_contact_many

CHUNK = 500


def mailable(session: Session, prospect_ids: Sequence[str], now: datetime) -> set[str]:
    """Those of these prospects whose person may be sent prospecting mail now."""
    people: dict[str, str] = {}
    for first in range(0, len(prospect_ids), CHUNK):
        some = Prospect.id.in_(prospect_ids[first : first + CHUNK])
        known = select(Prospect.id, Prospect.person_id).where(some, Prospect.person_id.is_not(None))
        people |= {row.person_id: row.id for row in session.execute(known)}
    receipts = may_contact_many(session, list(people), "prospect", "email", now)
    return {people[person] for person, receipt in receipts.items() if receipt.allowed}
