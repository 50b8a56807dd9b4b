"""Messages that wait or have been: bodies of inbox and outbox in which somebody is named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.consent import EVERY_PURPOSE, Suppression
from models.people import Person
from models.queues import InboxItem, ItemState, OutboxItem
from models.vault import SealError, Vault
from services import inbox, outbox
from services.marketplace.addresses import mailbox, normal_form
from services.marketplace.people import person_id
from services.queues import Item, Queue


def holding(session: Session, vault: Vault, needles: frozenset[str]) -> list[tuple[Queue, str, Sequence[Item]]]:
    """For each queue the items whose body names somebody of `needles` (case folded)."""
    return [
        (InboxItem, "body", _matching(session, vault, InboxItem, needles)),
        (OutboxItem, "payload", _matching(session, vault, OutboxItem, needles)),
    ]


def remove(session: Session, vault: Vault, needles: frozenset[str]) -> dict[str, int]:
    """Take these people out of every body; gives the number of rows by table.

    What is done, and a letter to them, goes whole. An event that still waits keeps what it says of a licence: only the
    person is taken out of it.
    """
    counts = {}
    for queue, _, items in holding(session, vault, needles):
        for item in items:
            if isinstance(item, InboxItem) and item.state != ItemState.DONE:
                inbox.replace_body(item, vault, _without(inbox.body_of(item, vault), needles))
            elif isinstance(item, InboxItem):
                item.body = None
            else:
                item.payload, item.state = None, ItemState.DONE
        if items:
            counts[queue.__tablename__] = len(items)
    session.flush()
    return counts


def forget_if_erased(session: Session, vault: Vault, item_id: int, body: bytes) -> bool:
    """Empty the body of an event that was worked on and names somebody who was erased: the feed goes on naming them."""
    addresses = {known for text in _texts(json.loads(body)) if "@" in text and (known := normal_form(text))}
    ids = {person_id(vault, address) for address in addresses}
    boxes = {vault.blind_index("mailbox", mailbox(address)) for address in addresses}
    erased = select(Person.id).where(Person.id.in_(ids), Person.erased_at.is_not(None)).limit(1)
    blocked = select(Suppression.digest).where(
        Suppression.kind == "email", Suppression.digest.in_(boxes), Suppression.purpose == EVERY_PURPOSE
    )
    if not addresses or (session.scalar(erased) is None and session.scalar(blocked.limit(1)) is None):
        return False
    session.execute(update(InboxItem).where(InboxItem.id == item_id).values(body=None))
    return True


def _matching(session: Session, vault: Vault, queue: Queue, needles: frozenset[str]) -> list[Item]:
    if not needles:
        return []
    content = queue.body if queue is InboxItem else queue.payload  # type: ignore[union-attr]
    waiting: Iterator[Item] = session.scalars(select(queue).where(content.is_not(None)))
    return [item for item in waiting if any(_names_somebody(text, needles) for text in _texts(_read(item, vault)))]


def _read(item: Item, vault: Vault) -> Any:
    try:
        if isinstance(item, OutboxItem):
            return outbox.payload_of(item, vault)
        return json.loads(inbox.body_of(item, vault))
    except (SealError, ValueError):
        # What does not open names nobody any more; what is no JSON is never taken in by a door.
        return None


def _texts(value: Any) -> Iterator[str]:
    """Every string in a JSON value, case folded."""
    if isinstance(value, str):
        yield value.strip().casefold()
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _names_somebody(text: str, needles: frozenset[str]) -> bool:
    """Is the text one of them, one of its words, or does it hold a name of several words?"""
    if text in needles or not needles.isdisjoint(text.split()):
        return True
    return any(needle in text for needle in needles if " " in needle)


def _without(body: bytes, needles: frozenset[str]) -> bytes:
    return json.dumps(_cleared(json.loads(body), needles)).encode()


def _cleared(value: Any, needles: frozenset[str]) -> Any:
    if isinstance(value, str):
        return None if _names_somebody(value.strip().casefold(), needles) else value
    if isinstance(value, dict):
        return {name: _cleared(inner, needles) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cleared(inner, needles) for inner in value]
    return value
