"""The outbox: effects on the outside, written in the transaction that decides them and carried out after its commit."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.queues import ItemState, OutboxItem
from models.vault import Place, Vault


def enqueue(
    session: Session, vault: Vault, *, kind: str, key: str, subject: str, payload: dict[str, Any], now: datetime
) -> None:
    """Queue one effect. `key` is its idempotency marker: the same effect again is a no-op, a newer payload for the same
    key takes the place of the older one and is carried out (once more, if need be)."""
    text = json.dumps(payload, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    item = session.scalars(select(OutboxItem).filter_by(kind=kind, key=key)).one_or_none()
    if item is not None and item.payload_hash == digest:
        return
    if item is None:
        item = OutboxItem(kind=kind, key=key, subject=subject, queued_at=now)
        session.add(item)
    item.payload_hash, item.payload = digest, vault.seal(text, _place(kind, key))
    item.state, item.attempts, item.next_attempt_at, item.done_at = ItemState.READY, 0, now, None
    session.flush()


def payload_of(item: OutboxItem, vault: Vault) -> dict[str, Any]:
    """What `enqueue` was given."""
    if item.payload is None:
        return {}
    payload: dict[str, Any] = json.loads(vault.unseal(item.payload, _place(item.kind, item.key)))
    return payload


def _place(kind: str, key: str) -> Place:
    return Place("outbox", "payload", f"{kind}|{key}")
