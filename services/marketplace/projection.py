"""The projection of a licence: its row is worked out from its observations alone, and can be at any time again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.bulk import among, insert_rows, update_rows
from models.people import Person
from services.marketplace import people
from services.marketplace.further import is_accepted
from services.marketplace.identity import LICENCES, Alias, aliases_of, chunks, licence_key
from services.marketplace.merge import licence_state
from services.marketplace.observations import CONTACTS, OBSERVATIONS, Kept, Seen
from services.marketplace.states import STATES
from services.marketplace.values import day, text

# Of those whose state the calendar changes, so many in one transaction; the others are due a moment later.
DUE_AT_ONCE = 200


# A licence that says nothing yet.
BARE: Mapping[str, Any] = {"state": "pending_licence", "episodes": 0, "link_facts": {}, "evidence": [], "flags": []}


def enter(session: Session, kept: Kept, now: datetime) -> set[int]:
    """Write the licences that are new as they follow from what is added to the log, before it is added. Gives those to
    be worked out once it is: somebody is to be forgotten, of whom the log must hold everything by then."""
    observed: dict[int, list[Seen]] = defaultdict(list)
    for seen in kept.seen:
        observed[seen.licence_id].append(seen)
    later = {number for number in kept.made if any(seen.forgotten for seen in observed[number])}
    told = [
        {"id": number, **BARE}
        | (
            {"licence_key": licence_key(aliases)}
            if number in later
            else _projected(session, observed[number], kept.contacts, aliases, now)
        )
        for number, aliases in kept.made.items()
    ]
    names = dict.fromkeys(name for row in told for name in row)
    insert_rows(session, LICENCES, [{name: row.get(name) for name in names} for row in told])
    return later


def project(session: Session, licence_ids: Collection[int], now: datetime) -> bool:
    """Work out these licences again from everything observed of them; gives whether any has changed."""
    return sum(_project(session, some, now) for some in chunks(sorted(licence_ids))) > 0


def project_due(session: Session, now: datetime) -> bool:
    """Work out again the licences whose state the calendar alone has changed; gives whether any has."""
    due = session.scalars(select(LICENCES.c.id).where(LICENCES.c.next_change_on <= now.date()).limit(DUE_AT_ONCE)).all()
    return project(session, due, now)


def _project(session: Session, licence_ids: Sequence[int], now: datetime) -> int:
    observed, contacts = _read(session, licence_ids)
    aliases = aliases_of(session, licence_ids)
    stored = select(LICENCES).where(among(session, LICENCES.c.id, licence_ids))
    known = {row["id"]: row for row in session.execute(stored).mappings()}
    changed = []
    for number in licence_ids:
        values = _projected(session, observed[number], contacts, aliases[number], now)
        if any(known[number][name] != value for name, value in values.items()):
            changed.append({"id": number} | values)
    update_rows(session, LICENCES, changed)
    return len(changed)


def _read(session: Session, licence_ids: Sequence[int]) -> tuple[dict[int, list[Seen]], dict[int, str]]:
    """All that the log holds of these licences, and the person of each observation."""
    observed: dict[int, list[Seen]] = defaultdict(list)
    columns = [OBSERVATIONS.c[one.name] for one in fields(Seen)]
    of_them = among(session, OBSERVATIONS.c.licence_id, licence_ids)
    for row in session.execute(select(*columns).where(of_them)):
        observed[row.licence_id].append(Seen(*row))
    joined = CONTACTS.join(OBSERVATIONS, OBSERVATIONS.c.id == CONTACTS.c.observation_id)
    statement = select(CONTACTS.c.observation_id, CONTACTS.c.person_id).select_from(joined)
    return observed, {row.observation_id: row.person_id for row in session.execute(statement.where(of_them))}


def _projected(
    session: Session, observed: Sequence[Seen], contacts: Mapping[int, str], aliases: Sequence[Alias], now: datetime
) -> dict[str, Any]:
    observed = sorted(observed, key=lambda seen: (seen.version, seen.source, seen.source_key))
    state = licence_state(
        [{"src": seen.kind, "as_of": seen.as_of, "body": seen.facts} for seen in observed], now.date()
    )
    rows = [seen for seen in observed if seen.kind == "licence"] or list(observed)
    return {
        "licence_key": licence_key(aliases),
        "app_key": _newest(rows, "addonKey"),
        "app_name": _newest(rows, "addonName"),
        "hosting": (_newest(rows, "hosting") or "")[:40] or None,
        "state": state["state"],
        "episodes": state["episodes"],
        **{name: day(state[name]) for name in ("started_on", "ends_on", "won_on", "last_observed", "next_change_on")},
        "flags": _flags(rows, returning=state["returning"], quoted=_is_quoted(observed, state["state"])),
        "link_facts": _link_facts(observed, aliases),
        "person_id": _person(session, observed, contacts, now),
    }


def _person(session: Session, observed: Sequence[Seen], contacts: Mapping[int, str], now: datetime) -> str | None:
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


def _newest(rows: Sequence[Seen], name: str) -> str | None:
    return next((known for seen in reversed(rows) if (known := text(seen.facts.get(name)))), None)


def _is_quoted(observed: Sequence[Seen], state: str) -> bool:
    """Has a quote been accepted, and no purchase been heard of yet?"""
    accepted = any(seen.kind == "quote" and is_accepted(seen.facts) for seen in observed)
    return accepted and not STATES[state].is_customer and not STATES[state].is_over


def _flags(rows: Sequence[Seen], *, returning: bool, quoted: bool) -> list[str]:
    told = {
        "internal": _newest(rows, "licenseSourceType") == "Atlassian",
        "migrating": any(isinstance(seen.facts.get("cmtDetails"), dict) for seen in rows),
        "returning": returning,
        "quoted": quoted,
        "sandbox": _newest(rows, "installedOnSandbox") == "Yes",
        "erased": any(seen.forgotten for seen in rows),
    }
    return [flag for flag, is_so in told.items() if is_so]


def _link_facts(observed: Sequence[Seen], aliases: Sequence[Alias]) -> dict[str, Any]:
    """Everything ever observed that can tell which licences belong together, each list sorted."""
    facts = [seen.facts for seen in observed]
    links = [fact.get("links", {}) for fact in facts]
    technical = [who for link in links if (who := link.get("technical"))]
    named = sorted(
        (link for link in reversed(links) if "company" in link), key=lambda link: bool(link.get("self_named"))
    )
    migrations = [fact["cmtDetails"] for fact in facts if isinstance(fact.get("cmtDetails"), dict)]
    return {
        "ids": sorted({value for _, _, value in aliases}),
        "clouds": _all(fact.get("cloudId") for fact in facts),
        "hosts": _all(fact.get("hostEntitlementId") for fact in facts),
        "refers": _all(
            [*(fact.get("evaluationLicense") for fact in facts), *(m.get("relatedOnPremLicense") for m in migrations)]
        ),
        "evaluators": [list(who) for who in sorted({(who["mailbox"], who.get("domain", "")) for who in technical})],
        "domains": _all(link.get("technical", {}).get("domain") for link in links),
        "payer_domains": _all(link.get("billing", {}).get("domain") for link in links),
        "partners": _all(link.get("partner", {}).get("mailbox") for link in links),
        "partner_domains": _all(link.get("partner", {}).get("domain") for link in links),
        "company": next((link["company"] for link in named), None),
        "selves": _all(link["technical"]["mailbox"] for link in named if named[0].get("self_named")),
        "country": next((link["country"] for link in reversed(links) if "country" in link), None),
    }


def _all(values: Iterable[object]) -> list[str]:
    return sorted({known for value in values if (known := text(value))})
