"""What is to be done every so often: an effect in the outbox, so that it is done once by however many workers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from handlers.parts import Parts
from models.queues import ItemState, OutboxItem
from services import outbox

KEY = "periodic"


def ask(parts: Parts, kind: str, every: timedelta) -> None:
    """Queue the effect `kind`, unless it waits already or was asked for less than `every` ago."""
    now = parts.clock()
    with parts.database.read() as session:
        asked = session.scalars(select(OutboxItem).filter_by(kind=kind, key=KEY)).one_or_none()
    if asked is not None and (asked.state != ItemState.DONE or asked.next_attempt_at > now - every):
        return
    with parts.database.write() as session:
        payload = {"at": now.isoformat()}
        outbox.enqueue(session, parts.vault, kind=kind, key=KEY, subject=kind, payload=payload, now=now)
