"""States that change with the calendar: a request nobody answered lapses, a consent that has run out expires, and one
to what the policy no longer says has to be given anew.

The gate works it out by itself whenever it is asked; this enters it, so that staff and the person see it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.consent import ConsentEvent
from models.database import one_at_a_time
from services import consent, links, policy_change
from services.consent import ConsentState, Entry
from services.may_contact import is_in_force

# Entries of one step: others wait for the writer.
STEP = 200
CLOCK = "clock"
BEFORE = {
    ConsentState.LAPSED: ConsentState.REQUESTED,
    ConsentState.EXPIRED: ConsentState.GRANTED,
    ConsentState.NEEDS_REFRESH: ConsentState.GRANTED,
}


def run_out(session: Session, now: datetime, limit: int = STEP) -> list[Entry]:
    """What is to be entered now, the oldest first, `limit` at most."""
    newest = select(func.max(ConsentEvent.seq)).group_by(
        ConsentEvent.person_ref, ConsentEvent.purpose, ConsentEvent.channel
    )
    waiting = (ConsentState.REQUESTED, ConsentState.GRANTED)
    statement = select(ConsentEvent).where(ConsentEvent.seq.in_(newest), ConsentEvent.state.in_(waiting))
    found: list[Entry] = []
    asked_anew = policy_change.asked_anew(session, now)
    for event in session.scalars(statement.order_by(ConsentEvent.seq), execution_options={"yield_per": 1_000}):
        state = _becomes(event, now, asked_anew)
        if state is not None:
            found.append(Entry(event.person_ref, event.purpose, event.channel, state, "system", CLOCK))
            if len(found) == limit:
                break
    return found


def enter(session: Session, entries: list[Entry], now: datetime) -> int:
    """Enter those of which the ledger still says the same; gives how many. Safe to do twice."""
    one_at_a_time(session, "consent")
    still = [entry for entry in entries if _state(session, entry) == BEFORE[entry.state]]
    consent.append(session, still, now)
    return len(still)


def _becomes(event: ConsentEvent, now: datetime, asked_anew: Mapping[str, int]) -> ConsentState | None:
    if event.state == ConsentState.GRANTED:
        if not is_in_force(event.channel, event.at, now):
            return ConsentState.EXPIRED
        agreed_to = event.policy_version or 0
        return ConsentState.NEEDS_REFRESH if agreed_to < asked_anew.get(event.purpose, 0) else None
    life = links.LIFE["confirm"]
    return ConsentState.LAPSED if life is not None and event.at + life <= now else None


def _state(session: Session, entry: Entry) -> str | None:
    of = {"person_ref": entry.person_id, "purpose": entry.purpose, "channel": entry.channel}
    newest = select(ConsentEvent.state).filter_by(**of).order_by(ConsentEvent.seq.desc()).limit(1)
    return session.scalar(newest)
