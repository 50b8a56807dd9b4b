"""An account: one organisation over all apps, with its people, its licences and what happened, latest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.marketplace import Licence
from models.people import Organisation, Person, Prospect
from models.vault import Vault
from services import timeline
from services.marketplace.people import for_staff
from services.marketplace.states import best
from services.prospects import BY_KEY, evaluation_of
from services.retention import clocks

# Nobody looks at more on one page; a group of companies may have thousands.
SHOWN = 500


def show_account(session: Session, vault: Vault, organisation_id: str) -> dict[str, Any] | None:
    """None where there is no such organisation; else `{"id", "name", "domain", "country", "state", "apps", "people",
    "licences", "timeline", "links", "licences_in_all"}`.

    `people`: `{"prospect", "name", "email", "state", "apps"}`; `apps`: `{"app", "state", "licences"}`; `licences`: as
    the `evaluations` of a prospect; `links`: why each licence belongs here.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        return None
    mine = select(Licence).where(Licence.organisation_id == organisation_id).order_by(*BY_KEY)
    licences = session.scalars(mine).all()
    shown = licences[:SHOWN]
    return {
        "id": organisation.id,
        "name": organisation.name,
        "domain": organisation.domain,
        "country": organisation.country,
        "state": best([licence.state for licence in licences]),
        "apps": _apps(licences),
        "people": _people(session, vault, {licence.prospect_id for licence in licences if licence.prospect_id}),
        "licences": [evaluation_of(licence) for licence in shown],
        "timeline": timeline.of_licences(session, shown),
        "links": [{"licence": licence.licence_key, **link} for licence in shown for link in licence.evidence],
        "licences_in_all": len(licences),
    }


def account_of(session: Session, prospect_id: str) -> str | None:
    """The id of the organisation that a prospect belongs to."""
    return session.scalar(select(Prospect.organisation_id).where(Prospect.id == prospect_id))


def licences_of(session: Session, organisation_id: str) -> set[str]:
    """The keys of all licences of an organisation; empty where there is none with this id."""
    return set(session.scalars(select(Licence.licence_key).where(Licence.organisation_id == organisation_id)))


def _apps(licences: Sequence[Licence]) -> list[dict[str, Any]]:
    named: dict[str, list[Licence]] = {}
    for licence in licences:
        named.setdefault(licence.app_name or licence.app_key or "", []).append(licence)
    return [
        {"app": app, "state": best([licence.state for licence in group]), "licences": len(group)}
        for app, group in sorted(named.items())
    ]


def _people(session: Session, vault: Vault, prospect_ids: set[str]) -> list[dict[str, Any]]:
    ids = sorted(prospect_ids)[:SHOWN]
    prospects = session.scalars(select(Prospect).where(Prospect.id.in_(ids), Prospect.person_id.is_not(None))).all()
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    over = clocks.over_among(session, ids)
    told = []
    for prospect in prospects:
        person = people.get(prospect.person_id or "")
        clear = for_staff(vault, person) if person and prospect.id not in over else {}
        told.append(
            {
                "prospect": prospect.id,
                "name": clear.get("name"),
                "email": clear.get("email"),
                "state": prospect.state,
                "apps": prospect.apps,
            }
        )
    return sorted(told, key=lambda one: (one["name"] or "", one["prospect"]))
