"""Inbox and outbox: the database owns the truth about what is to be done; the job runner only wakes workers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, Instant, held
from models.register import Category


class ItemState(StrEnum):
    """Life of a queued item. `quarantined` waits for a person, who can make it `ready` again."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    QUARANTINED = "quarantined"


# Whoever has these is still to be done.
WAITING = (ItemState.READY, ItemState.LEASED)
STATES = "state IN ('ready', 'leased', 'done', 'quarantined')"


class InboxItem(Base):
    """One event from outside, stored before it is acknowledged. `body` is sealed: it is personal data."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "delivery_id"),
        CheckConstraint(STATES, name="state"),
        Index("ix_inbox_due", "state", "next_attempt_at"),
        Index("ix_inbox_subject_state", "subject", "state"),
    )

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    source: Mapped[str] = held(Category.OPERATIONS, String(60))
    delivery_id: Mapped[str] = held(Category.OPERATIONS, String(300))
    body_hash: Mapped[str] = held(Category.OPERATIONS, String(64))
    body: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    subject: Mapped[str] = held(Category.OPERATIONS, String(300))
    received_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    state: Mapped[str] = held(Category.OPERATIONS, String(20))
    attempts: Mapped[int] = held(Category.OPERATIONS, Integer, default=0)
    next_attempt_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    lease_until: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    reason: Mapped[str | None] = held(Category.OPERATIONS, String(200))
    done_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)


class OutboxItem(Base):
    """One effect on the outside that is due. `key` is its idempotency marker."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        CheckConstraint(STATES, name="state"),
        Index("ix_outbox_due", "state", "next_attempt_at"),
        Index("ix_outbox_subject_state", "subject", "state"),
    )

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    kind: Mapped[str] = held(Category.OPERATIONS, String(60))
    key: Mapped[str] = held(Category.OPERATIONS, String(300))
    payload_hash: Mapped[str] = held(Category.OPERATIONS, String(64))
    payload: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    subject: Mapped[str] = held(Category.OPERATIONS, String(300))
    queued_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    state: Mapped[str] = held(Category.OPERATIONS, String(20))
    attempts: Mapped[int] = held(Category.OPERATIONS, Integer, default=0)
    next_attempt_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    lease_until: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    reason: Mapped[str | None] = held(Category.OPERATIONS, String(200))
    done_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
