"""The inbox: every event from outside is stored before it is acknowledged, whichever door it came through."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import cast

from sqlalchemy import Executable, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.queues import InboxItem, ItemState
from models.vault import Place, Vault

INBOX = cast(Table, InboxItem.__table__)
INSERT: Mapping[str, Executable] = {
    dialect: insert(INBOX).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


class Stored(Enum):
    """What became of a delivery."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Delivery:
    """One event as it came. `delivery_id` is unique within `source`; events of one `subject` are worked on in order."""

    source: str
    delivery_id: str
    body: bytes
    subject: str

    @property
    def body_hash(self) -> str:
        """Tells a repeated delivery from another one that wears its id."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def place(self) -> Place:
        """The seal of a body is bound to its delivery: the row's number is not known before it is inserted."""
        return Place("inbox", "body", f"{self.source}|{self.delivery_id}")


def store(session: Session, vault: Vault, delivery: Delivery, now: datetime) -> Stored:
    """Store `delivery` once. The caller may acknowledge it after its commit, and not before."""
    # Not through the session: the ORM takes longer for a row than everything else on its way in together.
    connection = session.connection()
    if connection.execute(INSERT[connection.dialect.name], _row(vault, delivery, now)).rowcount:
        return Stored.NEW
    known = session.scalar(
        select(InboxItem.body_hash).where(
            InboxItem.source == delivery.source, InboxItem.delivery_id == delivery.delivery_id
        )
    )
    return Stored.DUPLICATE if known == delivery.body_hash else Stored.CONFLICT


def set_aside(session: Session, vault: Vault, delivery: Delivery, reason: str, now: datetime) -> None:
    """Store `delivery` straight in quarantine: it was taken in whole, but is not understood."""
    if store(session, vault, delivery, now) is Stored.NEW:
        item = session.scalars(
            select(InboxItem).filter_by(source=delivery.source, delivery_id=delivery.delivery_id)
        ).one()
        item.state, item.reason = ItemState.QUARANTINED, reason[:200]


def body_of(item: InboxItem, vault: Vault) -> bytes:
    """The body of a stored delivery, as it came."""
    if item.body is None:
        return b""
    return vault.unseal(item.body, Place("inbox", "body", f"{item.source}|{item.delivery_id}")).encode()


def replace_body(item: InboxItem, vault: Vault, body: bytes) -> None:
    """Put another body in the place of the one that came. Its hash stays: a repeat is still told."""
    item.body = vault.seal(body.decode(), Place("inbox", "body", f"{item.source}|{item.delivery_id}"))


def listed(session: Session, state: ItemState | None, limit: int) -> Sequence[InboxItem]:
    """The newest items, of one state or of all."""
    statement = select(InboxItem).order_by(InboxItem.id.desc()).limit(limit)
    return session.scalars(statement if state is None else statement.where(InboxItem.state == state)).all()


def _row(vault: Vault, delivery: Delivery, now: datetime) -> dict[str, object]:
    return {
        "source": delivery.source,
        "delivery_id": delivery.delivery_id,
        "body_hash": delivery.body_hash,
        "body": vault.seal(delivery.body.decode(), delivery.place),
        "subject": delivery.subject,
        "received_at": now,
        "state": ItemState.READY,
        "attempts": 0,
        "next_attempt_at": now,
    }
