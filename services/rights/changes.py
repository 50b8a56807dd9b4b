"""What a request changes of a record: a value set right for good, use stopped, use allowed again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person, Prospect
from models.vault import Place, Vault
from services.marketplace import ingest
from services.marketplace.addresses import normal_form

FIELDS = ("name", "email", "phone", "company")
MAX_CHARS = 300
# Versions of a feed start with a year: this one is newer than any of them, for ever.
PINNED = "subject"


class NotPossibleError(ValueError):
    """The change can't be made. The message repeats nothing of it."""


def rectify(session: Session, vault: Vault, person: Person, fields: Mapping[str, str], now: datetime) -> list[str]:
    """Set fields right, shielded from every later feed (GDPR Art. 16; commitment C72); gives their names.

    The id of a person is of the address under which feeds know them, and stays.
    """
    if not fields or set(fields) - set(FIELDS):
        raise NotPossibleError(f"what can be set right: {', '.join(FIELDS)}")
    key = vault.person_key(person.data_key, person.id)
    versions = dict(person.versions)
    for field, given in sorted(fields.items()):
        value = _checked(session, vault, person, field, given.strip())
        setattr(person, field, key.seal(value.encode(), Place("people", field, person.id)))
        versions[field] = f"{PINNED}|{now.isoformat()}"
    person.versions = versions
    # The marks for searching are of the old values.
    ingest.request_relink(session, vault, now)
    return sorted(fields)


def restrict(session: Session, person: Person, now: datetime) -> None:
    """Nothing but storage from now on (GDPR Art. 18(2)): no contact, no staff view, no export list."""
    person.restricted_at = person.restricted_at or now
    _flag(session, person, add={"restricted"})


def lift(session: Session, person: Person) -> None:
    """The record may be used again. The person was told before."""
    person.restricted_at = None
    _flag(session, person, remove={"restricted"})


def _flag(session: Session, person: Person, add: set[str] | None = None, remove: set[str] | None = None) -> None:
    for prospect in session.scalars(select(Prospect).where(Prospect.person_id == person.id)):
        prospect.flags = sorted((set(prospect.flags) | (add or set())) - (remove or set()))


def _checked(session: Session, vault: Vault, person: Person, field: str, value: str) -> str:
    if not value or len(value) > MAX_CHARS or not value.isprintable():
        raise NotPossibleError(f"{field}: one line of at most {MAX_CHARS} characters")
    if field != "email":
        return value
    email = normal_form(value)
    if email is None:
        raise NotPossibleError("email: that is not an address")
    index = vault.blind_index("email", email)
    if session.scalar(select(Person.id).where(Person.email_index == index, Person.id != person.id)) is not None:
        raise NotPossibleError("email: another record has this address; erase one of the two first")
    person.email_index = index
    return email
