"""The journal of staff as a list to look through; `services.audit` writes it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.consent import AuditEvent


def entries(
    session: Session,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """`{"items": [{seq, at, actor, action, subject, purpose, read}], "next": seq or None}`, newest first.

    `read` counts the people on a list that was shown.
    """
    statement = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(limit + 1)
    wanted = {AuditEvent.actor: actor, AuditEvent.action: action, AuditEvent.subject: subject}
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if before is not None:
        statement = statement.where(AuditEvent.seq < before)
    found = session.scalars(statement).all()
    shown = found[:limit]
    return {"items": [_entry(event) for event in shown], "next": shown[-1].seq if len(found) > limit else None}


def actions(session: Session) -> list[str]:
    """Every kind of act that the journal knows."""
    return list(session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))


def _entry(event: AuditEvent) -> dict[str, Any]:
    names = ("seq", "actor", "action", "subject", "purpose")
    shown = {name: getattr(event, name) for name in names}
    return shown | {"at": event.at.isoformat(), "read": len(event.detail.get("ids", ()))}
