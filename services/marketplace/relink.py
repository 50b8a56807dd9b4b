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
from services.marketplace.people import read_person
from services.marketplace.states import best


def relink(session: Session, vault: Vault, now: datetime) -> None:
    """Group all licences into organisations and prospects again, and enter whoever is new into the consent ledger."""
    one_at_a_time(session, "marketplace")
    licences = session.scalars(select(Licence).order_by(Licence.licence_key)).all()
    by_key = {licence.licence_key: licence for licence in licences}
    organisations = link({licence.licence_key: licence.link_facts for licence in licences})
    for organisation in organisations:
        _write_organisation(session, organisation, by_key)
    session.flush()
    groups: dict[str, list[Licence]] = defaultdict(list)
    for licence in licences:
        # Where no person is known the organisation stands in: a licence always has a prospect.
        groups[licence.person_id or licence.organisation_id or ""].append(licence)
    for prospect_id, group in sorted(groups.items()):
        _write_prospect(session, vault, prospect_id, group, now)
    _remove_left_over(session, set(groups), {organisation.id for organisation in organisations})


def _write_organisation(session: Session, linked: Linked, licences: dict[str, Licence]) -> None:
    organisation = session.get(Organisation, linked.id)
    if organisation is None:
        organisation = Organisation(id=linked.id)
        session.add(organisation)
        session.flush()
    _set(organisation, name=linked.name, domain=linked.domain, country=linked.country)
    for key in linked.licences:
        _set(licences[key], organisation_id=linked.id, evidence=linked.evidence[key])


def _write_prospect(
    session: Session, vault: Vault, prospect_id: str, licences: Sequence[Licence], now: datetime
) -> None:
    prospect = session.get(Prospect, prospect_id)
    if prospect is None:
        prospect = Prospect(id=prospect_id, state="", last_observed=date.min, apps=[], flags=[], search="")
        session.add(prospect)
    newest = max(licences, key=lambda licence: (licence.last_observed or date.min, licence.licence_key))
    person = session.get(Person, newest.person_id) if newest.person_id else None
    state = best([licence.state for licence in licences])
    deciding = [licence for licence in licences if licence.state == state]
    _set(
        prospect,
        person_id=newest.person_id,
        organisation_id=newest.organisation_id,
        state=state,
        ends_on=max((licence.ends_on for licence in deciding if licence.ends_on), default=None),
        last_observed=newest.last_observed or date.min,
        apps=sorted({licence.app_name or licence.app_key or "" for licence in licences} - {""}),
        flags=_flags(licences, person),
        search=_search(session, vault, person, newest.organisation_id),
    )
    session.flush()
    for licence in licences:
        _set(licence, prospect_id=prospect_id)
    if person is not None and not (person.erased_at or "internal" in prospect.flags):
        consent.notice_due(session, person, source=person.source, now=now)


def _flags(licences: Sequence[Licence], person: Person | None) -> list[str]:
    """A flag of one licence is one of the prospect; `sandbox_only` and `internal` only where they hold for all."""
    told = [set(licence.flags) for licence in licences]
    some, every = set.union(*told), set.intersection(*told)
    flags = some & {"migrating", "returning", "erased"} | every & {"internal"}
    if "sandbox" in every:
        flags.add("sandbox_only")
    if person is not None and person.erased_at is not None:
        flags.add("erased")
    return sorted(flags)


def _search(session: Session, vault: Vault, person: Person | None, organisation_id: str | None) -> str:
    clear = read_person(vault, person) if person else {}
    organisation = session.get(Organisation, organisation_id) if organisation_id else None
    known = [organisation.name, organisation.domain] if organisation else []
    return search.index(vault, [clear.get("name"), clear.get("email"), clear.get("company"), *known])


def _remove_left_over(session: Session, prospects: set[str], organisations: set[str]) -> None:
    """Prospects and organisations that no licence belongs to any more, after two were found to be one."""
    for table, kept in ((Prospect, prospects), (Organisation, organisations)):
        left_over = set(session.scalars(select(table.id))) - kept
        for start in sorted(left_over):
            session.execute(delete(table).where(table.id == start))


def _set(row: Any, **values: Any) -> None:
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
