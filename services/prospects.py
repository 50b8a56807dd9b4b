"""Prospects: the licences of the Marketplace as people and organisations that staff can work with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.marketplace import Licence
from models.people import Organisation, Person, Prospect
from models.vault import Vault
from services import consent, notes, prospect_query, timeline
from services.marketplace.people import for_staff
from services.prospect_query import SORTS, BadCursorError, Filters
from services.retention import clocks

__all__ = ["MAX_LIMIT", "SORTS", "BadCursorError", "Filters", "licence_links", "list_prospects", "show_prospect"]

# An old SEN is the key of one licence an app: the app tells them apart.
BY_KEY = (Licence.licence_key, Licence.app_key)
MAX_LIMIT = 200
# Counting every one of a million matches takes longer than showing the page, which says "or more" from here on.
COUNTED = 1_000


def list_prospects(
    session: Session,
    vault: Vault,
    filters: Filters,
    *,
    limit: int = 50,
    after: str | None = None,
    sort: str = "-last_observed",
    count_to: int | None = COUNTED,
) -> dict[str, Any]:
    """`{"items", "next": cursor or None, "total"}`. `sort` is one of SORTS. `BadCursorError` for a foreign `after`.

    `total` is exact up to `count_to` matches, and for None in any case; beyond, it is that number, and `at_least` is
    true.
    """
    matching = prospect_query.matching(session, vault, filters)
    counted = prospect_query.count(session, matching, None if count_to is None else count_to + 1)
    total = counted if count_to is None else min(counted, count_to)
    limit = min(limit, MAX_LIMIT)
    found = prospect_query.page(session, matching, sort, after, limit + 1)
    shown = found[:limit]
    return {
        "items": _items(session, vault, shown),
        "next": prospect_query.cursor(shown[-1], sort) if len(found) > len(shown) else None,
        "total": total,
    } | ({"at_least": True} if counted > total else {})


def show_prospect(session: Session, vault: Vault, prospect_id: str) -> dict[str, Any] | None:
    """One prospect as interface.md gives it, with its time line; None where there is none with this id."""
    prospect = session.get(Prospect, prospect_id)
    if prospect is None:
        return None
    licences = session.scalars(select(Licence).where(Licence.prospect_id == prospect.id).order_by(*BY_KEY)).all()
    person = session.get(Person, prospect.person_id) if prospect.person_id else None
    over = clocks.over_among(session, [prospect.id])
    clear = for_staff(vault, person) if person and not over else {}
    kept = clocks.period_of(session, prospect)
    return {
        "id": prospect.id,
        "person": {name: clear.get(name) for name in ("name", "email", "phone")},
        "organisation": _organisation(session, prospect, clear.get("company")),
        "state": prospect.state,
        "evaluations": [evaluation_of(licence) for licence in licences],
        "consent": consent.current(session, person.id) if person else [],
        "links": _links(licences),
        "retention": {"rule": kept.rule, "until": _iso(kept.until)},
        "flags": [*prospect.flags, *(["expired"] if over else [])],
        "timeline": timeline.of_prospect(session, licences, person),
        "notes": notes.listed(session, vault, person) if person and not over else [],
    }


def licence_links(session: Session) -> list[dict[str, Any]]:
    """A line per licence, sorted: `{"licence", "ids", "person", "organisation"}`."""
    statement = select(Licence.licence_key, Licence.link_facts, Licence.person_id, Licence.organisation_id)
    return [
        {"licence": row.licence_key, "ids": row.link_facts.get("ids", []), "person": row.person_id,
         "organisation": row.organisation_id}
        for row in session.execute(statement.order_by(*BY_KEY))
    ]  # fmt: skip


def _items(session: Session, vault: Vault, prospects: Sequence[Prospect]) -> list[dict[str, Any]]:
    people = _by_id(session, Person, [prospect.person_id for prospect in prospects])
    organisations = _by_id(session, Organisation, [prospect.organisation_id for prospect in prospects])
    states = consent.states(session, people)
    over = clocks.over_among(session, [prospect.id for prospect in prospects])
    items = []
    for prospect in prospects:
        person = people.get(prospect.person_id or "") if prospect.id not in over else None
        clear = for_staff(vault, person) if person else {}
        organisation = organisations.get(prospect.organisation_id or "")
        items.append(
            {
                "id": prospect.id,
                "name": clear.get("name"),
                "email": clear.get("email"),
                "organisation": _shape(organisation, clear.get("company")),
                "state": prospect.state,
                "apps": prospect.apps,
                "consent": states.get(prospect.person_id or "", consent.ConsentState.UNKNOWN),
                "ends_on": _iso(prospect.ends_on),
                "last_observed": _iso(prospect.last_observed),
                "flags": [*prospect.flags, *(["expired"] if prospect.id in over else [])],
            }
        )
    return items


def _by_id(session: Session, table: Any, ids: Sequence[str | None]) -> dict[str, Any]:
    wanted = {identity for identity in ids if identity}
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(wanted)))}


def _organisation(session: Session, prospect: Prospect, company: str | None) -> dict[str, Any]:
    found = session.get(Organisation, prospect.organisation_id) if prospect.organisation_id else None
    return _shape(found, company)


def _shape(organisation: Organisation | None, company: str | None) -> dict[str, Any]:
    if organisation is None:
        return {"name": company, "domain": None, "country": None}
    name = organisation.name or company
    return {"name": name, "domain": organisation.domain, "country": organisation.country}


def evaluation_of(licence: Licence) -> dict[str, Any]:
    """One licence, as interface.md shows it beneath `evaluations`."""
    return {
        "licence_key": licence.licence_key,
        "app": licence.app_name or licence.app_key,
        "state": licence.state,
        "episodes": licence.episodes,
        "started_on": _iso(licence.started_on),
        "ends_on": _iso(licence.ends_on),
        "won_on": _iso(licence.won_on),
        "last_observed": _iso(licence.last_observed),
    }


def _links(licences: Sequence[Licence]) -> list[dict[str, str]]:
    return [
        {"kind": link["kind"], "value_hint": link["value_hint"], "evidence": licence.licence_key}
        for licence in licences
        for link in licence.evidence
    ]


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value and value != date.min else None
