"""People as the Marketplace names them: made, kept up to date field by field, and forgotten."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.marketplace import ObservedContact
from models.people import Person
from models.vault import Place, SealError, Vault
from services.marketplace.addresses import mailbox
from services.marketplace.rows import Contact

FIELDS = ("email", "name", "phone", "company")


def person_id(vault: Vault, email: str) -> str:
    """The id of whoever has this address (normal form): a keyed digest, the same in whatever order feeds come."""
    return "p" + vault.blind_index("person", email)[:24]


def meet(session: Session, vault: Vault, contact: Contact, *, version: str, source: str, now: datetime) -> Person:
    """The person behind `contact`, made if new, each field brought up to the newest version that knows it.

    A person who was erased stays erased: their row is the tombstone that no feed can fill again.
    """
    identity = person_id(vault, contact.email)
    person = session.get(Person, identity)
    if person is None:
        person = Person(
            id=identity,
            email_index=vault.blind_index("email", contact.email),
            mailbox_index=vault.blind_index("mailbox", mailbox(contact.email)),
            data_key=vault.new_person_key(identity),
            versions={},
            source=source,
            first_seen_at=now,
        )
        session.add(person)
    if person.erased_at is None:
        _update(vault, person, contact, version)
    session.flush()
    return person


def _update(vault: Vault, person: Person, contact: Contact, version: str) -> None:
    key = vault.person_key(person.data_key, person.id)
    versions = dict(person.versions)
    for field in FIELDS:
        value = getattr(contact, field)
        if value is not None and version > versions.get(field, ""):
            setattr(person, field, key.seal(value.encode(), Place("people", field, person.id)))
            versions[field] = version
    person.versions = versions


def seal_contact(vault: Vault, person: Person, contact: Contact, observation_id: int) -> bytes | None:
    """The contact as this observation gave it, sealed under the person's key; None for a person who was erased."""
    if person.erased_at is not None:
        return None
    details = json.dumps({field: getattr(contact, field) for field in FIELDS})
    place = Place("observed_contacts", "details", observation_id)
    return vault.person_key(person.data_key, person.id).seal(details.encode(), place)


def read_person(vault: Vault, person: Person) -> dict[str, str | None]:
    """`email`, `name`, `phone` and `company` in clear; all None once the person is erased."""
    try:
        key = vault.person_key(person.data_key, person.id)
    except SealError:
        return dict.fromkeys(FIELDS)
    sealed = {field: getattr(person, field) for field in FIELDS}
    return {
        field: key.unseal(value, Place("people", field, person.id)).decode() if value is not None else None
        for field, value in sealed.items()
    }


def forget(session: Session, person: Person, now: datetime) -> None:
    """Erase a person: the key, so that every copy is unreadable, and the fields. The empty row stays as tombstone."""
    if person.erased_at is not None:
        return
    person.data_key, person.erased_at, person.versions = None, now, {}
    for field in FIELDS:
        setattr(person, field, None)
    session.execute(update(ObservedContact).where(ObservedContact.person_id == person.id).values(details=None))
