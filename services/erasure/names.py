"""What people are called, as the places that are searched for it need it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.marketplace import Licence, Observation, ObservedContact
from models.people import Organisation, Person
from models.vault import Place, SealError, Vault
from services.marketplace.identity import chunks
from services.marketplace.people import read_person

# Shorter ones would be found in anything.
SHORTEST = 5


@dataclass(frozen=True)
class Needles:
    """Names, addresses and numbers of people in clear, and case folded in `everything`. Companies are left out."""

    ids: tuple[str, ...]
    everything: frozenset[str] = field(repr=False)
    names: frozenset[str] = field(repr=False)


def needles(session: Session, vault: Vault, people: Sequence[Person]) -> Needles:
    """What is known of these people, also from older observations; nothing of those whose key is gone."""
    known = [(person, read_person(vault, person)) for person in people if person.data_key is not None]
    clear = [details for _, details in known]
    by_id = {person.id: person for person, _ in known}
    for some in chunks(sorted(by_id)):
        contacts = select(ObservedContact).where(
            ObservedContact.person_id.in_(some), ObservedContact.details.is_not(None)
        )
        for contact in session.scalars(contacts):
            clear.append(_observed(vault, by_id[contact.person_id], contact))
    names = {value for details in clear if (value := details.get("name"))}
    told = names | {value for details in clear for name in ("email", "phone") if (value := details.get(name))}
    long_enough = frozenset(value.casefold() for value in told if len(value) >= SHORTEST)
    return Needles(tuple(person.id for person in people), long_enough, frozenset(names))


def _observed(vault: Vault, person: Person, contact: ObservedContact) -> dict[str, str | None]:
    place = Place("observed_contacts", "details", contact.observation_id)
    try:
        sealed = vault.person_key(person.data_key, person.id).unseal(contact.details or b"", place)
    except SealError:
        return {}
    details: dict[str, str | None] = json.loads(sealed)
    return details


def as_organisations(session: Session, found: Needles) -> list[tuple[str, int]]:
    """Where the name of one of these people stands as that of an organisation (a sole trader): table, rows."""
    return [
        (table, rows)
        for table, rows in (
            ("organisations", len(_organisations(session, found))),
            ("licences", len(_licences(session, found))),
        )
        if rows
    ]


def remove_from_organisations(session: Session, found: Needles) -> bool:
    """Take those names out, and out of the observations that they came from, so that no projection brings them back.

    Gives whether there were any: organisations are then to be worked out anew.
    """
    names = {name.casefold() for name in found.names}
    organisations = _organisations(session, found)
    ids = [licence_id for licence_id, _ in _licences(session, found)]
    for group in chunks(ids):
        for licence in session.scalars(select(Licence).where(Licence.id.in_(group))):
            licence.link_facts = {**licence.link_facts, "company": None}
        for seen in session.scalars(select(Observation).where(Observation.licence_id.in_(group))):
            links = seen.facts.get("links", {})
            if str(links.get("company", "")).casefold() in names:
                facts = {name: value for name, value in links.items() if name != "company"}
                seen.facts = {**seen.facts, "links": facts}
    for some in chunks(organisations):
        session.execute(update(Organisation).where(Organisation.id.in_(some)).values(name=None))
    return bool(ids)


def _licences(session: Session, found: Needles) -> list[tuple[int, str | None]]:
    company: ColumnElement[str] = Licence.link_facts["company"].as_string()
    return [
        (row.id, row.organisation_id)
        for some in chunks(sorted(found.names))
        for row in session.execute(
            select(Licence.id, Licence.organisation_id).where(Licence.person_id.in_(found.ids), company.in_(some))
        )
    ]


def _organisations(session: Session, found: Needles) -> list[str]:
    wanted = sorted({organisation for _, organisation in _licences(session, found) if organisation})
    return [
        identity
        for some in chunks(wanted)
        for identity in session.scalars(
            select(Organisation.id).where(Organisation.id.in_(some), Organisation.name.in_(sorted(found.names)))
        )
    ]
