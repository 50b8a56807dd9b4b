"""The log of observations: every row that a source gave, once, with its contacts sealed (marketplace.md 5, rule 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from models.marketplace import Observation, ObservedContact
from models.vault import Vault
from services.marketplace.identity import chunks, licences_for
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
            select(*columns).where(OBSERVATIONS.c.source == source, OBSERVATIONS.c.source_key.in_(some))
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
    """What was added to the log. `made`: licences that nothing was known of before, so this is all that is."""

    seen: Sequence[Seen] = ()
    contacts: Mapping[int, str] = field(default_factory=dict)
    made: frozenset[int] = frozenset()

    @property
    def licence_ids(self) -> set[int]:
        """The licences that it speaks of."""
        return {seen.licence_id for seen in self.seen}


def keep(session: Session, vault: Vault, rows: Sequence[tuple[Envelope, MarketplaceRow]], now: datetime) -> Kept:
    """Add rows that are not in the log yet."""
    if not rows:
        return Kept()
    licence_ids, made = licences_for(session, [row.aliases for _, row in rows])
    values: list[dict[str, Any]] = [
        {
            "licence_id": licence_id,
            "source": envelope.source,
            "source_key": envelope.key,
            "kind": row.kind,
            "as_of": envelope.as_of,
            "version": Row(row.facts, envelope.as_of).version,
            "facts": row.facts,
            "forgotten": row.forgotten,
        }
        for (envelope, row), licence_id in zip(rows, licence_ids, strict=True)
    ]
    inserted = insert(OBSERVATIONS).returning(OBSERVATIONS.c.id, sort_by_parameter_order=True)
    numbers = session.execute(inserted, values).scalars().all()
    named = [
        (number, contact, value["version"])
        for number, value, (_, row) in zip(numbers, values, rows, strict=True)
        if (contact := evaluator(row))
    ]
    contacts = _keep_contacts(session, vault, named, now)
    seen = [Seen(id=number, **value) for number, value in zip(numbers, values, strict=True)]
    return Kept(seen, contacts, frozenset(made))


def hear_again(session: Session, later: Mapping[int, Envelope]) -> set[int]:
    """The same words, true at a later time, of these observations: they count from the latest, in whatever order they
    came. Gives the licences whose newest word may have become another one."""
    if not later:
        return set()
    touched, values = set(), []
    for number, licence_id, facts in _facts(session, sorted(later)):
        envelope = later[number]
        values.append({"of": number, "as_of": envelope.as_of, "version": Row(facts, envelope.as_of).version})
        touched.add(licence_id)
    row = update(OBSERVATIONS).where(OBSERVATIONS.c.id == bindparam("of"))
    session.execute(row, values)
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
        yield from session.execute(select(*columns).where(OBSERVATIONS.c.id.in_(some))).all()


def _keep_contacts(
    session: Session, vault: Vault, named: Sequence[tuple[int, Contact, str]], now: datetime
) -> dict[int, str]:
    if not named:
        return {}
    acquaintances = Acquaintances(session, vault, [contact.email for _, contact, _ in named])
    met = [
        (number, contact, acquaintances.meet(contact, version=version, source=SOURCE, now=now))
        for number, contact, version in named
    ]
    acquaintances.remember()
    values = [
        {
            "observation_id": number,
            "role": contact.role,
            "person_id": person,
            "details": acquaintances.seal(person, contact, number),
        }
        for number, contact, person in met
    ]
    session.execute(insert(CONTACTS), values)
    return {number: person for number, _, person in met}
