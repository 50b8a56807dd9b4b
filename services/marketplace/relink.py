"""After licences have changed: who belongs to whom, and the prospects that follow. Only what changed is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.database import one_at_a_time
from models.marketplace import Licence
from models.people import Organisation, Person, Prospect
from models.vault import Vault
from services import consent, search
from services.marketplace.linking import Linked, link
from services.marketplace.merge import digest
from services.marketplace.people import for_staff
from services.marketplace.states import best
from services.retention import clocks


def relink(session: Session, vault: Vault, now: datetime) -> None:
    """Group all licences into organisations and prospects again, and enter whoever is new into the consent ledger."""
    one_at_a_time(session, "marketplace")
    licences = session.scalars(select(Licence).order_by(Licence.licence_key)).all()
    known = _Known(session)
    organisations = link({licence.licence_key: licence.link_facts for licence in licences})
    _write_organisations(session, known, organisations, licences)
    groups: dict[str, list[Licence]] = defaultdict(list)
    for licence in licences:
        # Where no person is known the organisation stands in: a licence always has a prospect.
        groups[licence.person_id or licence.organisation_id or ""].append(licence)
    for prospect_id, group in sorted(groups.items()):
        _write_prospect(session, vault, known, prospect_id, group)
    session.flush()
    for prospect_id, group in groups.items():
        for licence in group:
            _set(licence, prospect_id=prospect_id)
    session.flush()
    outsiders = [key for key in sorted(groups) if "internal" not in known.prospects[key].flags]
    consent.notices_due(session, [known.people[key] for key in outsiders if key in known.people], now)
    _remove_left_over(session, set(groups), {organisation.id for organisation in organisations})


class _Known:
    """Everything that is there already, read in three queries instead of several a prospect."""

    def __init__(self, session: Session) -> None:
        self.organisations = {row.id: row for row in session.scalars(select(Organisation))}
        self.people = {row.id: row for row in session.scalars(select(Person))}
        self.prospects = {row.id: row for row in session.scalars(select(Prospect))}


def _write_organisations(
    session: Session, known: _Known, organisations: Sequence[Linked], licences: Sequence[Licence]
) -> None:
    for linked in organisations:
        if linked.id not in known.organisations:
            known.organisations[linked.id] = Organisation(id=linked.id)
            session.add(known.organisations[linked.id])
        _set(known.organisations[linked.id], name=linked.name, domain=linked.domain, country=linked.country)
    session.flush()
    by_key = {licence.licence_key: licence for licence in licences}
    for linked in organisations:
        for key in linked.licences:
            _set(by_key[key], organisation_id=linked.id, evidence=linked.evidence[key])


def _write_prospect(
    session: Session, vault: Vault, known: _Known, prospect_id: str, licences: Sequence[Licence]
) -> None:
    prospect = known.prospects.get(prospect_id)
    if prospect is None:
        prospect = known.prospects[prospect_id] = Prospect(id=prospect_id, search="", search_source="")
        session.add(prospect)
    newest = max(licences, key=lambda licence: (licence.last_observed or date.min, licence.licence_key))
    person = known.people[newest.person_id] if newest.person_id else None
    organisation = known.organisations[newest.organisation_id] if newest.organisation_id else None
    state = best([licence.state for licence in licences])
    _set(
        prospect,
        person_id=newest.person_id,
        organisation_id=newest.organisation_id,
        state=state,
        ends_on=max((found.ends_on for found in licences if found.state == state and found.ends_on), default=None),
        last_observed=newest.last_observed or date.min,
        apps=sorted({licence.app_name or licence.app_key or "" for licence in licences} - {""}),
        flags=_flags(licences, person),
        kept_until=clocks.kept_until(licences, person),
    )
    _index(vault, prospect, person, organisation)


def _index(vault: Vault, prospect: Prospect, person: Person | None, organisation: Organisation | None) -> None:
    """The search marks, made anew only when what they are made of has changed: unsealing everybody takes minutes."""
    told = [organisation.name, organisation.domain] if organisation else []
    restricted = person is not None and person.restricted_at is not None
    source = digest({"person": person.versions if person and not restricted else None, "organisation": told})
    if prospect.search_source != source:
        clear = for_staff(vault, person) if person else {}
        names = [clear.get("name"), clear.get("email"), clear.get("company"), *told]
        prospect.search, prospect.search_source = search.index(vault, names), source


def _flags(licences: Sequence[Licence], person: Person | None) -> list[str]:
    """A flag of one licence is one of the prospect; `sandbox_only` and `internal` only where they hold for all."""
    told = [set(licence.flags) for licence in licences]
    some, every = set.union(*told), set.intersection(*told)
    flags = some & {"migrating", "returning", "erased"} | every & {"internal"}
    if "sandbox" in every:
        flags.add("sandbox_only")
    if person is not None and person.erased_at is not None:
        flags.add("erased")
    elif person is not None and person.restricted_at is not None:
        flags.add("restricted")
    return sorted(flags)


def _remove_left_over(session: Session, prospects: set[str], organisations: set[str]) -> None:
    """Prospects and organisations that no licence belongs to any more, after two were found to be one."""
    for table, kept in ((Prospect, prospects), (Organisation, organisations)):
        for left_over in sorted(set(session.scalars(select(table.id))) - kept):
            session.execute(delete(table).where(table.id == left_over))


def _set(row: Any, **values: Any) -> None:
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
