"""People as the Marketplace names them: made, kept up to date field by field, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.consent import EVERY_PURPOSE, Suppression
from models.marketplace import ObservedContact
from models.people import Person
from models.vault import Place, SealError, Vault
from services.marketplace.addresses import mailbox
from services.marketplace.identity import chunks
from services.marketplace.rows import Contact

FIELDS = ("email", "name", "phone", "company")


def person_id(vault: Vault, email: str) -> str:
    """The id of whoever has this address (normal form): a keyed digest, the same in whatever order feeds come."""
    return "p" + vault.blind_index("person", email)[:24]


class Acquaintances:
    """The people behind the contacts of a batch, looked up together."""

    def __init__(self, session: Session, vault: Vault, emails: Sequence[str]) -> None:
        self._session, self._vault = session, vault
        identities = sorted({person_id(vault, email) for email in emails})
        self._blocked = _blocked(session, vault, emails)
        self._people = {
            person.id: person
            for some in chunks(identities)
            for person in session.scalars(select(Person).where(Person.id.in_(some)))
        }

    def meet(self, contact: Contact, *, version: str, source: str, now: datetime) -> Person:
        """The person behind `contact`, made if new, each field brought up to the newest version that knows it.

        A person who was erased stays erased: their row is the tombstone that no feed can fill again.
        """
        identity = person_id(self._vault, contact.email)
        person = self._people.get(identity)
        if person is None:
            person = self._people[identity] = self._new(identity, contact.email, source, now)
        if person.erased_at is None:
            _update(self._vault, person, contact, version)
        return person

    def _new(self, identity: str, email: str, source: str, now: datetime) -> Person:
        person = Person(id=identity, versions={}, source=source, first_seen_at=now)
        if mailbox(email) in self._blocked:
            # Erased under another spelling of the same mailbox: an empty record from the start.
            person.email_index, person.mailbox_index, person.erased_at = f"erased:{identity}", "", now
        else:
            person.email_index = self._vault.blind_index("email", email)
            person.mailbox_index = self._vault.blind_index("mailbox", mailbox(email))
            person.data_key = self._vault.new_person_key(identity)
        self._session.add(person)
        return person


def _blocked(session: Session, vault: Vault, emails: Sequence[str]) -> set[str]:
    """The mailboxes among those of `emails` whose owners asked for erasure."""
    boxes = {vault.blind_index("mailbox", box): box for box in map(mailbox, emails)}
    return {
        boxes[digest]
        for some in chunks(sorted(boxes))
        for digest in session.scalars(
            select(Suppression.digest).where(
                Suppression.kind == "email", Suppression.digest.in_(some), Suppression.purpose == EVERY_PURPOSE
            )
        )
    }


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


def for_staff(vault: Vault, person: Person) -> dict[str, str | None]:
    """As `read_person`, and nothing of somebody whose data is restricted to storage (GDPR Art. 18(2))."""
    return dict.fromkeys(FIELDS) if person.restricted_at is not None else read_person(vault, person)


def forget(session: Session, person: Person, now: datetime) -> None:
    """Erase a person: the key, so that every copy is unreadable, and the fields. The empty row stays as tombstone."""
    if person.erased_at is not None:
        return
    person.data_key, person.erased_at, person.versions = None, now, {}
    for field in FIELDS:
        setattr(person, field, None)
    session.execute(update(ObservedContact).where(ObservedContact.person_id == person.id).values(details=None))
