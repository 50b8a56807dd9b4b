"""From envelopes to licences: every observation is kept once, the ids it carries meet, the states follow."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import one_at_a_time
from models.queues import ItemState, OutboxItem
from models.vault import Vault
from services import inbox, outbox, queues
from services.inbox import Delivery
from services.marketplace import observations
from services.marketplace.further import in_common_words
from services.marketplace.observations import Envelope
from services.marketplace.projection import enter, project
from services.marketplace.rows import TYPES, MarketplaceRow, UnreadableRowError, kind_of, read_row
from services.marketplace.values import EPOCH, day, instant, text
from services.retention import past_contacts

MAX_DEPTH = 20
# Made once: `json.dumps` makes one for each row.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)
# The effect of the outbox that links licences, and its subject: one at a time.
RELINK = "marketplace.relink"


@dataclass(frozen=True)
class Summary:
    """What became of the rows: `rows == new + unchanged + quarantined`."""

    rows: int = 0
    new: int = 0
    unchanged: int = 0
    quarantined: int = 0

    def __add__(self, more: Summary) -> Summary:
        return Summary(
            self.rows + more.rows,
            self.new + more.new,
            self.unchanged + more.unchanged,
            self.quarantined + more.quarantined,
        )


def subject_of(message: Mapping[str, Any]) -> str | None:
    """The licence that a single event speaks of, so that its events are worked on in order; None for anything else."""
    row = message.get("data")
    if not isinstance(row, Mapping):
        return None
    names = (text(row.get(name)) for name in ("appEntitlementNumber", "appEntitlementId", "licenseId"))
    known = next((name for name in names if name), None)
    return f"licence:{known}"[:300] if known else None


def envelopes_of(body: bytes, delivery_id: str) -> list[Envelope]:
    """The envelopes of a webhook delivery, single or batch; `UnreadableRowError` where it holds none that is known."""
    message = json.loads(body)
    if message.get("type") != "batch":
        return [_envelope(message, delivery_id, message.get("timestamp"))]
    items = message.get("data")
    if not isinstance(items, list) or len(items) > 500:
        raise UnreadableRowError("a batch holds a list of 500 envelopes at most")
    return [_envelope(item, f"{delivery_id}/{number}", message.get("timestamp")) for number, item in enumerate(items)]


def _envelope(message: object, key: str, sent_at: object) -> Envelope:
    if not isinstance(message, Mapping) or message.get("type") not in TYPES:
        raise UnreadableRowError("the type of the event is not known")
    row = message.get("data")
    if not isinstance(row, Mapping):
        raise UnreadableRowError("the event carries no row")
    as_of = instant(message.get("timestamp")) or instant(sent_at) or EPOCH
    return Envelope("webhook", key, TYPES[message["type"]], as_of, row)


def envelope_of_row(row: object, source: str, as_of: datetime | None) -> Envelope:
    """The envelope of one row of an export: the same row of the same source is the same observation for ever.

    A file has no time of its own, so its rows count as true when they were created, as a history tells, or on the day
    of their last update, never on that of the import.
    """
    if not isinstance(row, Mapping):
        raise UnreadableRowError("the row is not an object")
    if not is_shallow(row):
        raise UnreadableRowError("the row is nested too deeply")
    canonical = _CANONICAL.encode(row).encode("utf-8", "surrogatepass")
    kind = kind_of(row)
    updated = day(in_common_words(row, kind).get("lastUpdated"))
    created = instant(row.get("recordCreatedDate"))
    true_on = as_of or created or (datetime.combine(updated, time(), UTC) if updated else EPOCH)
    return Envelope(source, hashlib.sha256(canonical).hexdigest(), kind, true_on, row)


@dataclass(frozen=True)
class Prepared:
    """Envelopes that were read, without a transaction being open: what is to be written, and what can't be read."""

    envelopes: Sequence[Envelope]
    readable: Mapping[tuple[str, str], tuple[Envelope, MarketplaceRow]]
    unreadable: Sequence[tuple[Envelope, str]]

    @property
    def says_nothing(self) -> bool:
        """Was everything known before?"""
        return not self.readable and not self.unreadable


def prepare(session: Session, vault: Vault, envelopes: Sequence[Envelope]) -> Prepared:
    """Read the envelopes that say something new. `session` may be a reading one: a row that is in the log already, and
    no younger, need not be read again."""
    in_log = observations.known(session, envelopes)
    readable: dict[tuple[str, str], tuple[Envelope, MarketplaceRow]] = {}
    unreadable = []
    for envelope in sorted(envelopes, key=lambda envelope: envelope.as_of):
        seen = in_log.get(envelope.identity)
        if seen is not None and envelope.as_of <= seen.as_of:
            continue
        try:
            readable[envelope.identity] = (envelope, read_row(envelope.row, envelope.kind, vault))
        except UnreadableRowError as error:
            unreadable.append((envelope, str(error)))
    return Prepared(envelopes, readable, unreadable)


def observe(session: Session, vault: Vault, envelopes: Sequence[Envelope], now: datetime) -> Summary:
    """Take observations in and bring the licences they speak of up to date. An odd row is quarantined, none aborts."""
    return take(session, vault, prepare(session, vault, envelopes), now)


def take(session: Session, vault: Vault, prepared: Prepared, now: datetime) -> Summary:
    """Write what was prepared, and bring the licences it speaks of up to date."""
    one_at_a_time(session, "marketplace")
    for envelope, reason in prepared.unreadable:
        set_aside(session, vault, envelope.source, envelope.key, envelope.row, reason, now)
    # Somebody else may have written the same since it was prepared.
    in_log = observations.known(session, [envelope for envelope, _ in prepared.readable.values()])
    new = [found for identity, found in prepared.readable.items() if identity not in in_log]
    later = {
        seen.id: envelope
        for identity, (envelope, _) in prepared.readable.items()
        if (seen := in_log.get(identity)) and envelope.as_of > seen.as_of
    }
    kept = observations.keep(session, vault, new, now)
    unsettled = enter(session, kept, now)
    kept.write(session)
    touched = {seen.licence_id for seen in kept.seen} - (kept.made.keys() - unsettled)
    touched |= observations.hear_again(session, later)
    changed = project(session, touched, now)
    named = {*kept.contacts.values(), *past_contacts.named_on(session, touched)}
    # Whoever has become a past contact is told of it as everybody is, though no licence has changed.
    if past_contacts.renew(session, named) or changed or kept.made:
        request_relink(session, vault, now)
    rows, quarantined = len(prepared.envelopes), len(prepared.unreadable)
    return Summary(rows, len(new), rows - len(new) - quarantined, quarantined)


def is_shallow(value: object, depth: int = MAX_DEPTH) -> bool:
    """Is nothing in `value` nested deeper than any row of the Marketplace is?"""
    if not isinstance(value, dict | list):
        return True
    # Most of a row is flat, and asked no further.
    deep = [inner for inner in (value.values() if isinstance(value, dict) else value) if isinstance(inner, dict | list)]
    return depth > 0 and all(is_shallow(inner, depth - 1) for inner in deep)


def request_relink(session: Session, vault: Vault, now: datetime) -> None:
    """Have licences linked again, in the transaction that changed them: so a crash right after it loses nothing."""
    outbox.enqueue(
        session,
        vault,
        kind=RELINK,
        key="all",
        subject=RELINK,
        # Two requests of one instant are two: the first may have been carried out meanwhile.
        payload={"since": now.isoformat(), "request": secrets.token_hex(8)},
        now=now,
    )


def relink_requested(session: Session) -> OutboxItem | None:
    """The request to link, where licences have changed since they were linked."""
    waiting = select(OutboxItem).where(OutboxItem.kind == RELINK, OutboxItem.state != ItemState.DONE)
    return session.scalar(waiting.limit(1))


def relinked(session: Session, request: OutboxItem, now: datetime) -> None:
    """What was requested has been done; a request that came in meanwhile stands."""
    item = session.get(OutboxItem, request.id)
    if item is not None and item.payload_hash == request.payload_hash:
        queues.finish(item, now)


def set_aside(session: Session, vault: Vault, source: str, key: str, row: object, reason: str, now: datetime) -> None:
    """Keep an odd row of an export, whole, in quarantine, from which it can be retried after an upgrade."""
    body = json.dumps({"type": "export.row", "source": source, "data": row}, default=str).encode()
    delivery = Delivery("marketplace", f"{source}/{key}", body, f"row:{key}")
    inbox.set_aside(session, vault, delivery, reason, now)
