"""Notes of staff on a person: what colleagues should know before they write or call.

They are data about the person like any other: sealed under their key, told to them when they ask for access, erased and
kept with them, and neither shown nor written while their data is restricted to storage (GDPR Art. 18(2)). A note is no
act of the person, so it starts no clock anew.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.notes import Note
from models.people import Person, Prospect
from models.vault import Place, Vault
from services import account_ids, audit
from services.marketplace.people import living
from services.retention import clocks

LONGEST = 2_000
# Nobody reads more before a call; who needs more has a correspondence.
MOST = 100


class NoteError(ValueError):
    """It can't be written. `code`: `no-person`, `too-many`, or `bad-text`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def write(
    session: Session, vault: Vault, prospect_id: str, text: str, *, actor: str, purpose: str, now: datetime
) -> None:
    """Add a note about the person of a prospect, journalled."""
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise NoteError("bad-text")
    person = _open_to_staff(session, prospect_id, now)
    if person is None:
        raise NoteError("no-person")
    if (session.scalar(select(func.count()).where(Note.person_id == person.id)) or 0) >= MOST:
        raise NoteError("too-many")
    note = Note(id=f"n{secrets.token_hex(12)}", person_id=person.id, written_at=now)
    note.text = vault.person_key(person.data_key, person.id).seal(text.encode(), _place(note))
    note.author_ref = account_ids.ref_of(session, actor, now)
    session.add(note)
    session.flush()
    _journal(session, "written", note, prospect_id, actor=actor, purpose=purpose, now=now)


def drop(
    session: Session, prospect_id: str, note_id: str, *, actor: str, is_officer: bool, purpose: str, now: datetime
) -> bool:
    """Delete a note of this prospect's person: by its author, or by a privacy officer. False where there is none that
    this account may delete."""
    person = _open_to_staff(session, prospect_id, now)
    note = session.get(Note, note_id)
    if person is None or note is None or note.person_id != person.id:
        return False
    if not is_officer and note.author_ref != account_ids.known_ref(session, actor):
        return False
    session.delete(note)
    _journal(session, "dropped", note, prospect_id, actor=actor, purpose=purpose, now=now)
    return True


def listed(session: Session, vault: Vault, person: Person) -> list[dict[str, Any]]:
    """The notes about somebody, the newest first: `[{id, text, at, by}]`, `by` our name for the author's account."""
    if person.erased_at is not None or person.restricted_at is not None:
        return []
    key, theirs = vault.person_key(person.data_key, person.id), select(Note).where(Note.person_id == person.id)
    return [
        {
            "id": note.id,
            "text": key.unseal(note.text, _place(note)).decode(),
            "at": note.written_at.isoformat(),
            "by": note.author_ref,
        }
        for note in session.scalars(theirs.order_by(Note.written_at.desc(), Note.id))
    ]


def _open_to_staff(session: Session, prospect_id: str, now: datetime) -> Person | None:
    prospect = session.get(Prospect, prospect_id)
    if prospect is None or clocks.is_over(prospect, now):
        return None
    person = living(session, prospect.person_id)
    return person if person is not None and person.restricted_at is None else None


def _place(note: Note) -> Place:
    return Place(Note.__tablename__, "text", note.id)


def _journal(
    session: Session, what: str, note: Note, prospect_id: str, *, actor: str, purpose: str, now: datetime
) -> None:
    audit.record(
        session, actor=actor, action=f"note.{what}", subject=prospect_id, purpose=purpose, now=now,
        detail={"note": note.id},
    )  # fmt: skip
