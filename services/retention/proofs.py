"""Proofs of consent: three years after the consent has ended, or its person was erased; and requests left unanswered.

An objection that stands is no proof that has ended: it is what keeps us from writing, so it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.accountability import ChainGap
from models.consent import ConsentEvent
from models.database import one_at_a_time
from models.people import Person
from models.vault import Vault
from services import consent
from services.consent import ConsentState, Entry
from services.retention.cutoffs import cutoff

ENDED = ("withdrawn", "refused", "lapsed", "expired", "invalidated")
_Newer = aliased(ConsentEvent)
# The same question, put later.
_ANSWERED = (
    select(_Newer.seq)
    .where(
        _Newer.person_ref == ConsentEvent.person_ref,
        _Newer.purpose == ConsentEvent.purpose,
        _Newer.channel == ConsentEvent.channel,
        _Newer.seq > ConsentEvent.seq,
    )
    .exists()
)


def over(as_of: datetime) -> Select[Any]:
    """Entries that prove nothing we still have to prove."""
    limit = cutoff("consent.proof", as_of)
    last = aliased(ConsentEvent)
    later = aliased(ConsentEvent)
    same = and_(
        last.person_ref == ConsentEvent.person_ref,
        last.purpose == ConsentEvent.purpose,
        last.channel == ConsentEvent.channel,
    )
    newer = select(later.seq).where(
        later.person_ref == last.person_ref,
        later.purpose == last.purpose,
        later.channel == last.channel,
        later.seq > last.seq,
    )
    ended = select(last.seq).where(same, last.state.in_(ENDED), last.at <= limit, ~newer.exists()).exists()
    erased = select(Person.id).where(Person.id == ConsentEvent.person_ref, Person.erased_at <= limit).exists()
    # The newest entry of all stays: the next one is linked to it, and numbered after it.
    newest = select(func.max(ConsentEvent.seq)).scalar_subquery()
    gone = (ConsentEvent.at <= limit, or_(ended, erased), ConsentEvent.seq < newest)
    return select(ConsentEvent.seq).where(*gone).order_by(ConsentEvent.seq)


def forget(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """Delete entries; what linked them stays, and says nothing of anybody."""
    one_at_a_time(session, "consent")
    entries = session.scalars(select(ConsentEvent).where(ConsentEvent.seq.in_(keys))).all()
    name = ConsentEvent.__tablename__
    session.add_all(
        ChainGap(name=name, seq=entry.seq, previous_hash=entry.previous_hash, hash=entry.hash) for entry in entries
    )
    session.flush()
    for entry in entries:
        session.expunge(entry)
    return int(session.execute(delete(ConsentEvent).where(ConsentEvent.seq.in_(keys))).rowcount)  # type: ignore[attr-defined]


def unanswered(as_of: datetime) -> Select[Any]:
    """Requests for consent past their fortnight."""
    limit = cutoff("consent.request", as_of)
    asked = (ConsentEvent.state == "requested", ConsentEvent.at <= limit, ~_ANSWERED)
    return select(ConsentEvent.seq).where(*asked).order_by(ConsentEvent.seq)


def lapse(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """Enter that they have lapsed: nobody answered in time."""
    asked = session.scalars(select(ConsentEvent).where(ConsentEvent.seq.in_(keys), ConsentEvent.state == "requested"))
    entries = [
        Entry(event.person_ref, event.purpose, event.channel, ConsentState.LAPSED, "system", "clock") for event in asked
    ]
    consent.append(session, entries, now)
    return len(entries)
