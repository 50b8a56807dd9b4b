"""Signs of life: when each thing that the app is connected to was last heard of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.marketplace import Feed
from models.policy import PolicyPage
from models.queues import WAITING, InboxItem, OutboxItem
from models.tenants import Tenant
from services import health, notices


def of_life(session: Session, now: datetime) -> dict[str, Any]:
    """`{tenants: {product: state}, feeds: {name: finished}, last_event: {source: at}, letters, notices, put_aside,
    stuck, pages: {lang: state}}`; times are aware, `stuck` tells that no worker seems to be at work."""
    source = func.max(InboxItem.received_at)
    events: dict[str, datetime] = {}
    for name, at in session.execute(select(InboxItem.source, source).group_by(InboxItem.source)):
        kind = name.partition(":")[0]
        events[kind] = max(at, events.get(kind, at))
    state = health.state(session, now)
    return {
        "tenants": {row.product: row.state for row in session.scalars(select(Tenant).order_by(Tenant.id))},
        "feeds": {feed.name: feed.finished_at for feed in session.scalars(select(Feed)) if feed.finished_at},
        "last_event": events,
        "letters": _waiting_letters(session),
        "notices": notices.standing(session, now),
        "put_aside": state.figures["quarantined"],
        "stuck": bool(state.reasons),
        "pages": {row.lang: row.state for row in session.scalars(select(PolicyPage))},
    }


def _waiting_letters(session: Session) -> int:
    wait = (OutboxItem.kind == "mail.send", OutboxItem.state.in_(WAITING))
    return session.scalar(select(func.count()).select_from(OutboxItem).where(*wait)) or 0
