"""Breaches of personal data: the register of GDPR Art. 33(5), and its clock of 72 hours (commitment C70)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accountability import Incident
from models.consent import AuditEvent
from models.register import LIMITS, Category, Duration
from services import audit

NATURES = ("confidentiality", "integrity", "availability")
# Warn when half of the time is gone.
WARN = timedelta(hours=36)


class IncidentError(ValueError):
    """There is no such open incident, or something that has to be said is missing."""


def open_incident(
    session: Session,
    *,
    title: str,
    nature: str,
    categories: Iterable[Category | str],
    known_at: datetime,
    actor: str,
    now: datetime,
    people_count: int | None = None,
) -> Incident:
    """Enter a breach. The clock runs from `known_at`, when it became known, not from when it is entered."""
    if nature not in NATURES:
        raise IncidentError(f"nature is one of {', '.join(NATURES)}")
    if known_at > now:
        raise IncidentError("it can't become known in the future")
    limit = LIMITS["breach"].value
    due_at = limit.after(known_at) if isinstance(limit, Duration) else known_at
    held = [Category(category).value for category in categories]
    incident = Incident(
        title=title, nature=nature, categories=held, people_count=people_count, known_at=known_at, due_at=due_at
    )
    session.add(incident)
    session.flush()
    _note(session, "opened", incident, actor=actor, now=now)
    return incident


def notify(session: Session, number: int, *, actor: str, now: datetime, late_because: str | None = None) -> Incident:
    """The authority was told. After the 72 hours the reasons of the delay have to be given (Art. 33(1))."""
    incident = _running(session, number)
    if now > incident.due_at and not late_because:
        raise IncidentError("the 72 hours are over: say why it is late")
    incident.notified_at, incident.not_notified_because = now, late_because
    _note(session, "notified", incident, actor=actor, now=now)
    return incident


def tell_people(session: Session, number: int, *, actor: str, now: datetime) -> Incident:
    """The people concerned were told (Art. 34)."""
    incident = _running(session, number)
    incident.people_told_at = now
    _note(session, "people_told", incident, actor=actor, now=now)
    return incident


def close(
    session: Session,
    number: int,
    *,
    actor: str,
    now: datetime,
    consequences: str,
    measures: str,
    not_notified_because: str | None = None,
) -> Incident:
    """The file is complete: effects, remedies, and the notification or why none was due."""
    incident = _running(session, number)
    if incident.notified_at is None:
        if not not_notified_because:
            raise IncidentError("the authority was not told: notify, or say why that is not due")
        incident.not_notified_because = not_notified_because
    incident.consequences, incident.measures, incident.closed_at = consequences, measures, now
    _note(session, "closed", incident, actor=actor, now=now)
    return incident


def listed(session: Session, now: datetime) -> list[dict[str, Any]]:
    """Every incident, the newest first: `{id, title, nature, categories, people, known_at, due_at, hours_left, state}`.

    `state`: `running`, `soon` (half of the time is gone), `late`, `notified`, `closed`.
    """
    return [
        {"id": row.id, "title": row.title, "nature": row.nature, "categories": row.categories,
         "people": row.people_count, "known_at": row.known_at.isoformat(), "due_at": row.due_at.isoformat(),
         "hours_left": round((row.due_at - now).total_seconds() / 3600, 1), "state": _state(row, now)}
        for row in session.scalars(select(Incident).order_by(Incident.id.desc()))
    ]  # fmt: skip


def looked_at_by(session: Session, account_id: str, since: datetime, until: datetime) -> list[str]:
    """Whose data this account looked at between two instants: the people concerned when an account was taken over."""
    within = (AuditEvent.actor == account_id, AuditEvent.at >= since, AuditEvent.at < until)
    single = set(session.scalars(select(AuditEvent.subject).distinct().where(*within, AuditEvent.subject.is_not(None))))
    for detail in session.scalars(select(AuditEvent.detail).where(*within)):
        single.update(str(one) for one in detail.get("ids", []))
    return sorted(filter(None, single))


def running(session: Session) -> int:
    """How many wait for a notification or a close."""
    return session.scalar(select(func.count()).select_from(Incident).where(Incident.closed_at.is_(None))) or 0


def _state(row: Incident, now: datetime) -> str:
    if row.closed_at is not None:
        return "closed"
    if row.notified_at is not None:
        return "notified"
    if now > row.due_at:
        return "late"
    return "soon" if row.due_at - now <= WARN else "running"


def _running(session: Session, number: int) -> Incident:
    incident = session.get(Incident, number)
    if incident is None or incident.closed_at is not None:
        raise IncidentError("there is no open incident with this number")
    return incident


def _note(session: Session, what: str, incident: Incident, *, actor: str, now: datetime) -> None:
    audit.record(
        session, actor=actor, action=f"incident.{what}", subject=None, purpose="security", now=now,
        detail={"incident": incident.id},
    )  # fmt: skip
