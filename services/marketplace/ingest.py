"""From envelopes to licences: every observation is kept once, the ids it carries meet, the states follow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import one_at_a_time
from models.marketplace import Observation, ObservedContact
from models.vault import Vault
from services import inbox, outbox
from services.inbox import Delivery
from services.marketplace import people
from services.marketplace.identity import chunks, licences_for
from services.marketplace.merge import Row
from services.marketplace.projection import project
from services.marketplace.rows import TYPES, Contact, MarketplaceRow, UnreadableRowError, kind_of, read_row
from services.marketplace.values import EPOCH, day, instant, text

MAX_DEPTH = 20

# Where our knowledge of a person comes from (GDPR Art. 14(2)(f)).
SOURCE = "atlassian_marketplace"


@dataclass(frozen=True)
class Envelope:
    """One observation on its way in: interface.md, "Marketplace envelope". `key` is unique within `source`."""

    source: str
    key: str
    kind: str
    as_of: datetime
    row: Mapping[str, Any]


@dataclass
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

    A file has no time of its own, so its rows count as true on the day of their last update, never of the import.
    """
    if not isinstance(row, Mapping):
        raise UnreadableRowError("the row is not an object")
    if not is_shallow(row):
        raise UnreadableRowError("the row is nested too deeply")
    canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), default=str).encode("utf-8", "surrogatepass")
    updated = day(row.get("lastUpdated"))
    true_on = as_of or (datetime.combine(updated, time(), UTC) if updated else EPOCH)
    return Envelope(source, hashlib.sha256(canonical).hexdigest(), kind_of(row), true_on, row)


def observe(session: Session, vault: Vault, envelopes: Sequence[Envelope], now: datetime) -> Summary:
    """Take observations in and bring the licences they speak of up to date. An odd row is quarantined, none aborts."""
    one_at_a_time(session, "marketplace")
    summary = Summary(rows=len(envelopes))
    readable: list[tuple[Envelope, MarketplaceRow]] = []
    for envelope in envelopes:
        try:
            readable.append((envelope, read_row(envelope.row, envelope.kind, vault)))
        except UnreadableRowError as error:
            set_aside(session, vault, envelope.source, envelope.key, envelope.row, str(error), now)
            summary.quarantined += 1
    kept = _keep(session, readable)
    summary.new = sum(is_new for _, _, _, is_new in kept)
    summary.unchanged = len(readable) - summary.new
    news = [(seen, row, is_new) for seen, row, is_news, is_new in kept if is_news]
    _keep_contacts(session, vault, news, now)
    if news:
        project(session, {seen.licence_id for seen, _, _ in news}, now)
        request_relink(session, vault, now)
    return summary


def _keep(
    session: Session, readable: Sequence[tuple[Envelope, MarketplaceRow]]
) -> list[tuple[Observation, MarketplaceRow, bool, bool]]:
    """Store each observation once: it, its row, whether it says anything new, and whether it is new itself."""
    known = _known(session, [envelope for envelope, _ in readable])
    licence_ids = licences_for(session, [row.aliases for _, row in readable])
    kept = []
    for (envelope, row), licence_id in zip(readable, licence_ids, strict=True):
        version = Row(row.facts, envelope.as_of).version
        seen = known.get((envelope.source, envelope.key))
        if seen is None:
            seen = known[(envelope.source, envelope.key)] = _observation(envelope, row, version, licence_id)
            session.add(seen)
            kept.append((seen, row, True, True))
            continue
        later = envelope.as_of > seen.as_of
        if later:
            # The same words, true at a later time: they count from the latest, in whatever order they came.
            seen.as_of, seen.version = envelope.as_of, version
        kept.append((seen, row, later, False))
    session.flush()
    return kept


def _known(session: Session, envelopes: Sequence[Envelope]) -> dict[tuple[str, str], Observation]:
    found = {}
    for keys in chunks(sorted({envelope.key for envelope in envelopes})):
        for seen in session.scalars(select(Observation).where(Observation.source_key.in_(keys))):
            found[(seen.source, seen.source_key)] = seen
    return found


def _observation(envelope: Envelope, row: MarketplaceRow, version: str, licence_id: int) -> Observation:
    return Observation(
        licence_id=licence_id,
        source=envelope.source,
        source_key=envelope.key,
        kind=row.kind,
        as_of=envelope.as_of,
        version=version,
        facts=row.facts,
        forgotten=row.forgotten,
    )


def _keep_contacts(
    session: Session, vault: Vault, news: Sequence[tuple[Observation, MarketplaceRow, bool]], now: datetime
) -> None:
    named = [(seen, contact, is_new) for seen, row, is_new in news if (contact := _evaluator(row))]
    acquaintances = people.Acquaintances(session, vault, [contact.email for _, contact, _ in named])
    met = [
        (seen, contact, acquaintances.meet(contact, version=seen.version, source=SOURCE, now=now), is_new)
        for seen, contact, is_new in named
    ]
    session.flush()
    for seen, contact, person, is_new in met:
        if is_new:
            details = people.seal_contact(vault, person, contact, seen.id)
            session.add(
                ObservedContact(observation_id=seen.id, role=contact.role, person_id=person.id, details=details)
            )
    session.flush()


def is_shallow(value: object, depth: int = MAX_DEPTH) -> bool:
    """Is nothing in `value` nested deeper than any row of the Marketplace is?"""
    if isinstance(value, Mapping):
        return depth > 0 and all(is_shallow(inner, depth - 1) for inner in value.values())
    if isinstance(value, list):
        return depth > 0 and all(is_shallow(inner, depth - 1) for inner in value)
    return True


def request_relink(session: Session, vault: Vault, now: datetime) -> None:
    """Have licences linked again, in the transaction that changed them: so a crash right after it loses nothing."""
    outbox.enqueue(
        session,
        vault,
        kind="marketplace.relink",
        key="all",
        subject="marketplace.relink",
        payload={"since": now.isoformat()},
        now=now,
    )


def set_aside(session: Session, vault: Vault, source: str, key: str, row: object, reason: str, now: datetime) -> None:
    """Keep an odd row of an export, whole, in quarantine, from which it can be retried after an upgrade."""
    body = json.dumps({"type": "export.row", "source": source, "data": row}, default=str).encode()
    delivery = Delivery("marketplace", f"{source}/{key}", body, f"row:{key}")
    inbox.set_aside(session, vault, delivery, reason, now)


def _evaluator(row: MarketplaceRow) -> Contact | None:
    """Whoever evaluates: the technical contact; where none is named, a billing contact who is not the partner's."""
    links = row.facts["links"]
    partner = links.get("partner", {})
    for contact in row.contacts:
        if contact.role == "technical":
            return contact
        if not row.forgotten and links["billing"]["mailbox"] != partner.get("mailbox"):
            return contact
    return None
