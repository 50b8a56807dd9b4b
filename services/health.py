"""How the queues stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.marketplace import Feed
from models.queues import InboxItem, ItemState, OutboxItem
from services.marketplace import poll

# Older than this, and no worker is at work.
TOO_OLD = timedelta(minutes=15)


@dataclass(frozen=True)
class State:
    """`figures` for whoever looks; `reasons` say why the app is not ready."""

    figures: dict[str, Any]
    reasons: list[str]


def state(session: Session, now: datetime) -> State:
    """Age of the oldest event that waits (seconds), number in quarantine, last sync, reports that have shrunk."""
    oldest = session.scalar(select(func.min(InboxItem.received_at)).where(InboxItem.state == ItemState.READY))
    age = now - oldest if oldest else timedelta(0)
    last_sync = session.scalar(select(func.max(Feed.finished_at)))
    figures = {
        "queue_age_seconds": int(age.total_seconds()),
        "quarantined": _count(session, InboxItem, ItemState.QUARANTINED),
        "last_sync": last_sync.isoformat() if last_sync else None,
        "shrunk_feeds": poll.shrunk(session),
    }
    return State(figures, ["events wait: is a worker running?"] if age > TOO_OLD else [])


def exposition(session: Session, now: datetime) -> bytes:
    """The figures in the text format of Prometheus."""
    registry = CollectorRegistry()
    items = Gauge("fairtrial_queue_items", "Items of a queue by state", ["queue", "state"], registry=registry)
    for name, queue in (("inbox", InboxItem), ("outbox", OutboxItem)):
        for item_state in ItemState:
            items.labels(name, item_state.value).set(_count(session, queue, item_state))
    age = Gauge("fairtrial_queue_age_seconds", "Age of the oldest event that waits", registry=registry)
    age.set(state(session, now).figures["queue_age_seconds"])
    shrunk = Gauge("fairtrial_shrunk_feeds", "Reports that came with far fewer rows than before", registry=registry)
    shrunk.set(len(poll.shrunk(session)))
    return generate_latest(registry)


def _count(session: Session, queue: type[InboxItem] | type[OutboxItem], item_state: ItemState) -> int:
    return session.scalar(select(func.count()).select_from(queue).where(queue.state == item_state)) or 0
