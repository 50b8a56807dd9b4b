"""What is to be done every so often: an effect in the outbox, so that it is done once by however many workers; and for
many at once: a few in each transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers.parts import Parts
from models.queues import WAITING, OutboxItem
from services import outbox

Item = TypeVar("Item")

KEY = "periodic"
# Others wait for the writer.
STEP = 50


def ask(parts: Parts, kind: str, every: timedelta) -> None:
    """Queue the effect `kind`, unless it waits already or was asked for less than `every` ago. One that failed to the
    end is asked for again in its time."""
    now = parts.clock()
    with parts.database.read() as session:
        asked = session.scalars(select(OutboxItem).filter_by(kind=kind, key=KEY)).one_or_none()
    if asked is not None and (asked.state in WAITING or asked.next_attempt_at > now - every):
        return
    with parts.database.write() as session:
        payload = {"at": now.isoformat()}
        outbox.enqueue(session, parts.vault, kind=kind, key=KEY, subject=kind, payload=payload, now=now)


def in_steps(parts: Parts, items: Sequence[Item], act: Callable[[Session, Sequence[Item]], object]) -> None:
    """Do `act` for all of them, a few in each transaction."""
    for first in range(0, len(items), STEP):
        with parts.database.write() as session:
            act(session, items[first : first + STEP])
