"""What people write and say to us, entered by hand or by a program: sealed, and kept by its mode (C23 to C31).

A fax is gone once it was read (C27); of a call there are four facts and no more (C25), and a withheld number is none
(C26). Whoever writes to us has been in contact: the clock of a prospect starts again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.correspondence import Correspondence, Mode
from models.people import Person
from models.vault import Place, SealError, Vault
from services import audit
from services.marketplace.addresses import address
from services.marketplace.people import living, person_id
from services.retention import clocks
from services.retention.cutoffs import cutoff

LONGEST_BODY = 200_000
LONGEST_TITLE = 500
LONGEST_NUMBER = 254
SEALED = ("counterpart", "title", "body")
KEPT_AS = {Mode.EMAIL: "correspondence.email", Mode.POST: "correspondence.post", Mode.FAX: "correspondence.email",
           Mode.PHONE: "correspondence.call"}  # fmt: skip


class LetterError(ValueError):
    """Something that this mode does not take, or that is too long. The message repeats nothing of it."""


@dataclass(frozen=True)
class Letter:
    """One message or call. `counterpart`: their address or number (None: withheld); `email`: by which we know them."""

    mode: Mode
    at: datetime
    counterpart: str | None = None
    email: str | None = None
    recipient: str | None = None
    duration_seconds: int | None = None
    title: str | None = None
    body: str | None = None
    case: str | None = None


def enter(session: Session, vault: Vault, letter: Letter, *, actor: str, now: datetime) -> str:
    """Store it; gives its id. The person is found by `email`, or by `counterpart` where that is an address."""
    _check(letter, now)
    known = address(letter.email or letter.counterpart or "")
    person = living(session, person_id(vault, known) if known else None)
    row = Correspondence(
        id=f"c{secrets.token_hex(12)}", person_id=person.id if person else None, mode=letter.mode,
        at=letter.at.astimezone(UTC), recipient=letter.recipient, duration_seconds=letter.duration_seconds,
        case_ref=letter.case,
    )  # fmt: skip
    for name in SEALED:
        text = getattr(letter, name)
        setattr(row, name, _seal(vault, person, text, Place("correspondence", name, row.id)) if text else None)
    session.add(row)
    session.flush()
    if person is not None:
        clocks.contacted(session, person.id, letter.at.astimezone(UTC).date())
    _note(session, "entered", row, actor=actor, purpose="reply", now=now)
    return row.id


def read(session: Session, vault: Vault, letter_id: str, *, actor: str, purpose: str, now: datetime) -> Any:
    """One in clear, for somebody with a purpose; None where there is none that may be shown. A fax is deleted by it."""
    row = session.scalars(select(Correspondence).where(Correspondence.id == letter_id, _shown(now))).one_or_none()
    if row is None:
        return None
    person = session.get(Person, row.person_id) if row.person_id else None
    shown = _told(row) | {name: _open(vault, person, row, name) for name in SEALED}
    row.read_at = row.read_at or now
    if row.mode == Mode.FAX:
        row.body, row.title = None, None
    session.flush()
    _note(session, "read", row, actor=actor, purpose=purpose, now=now)
    return shown


def listed(session: Session, now: datetime, *, person: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Heads alone, the newest first, of everybody or of one person. What is past its period is not among them."""
    statement = select(Correspondence).where(_shown(now)).order_by(Correspondence.at.desc(), Correspondence.id)
    if person is not None:
        statement = statement.where(Correspondence.person_id == person)
    return [_told(row) for row in session.scalars(statement.limit(limit))]


def _check(letter: Letter, now: datetime) -> None:
    if letter.at > now:
        raise LetterError("it can't have come in the future")
    if letter.mode is Mode.PHONE and (letter.title or letter.body or letter.case):
        raise LetterError("of a call only number, time, duration and recipient are kept")
    if letter.mode is not Mode.PHONE and letter.duration_seconds is not None:
        raise LetterError("only a call has a duration")
    if letter.duration_seconds is not None and not 0 <= letter.duration_seconds <= 86_400:
        raise LetterError("a duration is in seconds, a day at most")
    limits = {"counterpart": LONGEST_NUMBER, "title": LONGEST_TITLE, "body": LONGEST_BODY, "recipient": 128, "case": 60}
    for name, longest in limits.items():
        if len(getattr(letter, name) or "") > longest:
            raise LetterError(f"{name} has more than {longest} characters")


def _shown(now: datetime) -> Any:
    return or_(
        *((Correspondence.mode == mode) & (Correspondence.at > cutoff(period, now)) for mode, period in KEPT_AS.items())
    )


def _told(row: Correspondence) -> dict[str, Any]:
    return {
        "id": row.id, "mode": row.mode, "at": row.at.isoformat(), "person": row.person_id, "recipient": row.recipient,
        "duration_seconds": row.duration_seconds, "case": row.case_ref,
        "read_at": row.read_at.isoformat() if row.read_at else None,
    }  # fmt: skip


def _seal(vault: Vault, person: Person | None, text: str, place: Place) -> bytes:
    if person is None:
        return vault.seal(text, place)
    return vault.person_key(person.data_key, person.id).seal(text.encode(), place)


def _open(vault: Vault, person: Person | None, row: Correspondence, name: str) -> str | None:
    sealed, place = getattr(row, name), Place("correspondence", name, row.id)
    if sealed is None:
        return None
    try:
        if person is None:
            return vault.unseal(sealed, place)
        return vault.person_key(person.data_key, person.id).unseal(sealed, place).decode()
    except SealError:
        return None


def _note(session: Session, what: str, row: Correspondence, *, actor: str, purpose: str, now: datetime) -> None:
    audit.record(
        session, actor=actor, action=f"correspondence.{what}", subject=row.person_id, purpose=purpose, now=now,
        detail={"id": row.id, "mode": row.mode}, case=row.case_ref,
    )  # fmt: skip
