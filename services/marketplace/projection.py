"""The projection of a licence: its row is worked out from its observations alone, and can be at any time again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.marketplace import Licence, Observation, ObservedContact
from models.people import Person
from services.marketplace import people
from services.marketplace.identity import Alias, aliases_of, chunks, licence_key
from services.marketplace.merge import licence_state
from services.marketplace.values import day, text


def project(session: Session, licence_ids: Collection[int], now: datetime) -> None:
    """Work out these licences again from everything observed of them."""
    for some in chunks(sorted(licence_ids)):
        _project(session, some, now)


def project_due(session: Session, now: datetime) -> int:
    """Work out again every licence whose state the calendar alone has changed; gives how many."""
    due = session.scalars(select(Licence.id).where(Licence.next_change_on <= now.date())).all()
    project(session, due, now)
    return len(due)


def _project(session: Session, licence_ids: Sequence[int], now: datetime) -> None:
    observed: dict[int, list[Observation]] = defaultdict(list)
    for observation in session.scalars(select(Observation).where(Observation.licence_id.in_(licence_ids))):
        observed[observation.licence_id].append(observation)
    contacts = _contacts(session, [seen.id for group in observed.values() for seen in group])
    aliases = aliases_of(session, licence_ids)
    for licence in session.scalars(select(Licence).where(Licence.id.in_(licence_ids))):
        group = sorted(observed[licence.id], key=lambda seen: (seen.version, seen.source, seen.source_key))
        _apply(session, licence, group, contacts, aliases[licence.id], now)


def _contacts(session: Session, observation_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(observation_ids):
        for contact in session.scalars(select(ObservedContact).where(ObservedContact.observation_id.in_(some))):
            found[contact.observation_id] = contact.person_id
    return found


def _apply(
    session: Session,
    licence: Licence,
    observed: Sequence[Observation],
    contacts: dict[int, str],
    aliases: Sequence[Alias],
    now: datetime,
) -> None:
    state = licence_state(
        [{"src": seen.kind, "as_of": seen.as_of, "body": seen.facts} for seen in observed], now.date()
    )
    rows = [seen for seen in observed if seen.kind == "licence"] or list(observed)
    licence.licence_key = licence_key(aliases)
    licence.app_key, licence.app_name = _newest(rows, "addonKey"), _newest(rows, "addonName")
    licence.hosting = (_newest(rows, "hosting") or "")[:40] or None
    licence.state, licence.episodes = state["state"], state["episodes"]
    licence.started_on, licence.ends_on, licence.won_on = (day(state[n]) for n in ("started_on", "ends_on", "won_on"))
    licence.last_observed, licence.next_change_on = day(state["last_observed"]), day(state["next_change_on"])
    licence.flags = _flags(rows, returning=state["returning"])
    licence.link_facts = _link_facts(observed, aliases)
    licence.person_id = _person(session, observed, contacts, now)


def _person(session: Session, observed: Sequence[Observation], contacts: dict[int, str], now: datetime) -> str | None:
    """The evaluator that the newest row names. Whoever older rows name than one that says `RTBF` is erased for ever."""
    forgotten = max((seen.version for seen in observed if seen.forgotten), default="")
    for seen in observed:
        if seen.version < forgotten and seen.id in contacts:
            person = session.get_one(Person, contacts[seen.id])
            people.forget(session, person, now)
    living = [
        contacts[seen.id]
        for seen in observed
        if seen.kind == "licence" and seen.id in contacts and seen.version > forgotten
    ]
    living = living or [contacts[seen.id] for seen in observed if seen.id in contacts and seen.version > forgotten]
    return living[-1] if living else None


def _newest(rows: Sequence[Observation], name: str) -> str | None:
    return next((known for seen in reversed(rows) if (known := text(seen.facts.get(name)))), None)


def _flags(rows: Sequence[Observation], *, returning: bool) -> list[str]:
    told = {
        "internal": _newest(rows, "licenseSourceType") == "Atlassian",
        "migrating": any(isinstance(seen.facts.get("cmtDetails"), dict) for seen in rows),
        "returning": returning,
        "sandbox": _newest(rows, "installedOnSandbox") == "Yes",
        "erased": any(seen.forgotten for seen in rows),
    }
    return [flag for flag, is_so in told.items() if is_so]


def _link_facts(observed: Sequence[Observation], aliases: Sequence[Alias]) -> dict[str, Any]:
    """Everything ever observed that can tell which licences belong together, each list sorted."""
    facts = [seen.facts for seen in observed]
    links = [fact.get("links", {}) for fact in facts]
    migrations = [fact["cmtDetails"] for fact in facts if isinstance(fact.get("cmtDetails"), dict)]
    return {
        "ids": sorted({value for _, _, value in aliases}),
        "clouds": _all(fact.get("cloudId") for fact in facts),
        "hosts": _all(fact.get("hostEntitlementId") for fact in facts),
        "refers": _all(
            [*(fact.get("evaluationLicense") for fact in facts), *(m.get("relatedOnPremLicense") for m in migrations)]
        ),
        "evaluators": sorted(
            {(who["mailbox"], who.get("domain", "")) for link in links if (who := link.get("technical"))}
        ),
        "domains": _all(link.get("technical", {}).get("domain") for link in links),
        "payer_domains": _all(link.get("billing", {}).get("domain") for link in links),
        "partners": _all(link.get("partner", {}).get("mailbox") for link in links),
        "partner_domains": _all(link.get("partner", {}).get("domain") for link in links),
        "company": next((link["company"] for link in reversed(links) if "company" in link), None),
        "country": next((link["country"] for link in reversed(links) if "country" in link), None),
    }


def _all(values: Iterable[object]) -> list[str]:
    return sorted({known for value in values if (known := text(value))})
