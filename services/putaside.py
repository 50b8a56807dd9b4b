"""What the queues could not deal with, for whoever decides about it. Bodies are personal data and stay sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.queues import WAITING, InboxItem, ItemState, OutboxItem
from services import queues

QUEUES: dict[str, queues.Queue] = {"inbox": InboxItem, "outbox": OutboxItem}


def overview(session: Session, limit: int = 100) -> dict[str, Any]:
    """`{"items": […], "total", "waiting", "oldest"}`: what was put aside, newest first; what waits, and since when.

    An item: `{queue, id, what, reason, attempts, since}`; `what` is the source of an event or the kind of an effect.
    """
    items = [item for name, queue in QUEUES.items() for item in _put_aside(session, name, queue, limit)]
    oldest = [since for queue in QUEUES.values() if (since := _oldest(session, queue))]
    return {
        "items": sorted(items, key=lambda item: item["since"], reverse=True)[:limit],
        "total": sum(_count(session, queue, (ItemState.QUARANTINED,)) for queue in QUEUES.values()),
        "waiting": sum(_count(session, queue, WAITING) for queue in QUEUES.values()),
        "oldest": min(oldest).isoformat() if oldest else None,
    }


def retry(session: Session, now: datetime, *, queue: str | None = None, number: int | None = None) -> int:
    """Try one item of a queue again, or everything; gives how many. `KeyError` for a queue that there is not."""
    chosen = [QUEUES[queue]] if queue is not None else list(QUEUES.values())
    return sum(queues.retry(session, one, now, None if number is None else [number]) for one in chosen)


def _put_aside(session: Session, name: str, queue: queues.Queue, limit: int) -> list[dict[str, Any]]:
    statement: Any = select(queue).where(queue.state == ItemState.QUARANTINED).order_by(queue.id.desc()).limit(limit)
    return [
        {
            "queue": name,
            "id": item.id,
            "what": item.source.partition(":")[0] if isinstance(item, InboxItem) else item.kind,
            "reason": item.reason or "",
            "attempts": item.attempts,
            "since": _since(item).isoformat(),
        }
        for item in session.scalars(statement)
    ]


def _since(item: queues.Item) -> datetime:
    return item.received_at if isinstance(item, InboxItem) else item.queued_at


def _oldest(session: Session, queue: queues.Queue) -> datetime | None:
    entered = InboxItem.received_at if queue is InboxItem else OutboxItem.queued_at
    return session.scalar(select(func.min(entered)).where(queue.state.in_(WAITING)))


def _count(session: Session, queue: queues.Queue, states: tuple[ItemState, ...]) -> int:
    return session.scalar(select(func.count()).select_from(queue).where(queue.state.in_(states))) or 0
