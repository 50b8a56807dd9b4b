"""The journal of staff as a list to look through; `services.audit` writes it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accountability import Account
from models.consent import AuditEvent
from services import account_ids


def entries(
    session: Session,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """`{"items": [{seq, at, actor, action, subject, purpose, case, read}], "next": seq or None}`, newest first.

    `actor` is the account's id, or our name for it once the account is closed. `read` counts the people on a list.
    """
    by = account_ids.known_ref(session, actor) if actor is not None else None
    statement = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(limit + 1)
    wanted = {AuditEvent.actor_ref: by, AuditEvent.action: action, AuditEvent.subject: subject}
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if before is not None:
        statement = statement.where(AuditEvent.seq < before)
    found = session.scalars(statement).all()
    refs = {event.actor_ref for event in found}
    accounts = {one.ref: one.account_id for one in session.scalars(select(Account).where(Account.ref.in_(refs)))}
    shown = [_entry(event, accounts.get(event.actor_ref)) for event in found[:limit]]
    return {"items": shown, "next": shown[-1]["seq"] if len(found) > limit else None}


def actions(session: Session) -> list[str]:
    """Every kind of act that the journal knows."""
    return list(session.scalars(select(AuditEvent.action).distinct().order_by(AuditEvent.action)))


def _entry(event: AuditEvent, account_id: str | None) -> dict[str, Any]:
    shown = {name: getattr(event, name) for name in ("seq", "action", "subject", "purpose")}
    shown |= {"actor": account_id or event.actor_ref, "case": event.case_ref, "at": event.at.isoformat()}
    return shown | {"read": len(event.detail.get("ids", ()))}
