"""What inbox and outbox have in common: a due item is claimed by one conditional UPDATE with a lease.

Items of one subject are worked on in their order. A worker that dies leaves a lease that runs out; the item is then due
again. So every step that works on an item must be safe to run twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from models.queues import WAITING, InboxItem, ItemState, OutboxItem

MAX_ATTEMPTS = 12
FIRST_DELAY = timedelta(seconds=2)
LONGEST_DELAY = timedelta(hours=1)
# For what waits for a setting: soon after it is made, the item is tried again.
LONGEST_WAIT = timedelta(minutes=10)

Queue = type[InboxItem] | type[OutboxItem]
Item = InboxItem | OutboxItem


def claim(session: Session, queue: Queue, *, limit: int, lease: timedelta, now: datetime) -> Sequence[Item]:
    """Lease up to `limit` due items and give them, oldest first.

    Of one subject only the oldest unfinished item is given, so that its events are worked on in their order.
    """
    due = session.scalars(_due(queue, now).order_by(queue.id).limit(limit)).all()
    claimed: list[Item] = []
    for item in due:
        # The condition is checked again by the UPDATE: of two workers that saw the same row, one gets it.
        won = session.execute(
            update(queue)
            .where(queue.id == item.id, queue.state == item.state, queue.attempts == item.attempts)
            .values(state=ItemState.LEASED, lease_until=now + lease, attempts=queue.attempts + 1)
        )
        if won.rowcount == 1:  # type: ignore[attr-defined]
            claimed.append(item)
    session.flush()
    for item in claimed:
        session.refresh(item)
    return claimed


def is_due(session: Session, queue: Queue, now: datetime) -> bool:
    """Is anything due?"""
    return session.scalar(_due(queue, now).with_only_columns(queue.id).limit(1)) is not None


def finish(item: Item, now: datetime) -> None:
    """The item is done."""
    item.state, item.lease_until, item.reason, item.done_at = ItemState.DONE, None, None, now


def postpone(item: Item, reason: str, now: datetime, *, at_least: timedelta = timedelta(0)) -> None:
    """Try again later: after 2 s, 4 s, 8 s … up to an hour. After the last attempt the item goes to quarantine."""
    if item.attempts >= MAX_ATTEMPTS:
        quarantine(item, reason)
        return
    delay = min(FIRST_DELAY * 2 ** (item.attempts - 1), LONGEST_DELAY)
    item.state, item.lease_until, item.reason = ItemState.READY, None, reason[:200]
    item.next_attempt_at = now + max(delay, at_least)


def wait(reason: str, now: datetime, item: Item) -> None:
    """Not now, and not the item's fault: it waits for as long as it takes, and this attempt does not count."""
    item.state, item.lease_until, item.reason = ItemState.READY, None, reason[:200]
    item.attempts, item.next_attempt_at = 0, now + LONGEST_WAIT


def quarantine(item: Item, reason: str) -> None:
    """Put the item aside, whole, with the reason; a person can retry it."""
    item.state, item.lease_until, item.reason = ItemState.QUARANTINED, None, reason[:200]


def retry(session: Session, queue: Queue, now: datetime, ids: Sequence[int] | None = None) -> int:
    """Make quarantined items (all, or those of `ids`) due again; gives how many."""
    statement = update(queue).where(queue.state == ItemState.QUARANTINED)
    if ids is not None:
        statement = statement.where(queue.id.in_(ids))
    changed = session.execute(statement.values(state=ItemState.READY, attempts=0, next_attempt_at=now))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _due(queue: Queue, now: datetime):  # type: ignore[no-untyped-def]
    earlier = aliased(queue)
    blocked = (
        select(earlier.id)
        .where(
            earlier.subject == queue.subject,
            earlier.id < queue.id,
            earlier.state.in_(WAITING),
        )
        .exists()
    )
    ready = and_(queue.state == ItemState.READY, queue.next_attempt_at <= now)
    abandoned = and_(queue.state == ItemState.LEASED, queue.lease_until <= now)
    return select(queue).where(or_(ready, abandoned), ~blocked)
