"""Consent: an append-only ledger per person, purpose and channel; the current state is a fold of it.

Who may write what is decided here and nowhere else: a feed can only make a state known (`notice_due`), it can never
raise one, nor touch what the person has said (privacy.md 2.3; commitments C20, C55, C75, C79).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, RowMapping, Select, Table, func, select
from sqlalchemy.orm import Session

from models.accountability import gaps
from models.bulk import among, insert_rows
from models.consent import ConsentEvent, Suppression
from models.database import one_at_a_time
from models.people import Person
from models.policy import PolicyVersion

LEDGER = cast(Table, ConsentEvent.__table__)
START = "0" * 64
# What an entry says, in the order in which it is hashed; its time follows.
HASHED = (
    "person_ref", "purpose", "channel", "state", "basis", "actor_kind", "source", "policy_version", "wording_hash",
)  # fmt: skip
PURPOSES = ("prospect", "news", "survey", "tracking", "analytics", "reference_list")
CHANNELS = ("email", "phone", "fax", "post", "web")
EVERY_CHANNEL = "*"


class ConsentState(StrEnum):
    """States of one purpose on one channel (privacy.md 2.3)."""

    UNKNOWN = "unknown"
    NOTICE_DUE = "notice_due"
    LEGITIMATE_INTEREST = "legitimate_interest"
    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    NEEDS_REFRESH = "needs_refresh"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    INVALIDATED = "invalidated"


@dataclass(frozen=True)
class Entry:
    """What is to be entered in the ledger."""

    person_id: str
    purpose: str
    channel: str
    state: ConsentState
    actor: str
    source: str
    basis: str | None = None
    wording: str = ""


def notices_due(session: Session, people: Sequence[Person | Row[Any]], now: datetime) -> int:
    """People became known through somebody else: the notice of GDPR Art. 14 is due, and nothing is sent before it.

    The one entry a feed may cause, and only where the ledger says nothing yet; gives how many were made. Whoever is on
    the suppression list is entered as `objected`: the opt-out outlives erasure.
    """
    in_ledger = _known_people(session, "prospect", [person.id for person in people])
    mailboxes = [person.mailbox_index for person in people]
    on_list = select(Suppression.digest).where(
        Suppression.purpose == "prospect", among(session, Suppression.digest, mailboxes)
    )
    objected = set(session.scalars(on_list))
    entries = [
        Entry(person.id, "prospect", "email", ConsentState.OBJECTED, "system", person.source)
        if person.mailbox_index in objected
        else Entry(
            person.id, "prospect", "email", ConsentState.NOTICE_DUE, "system", person.source, "legitimate_interest"
        )
        for person in people
        if person.erased_at is None and person.id not in in_ledger
    ]
    append(session, entries, now)
    return len(entries)


def object_to(session: Session, person: Person, *, purpose: str, source: str, now: datetime, wording: str = "") -> None:
    """The person objects: at once, on every channel, for ever, no reason asked (GDPR Art. 21(2); commitment C75).

    Objecting twice is objecting once.
    """
    if purpose not in PURPOSES:
        raise ValueError("not a purpose")
    suppress(session, person.mailbox_index, purpose, "objected", now)
    said = {event.channel: event.state for event in _latest(_events(session, person.id, purpose))}
    open_channels = [channel for channel, state in ({"email": None} | said).items() if state != ConsentState.OBJECTED]
    append(
        session,
        [
            Entry(person.id, purpose, channel, ConsentState.OBJECTED, "person", source, wording=wording)
            for channel in sorted(open_channels)
        ],
        now,
    )


def withdraw(session: Session, person: Person, *, source: str, now: datetime, wording: str = "") -> int:
    """The person takes back every consent they gave or were asked for (commitment C79); gives how many."""
    taken = (ConsentState.GRANTED, ConsentState.REQUESTED, ConsentState.NEEDS_REFRESH)
    entries = [
        Entry(person.id, event.purpose, event.channel, ConsentState.WITHDRAWN, "person", source, wording=wording)
        for event in _latest(_events(session, person.id))
        if event.state in taken
    ]
    append(session, entries, now)
    return len(entries)


def suppress(session: Session, mailbox_index: str, purpose: str, reason: str, now: datetime) -> None:
    """Put the keyed digest of a mailbox on the list that survives erasure."""
    if session.get(Suppression, ("email", mailbox_index, purpose)) is None:
        session.add(
            Suppression(kind="email", digest=mailbox_index, purpose=purpose, reason=reason, created_on=now.date())
        )
        session.flush()


def suppressed(session: Session, mailbox_index: str, purpose: str) -> bool:
    """Is the mailbox on the suppression list for this purpose?"""
    return session.get(Suppression, ("email", mailbox_index, purpose)) is not None


def current(session: Session, person_id: str) -> list[dict[str, Any]]:
    """The state of each purpose and channel: `{purpose, channel, state, basis, since, policy_version}`."""
    return [
        {
            "purpose": event.purpose,
            "channel": event.channel,
            "state": event.state,
            "basis": event.basis,
            "since": event.at.isoformat(),
            "policy_version": event.policy_version,
        }
        for event in _latest(_events(session, person_id))
    ]


def states(session: Session, person_ids: Iterable[str]) -> dict[str, str]:
    """For a list: the state of prospecting by e-mail of each person."""
    statement = (
        select(ConsentEvent.person_ref, ConsentEvent.state)
        .where(
            ConsentEvent.person_ref.in_(list(person_ids)),
            ConsentEvent.purpose == "prospect",
            ConsentEvent.channel == "email",
        )
        .order_by(ConsentEvent.seq)
    )
    return {row.person_ref: row.state for row in session.execute(statement)}


def people_in(state: str) -> Select[str]:
    """The people whose prospecting by e-mail is in this state, as a query to be used within another."""
    mail = (ConsentEvent.purpose == "prospect", ConsentEvent.channel == "email")
    return select(ConsentEvent.person_ref).where(ConsentEvent.seq.in_(newest(*mail)), ConsentEvent.state == state)


def newest(*conditions: ColumnElement[bool]) -> Select[int]:
    """The numbers of the entries that hold now: of each person, purpose and channel the newest that meets these."""
    said = (ConsentEvent.person_ref, ConsentEvent.purpose, ConsentEvent.channel)
    return select(func.max(ConsentEvent.seq)).where(*conditions).group_by(*said)


def _known_people(session: Session, purpose: str, person_ids: Sequence[str]) -> set[str]:
    """Those of these people of whom the ledger says something for this purpose."""
    said = select(ConsentEvent.person_ref).where(
        among(session, ConsentEvent.person_ref, person_ids), ConsentEvent.purpose == purpose
    )
    return set(session.scalars(said))


def history(session: Session, person_id: str) -> list[ConsentEvent]:
    """Everything the ledger holds of a person, oldest first."""
    return _events(session, person_id)


def verify(session: Session) -> int | None:
    """The number of the first entry that is not as it was written, or None when the chain is whole."""
    previous = START
    over = gaps(session, ConsentEvent.__tablename__)
    for row in session.execute(
        select(LEDGER).order_by(LEDGER.c.seq), execution_options={"yield_per": 1_000}
    ).mappings():
        while row["previous_hash"] != previous and previous in over:
            previous = over[previous]
        if row["previous_hash"] != previous or row["hash"] != _hash(previous, row):
            return int(row["seq"])
        previous = row["hash"]
    return None


def _events(session: Session, person_id: str, purpose: str | None = None) -> list[ConsentEvent]:
    statement = select(ConsentEvent).where(ConsentEvent.person_ref == person_id).order_by(ConsentEvent.seq)
    return list(session.scalars(statement if purpose is None else statement.where(ConsentEvent.purpose == purpose)))


def _latest(events: Iterable[ConsentEvent]) -> list[ConsentEvent]:
    newest = {(event.purpose, event.channel): event for event in events}
    return [newest[key] for key in sorted(newest)]


def append(session: Session, entries: Sequence[Entry], now: datetime) -> None:
    """Add entries to the end of the chain, bound to the policy in force. Whether they may be made is for the caller."""
    if not entries:
        return
    one_at_a_time(session, "consent")
    previous = session.scalar(select(ConsentEvent.hash).order_by(ConsentEvent.seq.desc()).limit(1)) or START
    in_force = select(func.max(PolicyVersion.number)).where(PolicyVersion.effective_at <= now)
    policy_version = session.scalar(in_force)
    rows = []
    for entry in entries:
        row = {
            "person_ref": entry.person_id,
            "purpose": entry.purpose,
            "channel": entry.channel,
            "state": str(entry.state),
            "basis": entry.basis,
            "actor_kind": entry.actor,
            "source": entry.source,
            "policy_version": policy_version,
            "wording_hash": hashlib.sha256(entry.wording.encode()).hexdigest() if entry.wording else None,
            "at": now,
        }
        digest = _hash(previous, row)
        rows.append(row | {"previous_hash": previous, "hash": digest})
        previous = digest
    insert_rows(session, LEDGER, rows)


def _hash(previous: str, row: Mapping[str, Any] | RowMapping) -> str:
    said = [row[name] for name in HASHED] + [row["at"].isoformat()]
    return hashlib.sha256(f"{previous}{json.dumps(said)}".encode()).hexdigest()
