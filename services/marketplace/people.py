"""People as the Marketplace names them: made, kept up to date field by field, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from models.bulk import among, insert_rows
from models.consent import EVERY_PURPOSE, Suppression
from models.marketplace import ObservedContact
from models.people import Person
from models.vault import Place, SealError, SealingKey, Vault
from services.marketplace.addresses import mailbox
from services.marketplace.identity import chunks
from services.marketplace.rows import Contact

PEOPLE = cast(Table, Person.__table__)
FIELDS = ("email", "name", "phone", "company")


def person_id(vault: Vault, email: str) -> str:
    """The id of whoever has this address (normal form): a keyed digest, the same in whatever order feeds come."""
    return "p" + vault.blind_index("person", email)[:24]


class Acquaintances:
    """The people behind the contacts of a batch: looked up together, and written together by `remember`."""

    def __init__(self, session: Session, vault: Vault, emails: Collection[str]) -> None:
        self._session, self._vault = session, vault
        identities = sorted({person_id(vault, email) for email in emails})
        self._blocked = _blocked(session, vault, emails)
        self._people: dict[str, dict[str, Any]] = {
            row["id"]: dict(row)
            for some in chunks(identities)
            for row in session.execute(select(PEOPLE).where(among(session, PEOPLE.c.id, some))).mappings()
        }
        self._keys: dict[str, SealingKey] = {}
        self._new: set[str] = set()
        self._changed: set[str] = set()

    def meet(self, contact: Contact, *, version: str, source: str, now: datetime) -> str:
        """The id of the person behind `contact`, made if new, each field as the newest version has it that knows it.

        A person who was erased stays erased: their row is the tombstone that no feed can fill again.
        """
        identity = person_id(self._vault, contact.email)
        if identity not in self._people:
            self._people[identity] = self._make(identity, contact.email, source, now)
            self._new.add(identity)
        person = self._people[identity]
        if person["erased_at"] is None:
            self._update(person, contact, version)
        return identity

    def remember(self) -> None:
        """Write who is new, and what has changed of the others."""
        insert_rows(self._session, PEOPLE, [self._people[identity] for identity in sorted(self._new)])
        changed = [self._people[identity] for identity in sorted(self._changed - self._new)]
        if changed:
            row = update(PEOPLE).where(PEOPLE.c.id == bindparam("of"), PEOPLE.c.erased_at.is_(None))
            names = (*FIELDS, "versions")
            self._session.execute(row, [{"of": one["id"]} | {name: one[name] for name in names} for one in changed])

    def seal(self, identity: str, contact: Contact, observation_id: int) -> bytes | None:
        """The contact as this observation gave it, sealed under the person's key; None for one who was erased."""
        if self._people[identity]["erased_at"] is not None:
            return None
        details = json.dumps({field: getattr(contact, field) for field in FIELDS})
        place = Place("observed_contacts", "details", observation_id)
        return self._key(self._people[identity]).seal(details.encode(), place)

    def _make(self, identity: str, email: str, source: str, now: datetime) -> dict[str, Any]:
        made: dict[str, Any] = {
            "id": identity,
            "versions": {},
            "source": source,
            "first_seen_at": now,
            **dict.fromkeys(FIELDS),
        }
        if mailbox(email) in self._blocked:
            # Erased under another spelling of the same mailbox: an empty record from the start.
            marks = {"email_index": f"erased:{identity}", "mailbox_index": "", "data_key": None}
            return made | marks | {"erased_at": now}
        return made | {
            "email_index": self._vault.blind_index("email", email),
            "mailbox_index": self._vault.blind_index("mailbox", mailbox(email)),
            "data_key": self._vault.new_person_key(identity),
            "erased_at": None,
        }

    def _update(self, person: dict[str, Any], contact: Contact, version: str) -> None:
        newer = [
            (field, value)
            for field in FIELDS
            if (value := getattr(contact, field)) is not None and version > person["versions"].get(field, "")
        ]
        for field, value in newer:
            person[field] = self._key(person).seal(value.encode(), Place("people", field, person["id"]))
        if newer:
            person["versions"] = person["versions"] | dict.fromkeys((field for field, _ in newer), version)
            self._changed.add(person["id"])

    def _key(self, person: Mapping[str, Any]) -> SealingKey:
        identity = person["id"]
        if identity not in self._keys:
            self._keys[identity] = self._vault.person_key(person["data_key"], identity)
        return self._keys[identity]


def _blocked(session: Session, vault: Vault, emails: Collection[str]) -> set[str]:
    """The mailboxes among those of `emails` whose owners asked for erasure."""
    boxes = {vault.blind_index("mailbox", box): box for box in map(mailbox, emails)}
    return {
        boxes[digest]
        for some in chunks(sorted(boxes))
        for digest in session.scalars(
            select(Suppression.digest).where(
                Suppression.kind == "email",
                among(session, Suppression.digest, some),
                Suppression.purpose == EVERY_PURPOSE,
            )
        )
    }


def read_person(vault: Vault, person: Person | Row[Any]) -> dict[str, str | None]:
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


def known_by(session: Session, vault: Vault, normal: str) -> list[Person]:
    """Whoever has this address (in its normal form), or another of the same mailbox; who has this very one first."""
    exact, digest = person_id(vault, normal), vault.blind_index("mailbox", mailbox(normal))
    same = select(Person).where(or_(Person.id == exact, Person.mailbox_index == digest)).order_by(Person.id)
    return sorted(session.scalars(same), key=lambda person: person.id != exact)


def living(session: Session, person_id: str | None) -> Person | None:
    """The person with this id, unless they are erased."""
    person = session.get(Person, person_id) if person_id else None
    return person if person is not None and person.erased_at is None else None


def for_staff(vault: Vault, person: Person | Row[Any]) -> dict[str, str | None]:
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
    session.flush()
