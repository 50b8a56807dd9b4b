"""Prospects: the licences of the Marketplace as people and organisations that staff can work with."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from models.marketplace import Licence
from models.people import Organisation, Person, Prospect
from models.vault import Vault
from services import consent, search
from services.marketplace.addresses import address
from services.marketplace.people import for_staff, person_id
from services.marketplace.states import STATES
from services.retention import clocks

MAX_LIMIT = 200


class BadCursorError(ValueError):
    """A cursor that this list never gave."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. `q` finds part of a name, an address, a company or an organisation; `consent` is the
    state of prospecting by e-mail."""

    state: str | None = None
    app: str | None = None
    email: str | None = None
    q: str | None = None
    consent: str | None = None


def list_prospects(
    session: Session, vault: Vault, filters: Filters, *, limit: int = 50, after: str | None = None
) -> dict[str, Any]:
    """`{"items", "next": cursor or None, "total"}`, latest news first. `BadCursorError` for a foreign `after`."""
    matching = _matching(vault, filters)
    total = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    page = matching.order_by(Prospect.last_observed.desc(), Prospect.id.desc()).limit(min(limit, MAX_LIMIT) + 1)
    if after is not None:
        observed, prospect_id = _read_cursor(after)
        page = page.where(
            or_(
                Prospect.last_observed < observed,
                and_(Prospect.last_observed == observed, Prospect.id < prospect_id),
            )
        )
    found = session.scalars(page).all()
    shown = found[: min(limit, MAX_LIMIT)]
    return {
        "items": _items(session, vault, shown),
        "next": _cursor(shown[-1]) if len(found) > len(shown) else None,
        "total": total,
    }


def show_prospect(session: Session, vault: Vault, prospect_id: str) -> dict[str, Any] | None:
    """One prospect as interface.md gives it, with its time line; None where there is none with this id."""
    prospect = session.get(Prospect, prospect_id)
    if prospect is None:
        return None
    licences = session.scalars(
        select(Licence).where(Licence.prospect_id == prospect.id).order_by(Licence.licence_key)
    ).all()
    person = session.get(Person, prospect.person_id) if prospect.person_id else None
    over = clocks.over_among(session, [prospect.id])
    clear = for_staff(vault, person) if person and not over else {}
    kept = clocks.period_of(session, prospect)
    return {
        "id": prospect.id,
        "person": {name: clear.get(name) for name in ("name", "email", "phone")},
        "organisation": _organisation(session, prospect, clear.get("company")),
        "state": prospect.state,
        "evaluations": [_evaluation(licence) for licence in licences],
        "consent": consent.current(session, person.id) if person else [],
        "links": _links(licences),
        "retention": {"rule": kept.rule, "until": _iso(kept.until)},
        "flags": [*prospect.flags, *(["expired"] if over else [])],
        "timeline": _timeline(session, licences, person),
    }


def licence_links(session: Session) -> list[dict[str, Any]]:
    """A line per licence, sorted: `{"licence", "ids", "person", "organisation"}`."""
    statement = select(Licence.licence_key, Licence.link_facts, Licence.person_id, Licence.organisation_id)
    return [
        {"licence": row.licence_key, "ids": row.link_facts.get("ids", []), "person": row.person_id,
         "organisation": row.organisation_id}
        for row in session.execute(statement.order_by(Licence.licence_key))
    ]  # fmt: skip


def _matching(vault: Vault, filters: Filters) -> Select[Prospect]:
    statement = select(Prospect)
    if filters.state:
        statement = statement.where(Prospect.state == filters.state)
    if filters.app:
        with_app = select(Licence.prospect_id).where(
            or_(Licence.app_key == filters.app, Licence.app_name == filters.app)
        )
        statement = statement.where(Prospect.id.in_(with_app))
    if filters.email:
        known = address(filters.email)
        statement = statement.where(Prospect.person_id == (person_id(vault, known) if known else ""), clocks.shown())
    if filters.consent:
        statement = statement.where(Prospect.person_id.in_(consent.people_in(filters.consent)))
    if filters.q:
        needle = search.needle(vault, filters.q)
        found = Prospect.search.contains(needle, autoescape=True) if needle else Prospect.id == ""
        statement = statement.where(found, clocks.shown())
    return statement


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


def _evaluation(licence: Licence) -> dict[str, Any]:
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


def _timeline(session: Session, licences: Sequence[Licence], person: Person | None) -> list[dict[str, Any]]:
    """What happened, latest first. `kind` and `text` are codes that the pages put into words."""
    events = [
        {"on": day.isoformat(), "kind": kind, "text": kind, "source": "marketplace", "app": licence.app_name}
        for licence in licences
        for kind, day in _turns(licence)
        if day
    ]
    for event in consent.history(session, person.id) if person else []:
        events.append(
            {
                "on": event.at.date().isoformat(),
                "kind": "consent",
                "text": event.state,
                "source": event.source,
                "app": None,
            }
        )
    return sorted(events, key=lambda event: (event["on"], event["kind"], event["app"] or ""), reverse=True)


def _turns(licence: Licence) -> list[tuple[str, date | None]]:
    over = STATES[licence.state].is_over
    return [
        ("evaluation_started", licence.started_on if licence.episodes else None),
        ("won", licence.won_on),
        (licence.state if over else "ends", licence.ends_on),
    ]


def _cursor(prospect: Prospect) -> str:
    plain = json.dumps([prospect.last_observed.isoformat(), prospect.id])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[date, str]:
    try:
        observed, prospect_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return date.fromisoformat(observed), str(prospect_id)
    except (ValueError, TypeError, binascii.Error):
        raise BadCursorError("not a cursor of this list") from None


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value and value != date.min else None
