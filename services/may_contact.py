"""May we contact this person, for this purpose, on this channel, now? The only gate to sending and to lists.

Everything that is not allowed here is refused; the answer says why, in both languages (privacy.md 2.2 and 2.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.consent import EVERY_PURPOSE, ConsentEvent, Suppression
from models.people import Person
from models.policy import PolicyVersion
from models.queues import OutboxItem
from models.register import LIMITS, PURPOSES, Basis, Duration
from services import consent
from services.consent import ConsentState
from services.contact_reasons import REASONS
from services.retention import clocks

CHUNK = 500
READ = (Person.id, Person.mailbox_index, Person.erased_at, Person.restricted_at, Person.deceased_at)
# Consent to calls lasts a year at most (loi 2025-594, art. 13); other consent is asked for again after three.
LIFE = {"phone": cast(Duration, LIMITS["phone_consent"].value)}
LONGEST = Duration.parse("P3Y")
# "Occasionally" (commitment C21). A letter of news is queued under a key `news/<person>/…`.
NEWS_INTERVAL = cast(Duration, LIMITS["news_interval"].value)


@dataclass(frozen=True)
class Receipt:
    """The decision. `events`: numbers of the ledger's entries relied on; `policy_hash`: of the version in force.

    `reasons` is `{"fr": [...], "en": [...]}`, and never empty.
    """

    allowed: bool
    basis: str | None
    events: tuple[int, ...]
    policy_hash: str | None
    reasons: Mapping[str, list[str]]


@dataclass(frozen=True)
class _Known:
    """What was read of the world before anybody is judged."""

    said: Mapping[str, Mapping[str, Any]]
    listed: frozenset[str]
    written_to: frozenset[str]


def may_contact(session: Session, person_id: str, purpose: str, channel: str, at: datetime) -> Receipt:
    """The decision for one person. ValueError for a purpose or channel that the register doesn't know."""
    return may_contact_many(session, [person_id], purpose, channel, at)[person_id]


def may_contact_many(
    session: Session, person_ids: Sequence[str], purpose: str, channel: str, at: datetime
) -> dict[str, Receipt]:
    """The decision for each of many people; whoever is unknown is refused."""
    if purpose not in PURPOSES or channel not in PURPOSES[purpose].channels:
        raise ValueError("not a purpose on this channel")
    in_force = select(PolicyVersion.digest).where(PolicyVersion.effective_at <= at)
    policy_hash = session.scalar(in_force.order_by(PolicyVersion.number.desc()).limit(1))
    read = (*READ, clocks.is_past(at.date()).label("is_past"))
    receipts: dict[str, Receipt] = {}
    for first in range(0, len(person_ids), CHUNK):
        ids = person_ids[first : first + CHUNK]
        people = {row.id: row for row in session.execute(select(*read).where(Person.id.in_(ids)))}
        known = _read(session, ids, [row.mailbox_index for row in people.values()], purpose, at)
        for person_id in ids:
            reason, basis, events = _judge(people.get(person_id), known, purpose, channel, at)
            words = REASONS[reason]
            told = {"fr": [words.fr], "en": [words.en]}
            receipts[person_id] = Receipt(basis is not None, basis, events, policy_hash, told)
    return receipts


def _read(session: Session, ids: Sequence[str], mailboxes: Iterable[str], purpose: str, at: datetime) -> _Known:
    event = (ConsentEvent.seq, ConsentEvent.person_ref, ConsentEvent.channel, ConsentEvent.state, ConsentEvent.at)
    of = (ConsentEvent.person_ref.in_(ids), ConsentEvent.purpose == purpose, ConsentEvent.at <= at)
    said: dict[str, dict[str, Any]] = {}
    for row in session.execute(select(*event).where(*of).order_by(ConsentEvent.seq)):
        said.setdefault(row.person_ref, {})[row.channel] = row
    on_list = (Suppression.kind == "email", Suppression.purpose.in_((purpose, EVERY_PURPOSE)))
    listed = session.scalars(select(Suppression.digest).where(*on_list, Suppression.digest.in_(list(mailboxes))))
    return _Known(said, frozenset(listed), _written_to(session, at) if purpose == "news" else frozenset())


def _written_to(session: Session, at: datetime) -> frozenset[str]:
    recent = (OutboxItem.kind == "mail.send", OutboxItem.key.startswith("news/", autoescape=True))
    keys = session.scalars(
        select(OutboxItem.key).where(*recent, OutboxItem.queued_at > at - (NEWS_INTERVAL.after(at) - at))
    )
    return frozenset(key.split("/")[1] for key in keys)


def is_in_force(channel: str, given_at: datetime, at: datetime) -> bool:
    """Does a consent that was given then still count?"""
    return at < LIFE.get(channel, LONGEST).after(given_at)


def _judge(
    person: Any, known: _Known, purpose: str, channel: str, at: datetime
) -> tuple[str, str | None, tuple[int, ...]]:
    """`(reason, basis or None, entries relied on)`; what weighs most comes first (privacy.md 2.3, precedence)."""
    if person is None or person.erased_at is not None:
        return "unknown", None, ()
    if person.deceased_at is not None and person.deceased_at <= at:
        return "deceased", None, ()
    restricted = person.restricted_at is not None and person.restricted_at <= at
    if purpose not in consent.PURPOSES:
        if restricted and purpose != "rights":
            return "restricted", None, ()
        return "needed", str(PURPOSES[purpose].bases[0]), ()
    said = known.said.get(person.id, {})
    objections = tuple(row.seq for row in said.values() if row.state == ConsentState.OBJECTED)
    if objections or person.mailbox_index in known.listed:
        return "objected", None, objections
    if purpose == "reference_list":
        return "individual", None, ()
    if restricted:
        return "restricted", None, ()
    if person.is_past:
        return "kept_too_long", None, ()
    return _by_state(person.id, said.get(channel), known, purpose, channel, at)


def _by_state(
    person_id: str, entry: Any, known: _Known, purpose: str, channel: str, at: datetime
) -> tuple[str, str | None, tuple[int, ...]]:
    if entry is None:
        return "never_asked", None, ()
    relied_on = (entry.seq,)
    if entry.state == ConsentState.GRANTED:
        if not is_in_force(channel, entry.at, at):
            return "expired", None, relied_on
        if person_id in known.written_to:
            return "too_often", None, relied_on
        return "granted", str(Basis.CONSENT), relied_on
    # Other channels than mail are for those whom mail does not reach (C86): without proof of that, only by consent.
    by_interest = Basis.LEGITIMATE_INTEREST in PURPOSES[purpose].bases and channel == "email"
    if entry.state == ConsentState.LEGITIMATE_INTEREST and by_interest:
        return "legitimate_interest", str(Basis.LEGITIMATE_INTEREST), relied_on
    return (entry.state if entry.state in REASONS else "never_asked"), None, relied_on
