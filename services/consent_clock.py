"""States that change with the calendar: a request nobody answered lapses, a consent that has run out expires, and one
to what the policy no longer says has to be given anew.

The gate works out by itself that a request or a consent is too old; entered here, staff and the person see it too. A
changed policy counts from its entry here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.consent import ConsentEvent
from models.database import one_at_a_time
from services import consent, links, policy_change
from services.consent import ConsentState, Entry
from services.may_contact import is_in_force

CLOCK = "clock"
BEFORE = {
    ConsentState.LAPSED: ConsentState.REQUESTED,
    ConsentState.EXPIRED: ConsentState.GRANTED,
    ConsentState.NEEDS_REFRESH: ConsentState.GRANTED,
}


def run_out(session: Session, now: datetime) -> list[Entry]:
    """What is to be entered now, the oldest first."""
    waiting = (ConsentState.REQUESTED, ConsentState.GRANTED)
    statement = select(ConsentEvent).where(ConsentEvent.seq.in_(consent.newest()), ConsentEvent.state.in_(waiting))
    asked_anew = policy_change.asked_anew(session, now)
    events = session.scalars(statement.order_by(ConsentEvent.seq), execution_options={"yield_per": 1_000})
    return [
        Entry(event.person_ref, event.purpose, event.channel, state, "system", CLOCK)
        for event in events
        if (state := _becomes(event, now, asked_anew)) is not None
    ]


def enter(session: Session, entries: Sequence[Entry], now: datetime) -> int:
    """Enter those of which the ledger still says the same; gives how many. Safe to do twice."""
    one_at_a_time(session, "consent")
    theirs = consent.newest(ConsentEvent.person_ref.in_({entry.person_id for entry in entries}))
    held = {
        (event.person_ref, event.purpose, event.channel): event.state
        for event in session.scalars(select(ConsentEvent).where(ConsentEvent.seq.in_(theirs)))
    }
    still = [
        entry for entry in entries if held.get((entry.person_id, entry.purpose, entry.channel)) == BEFORE[entry.state]
    ]
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
