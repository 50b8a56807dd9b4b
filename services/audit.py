"""The staff journal: who did what to whom, for which purpose.

An entry is written in the transaction of the act itself, so an act that can't be recorded does not happen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.consent import AuditEvent
from models.database import one_at_a_time

START = "0" * 64


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str | None,
    purpose: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one entry. `subject` is a pseudonymous id; `detail` holds no personal data."""
    one_at_a_time(session, "audit")
    last = session.scalar(select(AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1))
    event = AuditEvent(
        actor=actor,
        action=action,
        subject=subject,
        purpose=purpose,
        detail=detail or {},
        at=now,
        previous_hash=last or START,
    )
    event.hash = _hash(event)
    session.add(event)
    session.flush()


def record_list(
    session: Session, items: Sequence[Mapping[str, Any]], *, actor: str, purpose: str, now: datetime
) -> None:
    """Add one entry for a list: whoever is on it was read."""
    shown = {"ids": [item["id"] for item in items]}
    record(session, actor=actor, action="prospects.list", subject=None, purpose=purpose, now=now, detail=shown)


def verify(session: Session) -> int | None:
    """The number of the first entry that is not as it was written, or None when the chain is whole."""
    previous = START
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.seq)):
        if event.previous_hash != previous or event.hash != _hash(event):
            return event.seq
        previous = event.hash
    return None


def _hash(event: AuditEvent) -> str:
    fields = [event.actor, event.action, event.subject, event.purpose, event.detail, event.at.isoformat()]
    return hashlib.sha256(f"{event.previous_hash}{json.dumps(fields, sort_keys=True)}".encode()).hexdigest()
