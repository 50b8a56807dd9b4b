"""A joint venture, a sale or a merger: announced, objected to, and only then a disclosure (commitment C61)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accountability import CorporateEvent, CorporateObjection
from models.register import Duration
from services import audit

# As long as the law gives us to answer people: nobody has to object faster than we do.
WINDOW = Duration.parse("P1M")


class ClosedEventError(ValueError):
    """The event is over, or there is none."""


def announce(session: Session, *, kind: str, partner: str, actor: str, now: datetime) -> CorporateEvent:
    """Open the window in which people may object. `kind`: joint_venture, sale, merger."""
    event = CorporateEvent(kind=kind, partner=partner, announced_at=now, objections_until=WINDOW.after(now))
    session.add(event)
    session.flush()
    _note(session, "announced", event.id, actor=actor, now=now)
    return event


def object_to(session: Session, event_id: int, person_id: str, *, actor: str, now: datetime) -> None:
    """The person stays out of it; also after the window, as long as the event is open. Twice is once."""
    event = session.get(CorporateEvent, event_id)
    if event is None or event.closed_at is not None:
        raise ClosedEventError("there is no open event with this number")
    if session.get(CorporateObjection, (event_id, person_id)) is None:
        session.add(CorporateObjection(event_id=event_id, person_ref=person_id, at=now))
        _note(session, "objected", event_id, actor=actor, now=now, subject=person_id)


def close(session: Session, event_id: int, *, actor: str, now: datetime) -> None:
    """Nothing more is handed over by reason of this event."""
    event = session.get(CorporateEvent, event_id)
    if event is None or event.closed_at is not None:
        raise ClosedEventError("there is no open event with this number")
    event.closed_at = now
    _note(session, "closed", event_id, actor=actor, now=now)


def listed(session: Session) -> list[dict[str, Any]]:
    """Every event, the newest first, with how many objected."""
    rows = session.scalars(select(CorporateEvent).order_by(CorporateEvent.id.desc())).all()
    objectors = list(session.scalars(select(CorporateObjection.event_id)))
    return [
        {"id": row.id, "kind": row.kind, "partner": row.partner, "announced_at": row.announced_at.isoformat(),
         "objections_until": row.objections_until.isoformat(), "objections": objectors.count(row.id),
         "closed_at": row.closed_at.isoformat() if row.closed_at else None}
        for row in rows
    ]  # fmt: skip


def _note(session: Session, what: str, event_id: int, *, actor: str, now: datetime, subject: str | None = None) -> None:
    audit.record(
        session, actor=actor, action=f"corporate.{what}", subject=subject, purpose="rights", now=now,
        detail={"event": event_id},
    )  # fmt: skip
