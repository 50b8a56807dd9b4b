"""The log of observations: every row that a source gave, once, with its contacts sealed (marketplace.md 5, rule 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models.bulk import among, insert_rows, new_numbers, update_rows
from models.marketplace import Observation, ObservedContact
from models.vault import Vault
from services.marketplace.identity import ALIASES, Alias, chunks, licences_for
from services.marketplace.merge import Row
from services.marketplace.people import Acquaintances
from services.marketplace.rows import Contact, MarketplaceRow

OBSERVATIONS = cast(Table, Observation.__table__)
CONTACTS = cast(Table, ObservedContact.__table__)

# Where our knowledge of a person comes from (GDPR Art. 14(2)(f)).
SOURCE = "atlassian_marketplace"


@dataclass(frozen=True)
class Envelope:
    """One observation on its way in: interface.md, "Marketplace envelope". `key` is unique within `source`."""

    source: str
    key: str
    kind: str
    as_of: datetime
    row: Mapping[str, Any]

    @property
    def identity(self) -> tuple[str, str]:
        """The same observation has the same, however often it comes."""
        return self.source, self.key


@dataclass(frozen=True)
class Known:
    """An observation that is in the log."""

    id: int
    licence_id: int
    as_of: datetime


def known(session: Session, envelopes: Iterable[Envelope]) -> dict[tuple[str, str], Known]:
    """What the log holds of these envelopes, by their identity."""
    keys: dict[str, set[str]] = defaultdict(set)
    for envelope in envelopes:
        keys[envelope.source].add(envelope.key)
    columns = [OBSERVATIONS.c[name] for name in ("source_key", "id", "licence_id", "as_of")]
    return {
        (source, row.source_key): Known(row.id, row.licence_id, row.as_of)
        for source, wanted in keys.items()
        for some in chunks(sorted(wanted))
        for row in session.execute(
            select(*columns).where(OBSERVATIONS.c.source == source, among(session, OBSERVATIONS.c.source_key, some))
        )
    }


@dataclass(frozen=True)
class Seen:
    """An observation of the log, as the projection of its licence reads it."""

    id: int
    licence_id: int
    source: str
    source_key: str
    kind: str
    as_of: datetime
    version: str
    facts: Mapping[str, Any]
    forgotten: bool


@dataclass(frozen=True)
class Kept:
    """What is to be added to the log, after the licences that it makes: so each of those is written once.

    `made`: the ids of licences that nothing was known of before, with their aliases: what is here is all that is known.
    `contacts`: the person whom each observation names.
    """

    seen: Sequence[Seen] = ()
    contacts: Mapping[int, str] = field(default_factory=dict)
    made: Mapping[int, Sequence[Alias]] = field(default_factory=dict)
    aliases: Sequence[Mapping[str, Any]] = ()
    sealed: Sequence[Mapping[str, Any]] = ()

    def write(self, session: Session) -> None:
        """Add it."""
        insert_rows(session, ALIASES, self.aliases)
        insert_rows(session, OBSERVATIONS, [vars(seen) for seen in self.seen])
        insert_rows(session, CONTACTS, self.sealed)


def keep(session: Session, vault: Vault, rows: Sequence[tuple[Envelope, MarketplaceRow]], now: datetime) -> Kept:
    """What rows that are not in the log yet add to it. The people whom they name are written already."""
    if not rows:
        return Kept()
    found = licences_for(session, [row.aliases for _, row in rows])
    seen = [
        Seen(
            id=number,
            licence_id=licence_id,
            source=envelope.source,
            source_key=envelope.key,
            kind=row.kind,
            as_of=envelope.as_of,
            version=Row(row.facts, envelope.as_of).version,
            facts=row.facts,
            forgotten=row.forgotten,
        )
        for number, licence_id, (envelope, row) in zip(
            new_numbers(session, OBSERVATIONS, len(rows)), found.ids, rows, strict=True
        )
    ]
    named = [
        (one.id, contact, one.version) for one, (_, row) in zip(seen, rows, strict=True) if (contact := evaluator(row))
    ]
    sealed = _sealed_contacts(session, vault, named, now)
    contacts = {contact["observation_id"]: contact["person_id"] for contact in sealed}
    return Kept(seen, contacts, found.made, found.aliases, sealed)


def hear_again(session: Session, later: Mapping[int, Envelope]) -> set[int]:
    """The same words, true at a later time, of these observations: they count from the latest, in whatever order they
    came. Gives the licences whose newest word may have become another one."""
    if not later:
        return set()
    touched, values = set(), []
    for number, licence_id, facts in _facts(session, sorted(later)):
        envelope = later[number]
        values.append({"id": number, "as_of": envelope.as_of, "version": Row(facts, envelope.as_of).version})
        touched.add(licence_id)
    update_rows(session, OBSERVATIONS, values)
    return touched


def evaluator(row: MarketplaceRow) -> Contact | None:
    """Whoever evaluates: the technical contact; where none is named, a billing contact who is not the partner's."""
    links = row.facts["links"]
    partner = links.get("partner", {})
    for contact in row.contacts:
        if contact.role == "technical":
            return contact
        if not row.forgotten and links["billing"]["mailbox"] != partner.get("mailbox"):
            return contact
    return None


def _facts(session: Session, numbers: Sequence[int]) -> Iterator[Any]:
    columns = [OBSERVATIONS.c[name] for name in ("id", "licence_id", "facts")]
    for some in chunks(numbers):
        yield from session.execute(select(*columns).where(among(session, OBSERVATIONS.c.id, some))).all()


def _sealed_contacts(
    session: Session, vault: Vault, named: Sequence[tuple[int, Contact, str]], now: datetime
) -> list[dict[str, Any]]:
    if not named:
        return []
    acquaintances = Acquaintances(session, vault, [contact.email for _, contact, _ in named])
    met = [
        (number, contact, acquaintances.meet(contact, version=version, source=SOURCE, now=now))
        for number, contact, version in named
    ]
    acquaintances.remember()
    return [
        {
            "observation_id": number,
            "role": contact.role,
            "person_id": person,
            "details": acquaintances.seal(person, contact, number),
        }
        for number, contact, person in met
    ]
