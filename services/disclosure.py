"""The one gate by which anything leaves to somebody outside: shut, but for recipients of the register (C03, C04, C58).

A disclosure names its recipient, its basis and its purpose, and is entered in the register of disclosures in the same
transaction as the act, so what can't be entered does not leave. There is no path for selling.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accountability import CorporateEvent, CorporateObjection, Disclosure, DisclosureSubject
from models.consent import ConsentEvent
from models.register import PURPOSES, REGISTER, Category, Recipient, Register
from models.register.recipients import RecipientRole
from services import account_ids, audit

SUCCESSOR = "successor"
# What goes to these leaves only when another of us than who asked for it agrees.
TWO_AGREE = ("abuse_parties", "atlassian", SUCCESSOR)


class Basis(StrEnum):
    """Why something may be given away: the law demands it, the person has agreed, or the policy says so."""

    LAW = "law"
    CONSENT = "consent"
    POLICY = "policy"


class RefusedDisclosureError(Exception):
    """The gate stays shut. `code` says why, for programs and tests."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Receipt:
    """What was entered. `subjects`: whose data may be given: those asked for, without whoever objected."""

    id: str
    subjects: tuple[str, ...]
    excluded: tuple[str, ...] = ()


def disclose(
    session: Session,
    *,
    recipient: str,
    subjects: Iterable[str],
    categories: Iterable[Category | str],
    basis: Basis | str,
    purpose: str,
    actor: str,
    now: datetime,
    case: str | None = None,
    reference: str | None = None,
    approved_by: str | None = None,
    event_id: int | None = None,
    register: Register | None = None,
) -> Receipt:
    """Enter a disclosure and let it pass, or raise `RefusedDisclosureError`. Commit before anything is sent.

    `subjects`: ids of people, none where nobody is concerned. `reference`: the article or order (law), the number of
    the entry in the consent ledger (consent). `approved_by`: another account than `actor`, where two have to agree.
    """
    given = tuple(Category(category) for category in categories)
    people = tuple(dict.fromkeys(subjects))
    known = _listed(recipient, register or REGISTER)
    _require_fitting(known, given, purpose, case)
    basis = _basis(basis)
    if basis is Basis.LAW and not reference:
        raise RefusedDisclosureError("law-without-reference")
    if basis is Basis.POLICY and known.role is RecipientRole.AUTHORITY:
        raise RefusedDisclosureError("authority-without-law")
    if basis is Basis.CONSENT:
        _require_consent(session, people, purpose, reference)
    if known.id in TWO_AGREE and approved_by in (None, actor):
        raise RefusedDisclosureError("two-have-to-agree")
    staying = _objectors(session, event_id, now) if known.id == SUCCESSOR else set()
    leaving = tuple(person for person in people if person not in staying)
    entry = Disclosure(
        id=f"d{secrets.token_hex(12)}", at=now, recipient=known.id, basis=basis, reference=reference,
        purpose=purpose, case_ref=case, categories=[category.value for category in given], event_id=event_id,
        actor=account_ids.ref_of(session, actor, now),
        approved_by=account_ids.ref_of(session, approved_by, now) if approved_by else None,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    session.add_all(DisclosureSubject(disclosure_id=entry.id, person_ref=person) for person in leaving)
    told = {"disclosure": entry.id, "recipient": known.id, "people": len(leaving)}
    audit.record(
        session, actor=actor, action="disclosure.made", subject=None, purpose=purpose, now=now, detail=told, case=case
    )
    return Receipt(entry.id, leaving, tuple(person for person in people if person in staying))


def listed(session: Session, limit: int = 100) -> list[dict[str, Any]]:
    """The newest disclosures, with how many people each was about."""
    rows = session.scalars(select(Disclosure).order_by(Disclosure.at.desc(), Disclosure.id).limit(limit)).all()
    return [_told(session, row) for row in rows]


def of_person(session: Session, person_id: str) -> list[dict[str, Any]]:
    """To whom this person's data was given, for themself (GDPR Art. 15(1)(c)): `{at, recipient, basis, purpose, …}`."""
    mine = select(DisclosureSubject.disclosure_id).where(DisclosureSubject.person_ref == person_id)
    rows = session.scalars(select(Disclosure).where(Disclosure.id.in_(mine)).order_by(Disclosure.at, Disclosure.id))
    return [
        {"at": row.at.isoformat(), "recipient": row.recipient, "basis": row.basis, "purpose": row.purpose,
         "categories": row.categories}
        for row in rows
    ]  # fmt: skip


def _listed(name: str, register: Register) -> Recipient:
    recipient = register.recipients.get(name)
    if recipient is None:
        raise RefusedDisclosureError("unknown-recipient")
    if not recipient.on:
        raise RefusedDisclosureError("recipient-switched-off")
    return recipient


def _require_fitting(recipient: Recipient, categories: Sequence[Category], purpose: str, case: str | None) -> None:
    if not categories or not set(categories) <= set(recipient.categories):
        raise RefusedDisclosureError("category-not-for-this-recipient")
    if purpose not in PURPOSES:
        raise RefusedDisclosureError("unknown-purpose")
    if recipient.id == "abuse_parties" and purpose != "abuse":
        raise RefusedDisclosureError("purpose-not-for-this-recipient")
    # Configurations go to Atlassian for a support case and for nothing else (C56).
    if recipient.id == "atlassian" and (purpose != "support" or not case):
        raise RefusedDisclosureError("support-case-needed")


def _basis(given: Basis | str) -> Basis:
    try:
        return Basis(given)
    except ValueError:
        raise RefusedDisclosureError("unknown-basis") from None


def _require_consent(session: Session, people: Sequence[str], purpose: str, reference: str | None) -> None:
    """The entry referred to grants this purpose, is of the one person concerned, and nothing newer takes it back."""
    if reference is None or not reference.isascii() or not reference.isdigit() or len(people) != 1:
        raise RefusedDisclosureError("consent-without-entry")
    entry = session.get(ConsentEvent, int(reference))
    if entry is None or (entry.person_ref, entry.purpose) != (people[0], purpose) or entry.state != "granted":
        raise RefusedDisclosureError("consent-not-given")
    newer = select(ConsentEvent.seq).where(
        ConsentEvent.person_ref == entry.person_ref,
        ConsentEvent.purpose == purpose,
        ConsentEvent.channel == entry.channel,
        ConsentEvent.seq > entry.seq,
        ConsentEvent.state != "granted",
    )
    if session.scalar(newer.limit(1)) is not None:
        raise RefusedDisclosureError("consent-not-given")


def _objectors(session: Session, event_id: int | None, now: datetime) -> set[str]:
    event = session.get(CorporateEvent, event_id) if event_id is not None else None
    if event is None or event.closed_at is not None:
        raise RefusedDisclosureError("no-corporate-event")
    if now < event.objections_until:
        raise RefusedDisclosureError("objections-still-possible")
    return set(session.scalars(select(CorporateObjection.person_ref).where(CorporateObjection.event_id == event.id)))


def _told(session: Session, row: Disclosure) -> dict[str, Any]:
    people = session.scalars(select(DisclosureSubject.person_ref).where(DisclosureSubject.disclosure_id == row.id))
    return {
        "id": row.id, "at": row.at.isoformat(), "recipient": row.recipient, "basis": row.basis,
        "reference": row.reference, "purpose": row.purpose, "case": row.case_ref, "categories": row.categories,
        "people": len(people.all()), "event": row.event_id,
    }  # fmt: skip
