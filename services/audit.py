"""The staff journal: who did what to whom, for which purpose and case.

An entry is written in the transaction of the act itself, so an act that can't be recorded does not happen. Each entry
holds the hash of the one before it; `chain_heads` tells where the chain ends, so that a cut end shows, and anchors kept
outside the database (services/anchors.py) tell what the head was, so that a cut chain with a mended head shows too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Row, Table, delete, func, or_, select
from sqlalchemy import String as Text
from sqlalchemy import cast as cast_as
from sqlalchemy.orm import Session

from models.accountability import ChainHead
from models.consent import AuditEvent
from models.database import one_at_a_time
from services import account_ids

START = "0" * 64
CHAIN = AuditEvent.__tablename__
ENTRIES = cast(Table, AuditEvent.__table__)
LINKED = ("actor", "action", "subject", "purpose", "detail", "at")
READ_AHEAD = 5_000
# `json.dumps` would make an encoder anew for each entry.
_ENCODE = json.JSONEncoder(sort_keys=True).encode
# What of a person's entries is a look at their data, by the action's last word.
LOOKS = ("read", "list", "search", "export", "view")


@dataclass(frozen=True)
class Anchor:
    """Where the chain ended once: the number and the hash of its newest entry."""

    seq: int
    hash: str


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str | None,
    purpose: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    case: str | None = None,
) -> None:
    """Add one entry. `subject` is a pseudonymous id; `detail` holds no personal data; `case`: the key of a case."""
    one_at_a_time(session, "audit")
    head = session.get(ChainHead, CHAIN)
    if head is None:
        head = ChainHead(name=CHAIN, seq=0, hash=START, purged_seq=0)
        session.add(head)
    event = AuditEvent(
        # Not left to the database: SQLite would begin at 1 again once everything is purged.
        seq=head.seq + 1,
        actor_ref=account_ids.ref_of(session, actor, now),
        action=action,
        subject=subject,
        purpose=purpose,
        case_ref=case[:60] if case else None,
        detail=dict(detail or {}),
        at=now,
        previous_hash=head.hash,
    )
    event.hash = _hash(
        event.previous_hash,
        event.actor_ref,
        action,
        subject,
        purpose,
        event.detail,
        now.astimezone(UTC),
        event.case_ref,
    )
    session.add(event)
    session.flush()
    head.seq, head.hash = event.seq, event.hash


def record_list(
    session: Session, items: Sequence[Mapping[str, Any]], *, actor: str, purpose: str, now: datetime
) -> None:
    """Add one entry for a list: whoever is on it was read."""
    shown = {"ids": [item["id"] for item in items]}
    record(session, actor=actor, action="prospects.list", subject=None, purpose=purpose, now=now, detail=shown)


def reads_of(session: Session, person_id: str) -> list[dict[str, str | None]]:
    """Who of us looked at this person's data, for themself: `{at, action, purpose, case}`, oldest first, no names."""
    named = cast_as(AuditEvent.detail, Text).contains(f'"{person_id}"', autoescape=True)
    statement = (
        select(AuditEvent.at, AuditEvent.action, AuditEvent.purpose, AuditEvent.case_ref)
        .where(or_(AuditEvent.subject == person_id, named))
        .order_by(AuditEvent.seq)
    )
    return [
        {"at": row.at.isoformat(), "action": row.action, "purpose": row.purpose, "case": row.case_ref}
        for row in session.execute(statement)
        if row.action.rpartition(".")[2] in LOOKS
    ]


def head(session: Session) -> Anchor | None:
    """Where the chain ends now, for an anchor; None before the first entry."""
    found = session.get(ChainHead, CHAIN)
    return Anchor(found.seq, found.hash) if found is not None else None


def count(session: Session) -> int:
    """How many entries there are."""
    return session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def verify(session: Session, anchors: Sequence[Anchor] = ()) -> int | None:
    """The number of the first entry that is not as it was written, or missing; None when the chain is whole."""
    end = session.get(ChainHead, CHAIN)
    begun = (end.purged_seq, end.purged_hash or START) if end is not None else (0, START)
    seq, previous = begun
    wanted = {anchor.seq: anchor.hash for anchor in anchors if anchor.seq > begun[0]}
    for event in _entries(session, after=begun[0]):
        if event.previous_hash != previous or event.hash != _hash_of(event):
            return int(event.seq)
        seq, previous = int(event.seq), event.hash
        if wanted.pop(seq, previous) != previous:
            return seq
    if wanted:
        return min(wanted)
    if end is None:
        return seq or None
    return None if (end.seq, end.hash) == (seq, previous) or end.seq == begun[0] == seq else seq + 1


def purge(session: Session, before: datetime, limit: int) -> int:
    """Delete the entries from before `before`, the oldest `limit` of them; the rest stays a chain. Gives how many."""
    one_at_a_time(session, "audit")
    head = session.get(ChainHead, CHAIN)
    if head is None:
        return 0
    oldest = select(ENTRIES.c.seq, ENTRIES.c.hash, ENTRIES.c.at).order_by(ENTRIES.c.seq).limit(limit)
    expired = []
    for row in session.execute(oldest):
        # A clock that once jumped ahead must not let what came after it go early: stop at the first that is to stay.
        if row.at >= before:
            break
        expired.append(row)
    if expired:
        head.purged_seq, head.purged_hash = expired[-1].seq, expired[-1].hash
        session.flush()
        session.execute(delete(ENTRIES).where(ENTRIES.c.seq <= head.purged_seq))
    return len(expired)


def _entries(session: Session, after: int) -> Iterator[Row[Any]]:
    """Plain rows, page by page: objects of the ORM would cost more than the hashes."""
    columns = [ENTRIES.c[name] for name in ("seq", *LINKED, "case_ref", "previous_hash", "hash")]
    while True:
        page = select(*columns).where(ENTRIES.c.seq > after).order_by(ENTRIES.c.seq).limit(READ_AHEAD)
        rows = session.execute(page).all()
        yield from rows
        if len(rows) < READ_AHEAD:
            return
        after = rows[-1].seq


def _hash_of(event: Row[Any]) -> str:
    _, actor, action, subject, purpose, detail, at, case, previous, _ = tuple(event)
    return _hash(previous, actor, action, subject, purpose, detail, at, case)


def _hash(
    previous: str,
    actor: str,
    action: str,
    subject: str | None,
    purpose: str,
    detail: Mapping[str, Any],
    at: datetime,
    case: str | None,
) -> str:
    fields = [actor, action, subject, purpose, detail, at.isoformat()]
    # Entries from before there were cases have none in their hash.
    if case is not None:
        fields.append(case)
    return hashlib.sha256(f"{previous}{_ENCODE(fields)}".encode()).hexdigest()
