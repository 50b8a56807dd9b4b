"""Prospects: a person with the licences they evaluate, or an organisation where no person is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, Table, func, select
from sqlalchemy.orm import Session

from models.bulk import among, insert_rows, update_rows
from models.people import Organisation, Prospect
from models.vault import Vault
from services import consent, search
from services.marketplace.identity import LICENCES
from services.marketplace.merge import digest
from services.marketplace.people import PEOPLE, for_staff
from services.marketplace.states import best
from services.retention import clocks

PROSPECTS = cast(Table, Prospect.__table__)
ORGANISATIONS = cast(Table, Organisation.__table__)


class Member(NamedTuple):
    """A licence of a prospect, as it was read, and the organisation that it belongs to as that was worked out.

    `is_moved`: what was worked out is not what is stored.
    """

    id: int
    licence_key: str
    person_id: str | None
    state: str
    ends_on: date | None
    last_observed: date | None
    app_key: str | None
    app_name: str | None
    flags: list[str]
    prospect_id: str | None
    started_on: date | None
    won_on: date | None
    organisation_id: str
    evidence: list[dict[str, str]]
    is_moved: bool


# What is read of a licence as it stands.
OF_LICENCE = Member._fields[: Member._fields.index("organisation_id")]
Group = tuple[str, Sequence[Member]]


def write_prospects(session: Session, vault: Vault, groups: Sequence[Group], now: datetime) -> None:
    """Bring these prospects up to date with their licences, and enter whoever is new into the consent ledger.

    People are read within the transaction that writes: nobody who has been erased meanwhile comes back by it.
    """
    ids = [prospect_id for prospect_id, _ in groups]
    stored = select(PROSPECTS).where(among(session, PROSPECTS.c.id, ids))
    known = {row["id"]: dict(row) for row in session.execute(stored).mappings()}
    # An erasure waits until this is written, and then takes it out again.
    met = select(PEOPLE).where(among(session, PEOPLE.c.id, ids)).order_by(PEOPLE.c.id).with_for_update(read=True)
    people = {person.id: person for person in session.execute(met)}
    owners = list({row.organisation_id for _, licences in groups for row in licences})
    named = select(ORGANISATIONS).where(among(session, ORGANISATIONS.c.id, owners))
    organisations = {found.id: found for found in session.execute(named)}
    told = [
        _told(vault, known.get(prospect_id), prospect_id, licences, people, organisations)
        for prospect_id, licences in groups
    ]
    _write(session, known, told)
    moved = [
        {"id": row.id, "prospect_id": prospect_id, "organisation_id": row.organisation_id, "evidence": row.evidence}
        for prospect_id, licences in groups
        for row in licences
        if row.is_moved or row.prospect_id != prospect_id
    ]
    update_rows(session, LICENCES, moved)
    outsiders = [people[one["id"]] for one in told if one["person_id"] and "internal" not in one["flags"]]
    consent.notices_due(session, outsiders, now)


def _write(session: Session, known: Mapping[str, Mapping[str, Any]], told: Sequence[Mapping[str, Any]]) -> None:
    new = [prospect for prospect in told if prospect["id"] not in known]
    if new:
        # Prospects are written by one process at a time (relink.py).
        last = session.scalar(select(func.max(PROSPECTS.c.number))) or 0
        numbered = [{**prospect, "number": last + at} for at, prospect in enumerate(new, 1)]
        insert_rows(session, PROSPECTS, numbered)
    changed = [
        prospect
        for prospect in told
        if prospect["id"] in known and any(known[prospect["id"]][name] != value for name, value in prospect.items())
    ]
    update_rows(session, PROSPECTS, changed)


def _told(
    vault: Vault,
    known: Mapping[str, Any] | None,
    prospect_id: str,
    licences: Sequence[Member],
    people: Mapping[str, Row[Any]],
    organisations: Mapping[str, Row[Any]],
) -> dict[str, Any]:
    newest = max(licences, key=lambda row: (row.last_observed or date.min, row.licence_key, row.app_key or ""))
    person = people[newest.person_id] if newest.person_id else None
    state = best([row.state for row in licences])
    return {
        "id": prospect_id,
        "person_id": newest.person_id,
        "organisation_id": newest.organisation_id,
        "state": state,
        "ends_on": max((row.ends_on for row in licences if row.state == state and row.ends_on), default=None),
        "last_observed": newest.last_observed or date.min,
        "apps": sorted({row.app_name or row.app_key or "" for row in licences} - {""}),
        "flags": _flags(licences, person),
        "kept_until": clocks.kept_until(licences, person),
        **_search(vault, known, person, organisations.get(newest.organisation_id or "")),
    }


def _search(
    vault: Vault, known: Mapping[str, Any] | None, person: Row[Any] | None, organisation: Row[Any] | None
) -> dict[str, str]:
    """The search marks, made anew only when what they are made of has changed: unsealing everybody takes minutes."""
    names = [organisation.name, organisation.domain] if organisation else []
    usable = person.versions if person and person.restricted_at is None else None
    source = digest({"person": usable, "organisation": names})
    if known is not None and known["search_source"] == source:
        return {"search": known["search"], "search_source": source}
    clear = for_staff(vault, person) if person else {}
    told = [clear.get("name"), clear.get("email"), clear.get("company"), *names]
    return {"search": search.index(vault, told), "search_source": source}


def _flags(licences: Sequence[Member], person: Row[Any] | None) -> list[str]:
    """A flag of one licence is one of the prospect; `sandbox_only` and `internal` only where they hold for all."""
    told = [set(row.flags) for row in licences]
    some, every = set.union(*told), set.intersection(*told)
    flags = some & {"migrating", "returning", "quoted", "erased"} | every & {"internal"}
    if "sandbox" in every:
        flags.add("sandbox_only")
    if person is not None and person.erased_at is not None:
        flags.add("erased")
    elif person is not None and person.restricted_at is not None:
        flags.add("restricted")
    return sorted(flags)
