"""The inbox: every event from outside is stored before it is acknowledged, whichever door it came through."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import cast

from sqlalchemy import Connection, Table, select, tuple_
from sqlalchemy.orm import Session

from models.bulk import insert_new_rows
from models.queues import InboxItem, ItemState
from models.vault import Place, Vault

INBOX = cast(Table, InboxItem.__table__)


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
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.source, self.delivery_id

    @cached_property
    def body_hash(self) -> str:
        """Tells a repeated delivery from another one that wears its id."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def place(self) -> Place:
        """The seal of a body is bound to its delivery: the row's number is not known before it is inserted."""
        return Place("inbox", "body", f"{self.source}|{self.delivery_id}")


@dataclass(frozen=True)
class Ready:
    """A delivery whose body is sealed: what is left is to insert it."""

    delivery: Delivery
    row: Mapping[str, object]


def ready(vault: Vault, delivery: Delivery, now: datetime) -> Ready:
    """`delivery`, received `now`, as it is inserted. ValueError for a body that is no text."""
    row = {
        "source": delivery.source,
        "delivery_id": delivery.delivery_id,
        "body_hash": delivery.body_hash,
        "body": vault.seal(delivery.body.decode(), delivery.place),
        "subject": delivery.subject,
        "received_at": now,
        "state": ItemState.READY.value,
        "attempts": 0,
        "next_attempt_at": now,
    }
    return Ready(delivery, row)


def store(session: Session, vault: Vault, delivery: Delivery, now: datetime) -> Stored:
    """Store `delivery` once. The caller may acknowledge it after its commit, and not before."""
    return store_ready(session.connection(), [ready(vault, delivery, now)])[0]


def store_ready(connection: Connection, given: Sequence[Ready]) -> list[Stored]:
    """Store each once, in their order; what became of each. As of one, and for the price of little more than one."""
    deliveries = [one.delivery for one in given]
    inserted = insert_new_rows(connection, INBOX, [one.row for one in given], ("source", "delivery_id"))
    new = {tuple(row) for row in inserted}
    known = _hashes(connection, [delivery for delivery in deliveries if delivery.key not in new])
    outcomes = []
    for delivery in deliveries:
        # Of two in one batch with the same id only the first is new.
        if known.setdefault(delivery.key, delivery.body_hash) != delivery.body_hash:
            outcomes.append(Stored.CONFLICT)
        elif delivery.key in new:
            new.discard(delivery.key)
            outcomes.append(Stored.NEW)
        else:
            outcomes.append(Stored.DUPLICATE)
    return outcomes


def _hashes(connection: Connection, deliveries: Sequence[Delivery]) -> dict[tuple[str, str], str]:
    if not deliveries:
        return {}
    columns = (INBOX.c.source, INBOX.c.delivery_id)
    keys = tuple_(*columns).in_([delivery.key for delivery in deliveries])
    return {
        (source, name): told
        for source, name, told in connection.execute(select(*columns, INBOX.c.body_hash).where(keys))
    }


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
