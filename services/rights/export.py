"""Everything that is held about a person, for themself: made of the register and of the tables, so it can't lag behind.

Two parts: what Art. 15(1) GDPR says must be told (purposes, categories, recipients, periods, source, rights), and the
copy of the data (Art. 15(3)). Every column of every table that holds something of the person is in it; the few that
speak of somebody else, or say nothing, are named with the reason why their content is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, RowMapping, select
from sqlalchemy.orm import Session

from models.marketplace import ObservedContact
from models.people import Person
from models.register import (
    CATEGORIES,
    LIMITS,
    PERIODS,
    PURPOSES,
    RECIPIENTS,
    Duration,
    Language,
    Words,
)
from models.register.purposes import BASIS_WORDS
from models.register.retention import ACTION_WORDS, ANCHOR_WORDS
from models.vault import Place, SealError, Vault
from services import audit, disclosure
from services.erasure.plans import values_of
from services.erasure.traces import Trace, traces
from services.marketplace.people import living, read_person
from services.rights.observed import observed

CNIL = "https://www.cnil.fr/fr/plaintes"
OTHERS = Words("parle aussi d'autres personnes (article 15(4) du RGPD)", "speaks of other people too (Art. 15(4) GDPR)")
OF_STAFF = Words("désigne un membre de notre personnel", "names a member of our staff")
KEYS = Words("clé technique qui ne dit rien de vous", "technical key that says nothing of you")
# Columns whose content is left out of the copy, each with the reason that the person is given.
WITHHELD: Mapping[str, Words] = {
    "people.data_key": KEYS,
    "prospects.search": KEYS,
    "prospects.search_source": KEYS,
    "licences.link_facts": OTHERS,
    "licences.evidence": OTHERS,
    "observations.facts.links": OTHERS,
    "observations.source_key": KEYS,
    "observations.version": KEYS,
    "audit_events.actor": OF_STAFF,
    "audit_events.detail": OTHERS,
    "signed_links.id": KEYS,
    "notes.author_ref": OF_STAFF,
    "exchange_packages.asked_ref": OF_STAFF,
    "exchange_packages.approved_ref": OF_STAFF,
}
RIGHTS: Mapping[str, Words] = {
    "access": Words("accès", "access"),
    "rectification": Words("rectification", "rectification"),
    "erasure": Words("effacement", "erasure"),
    "restriction": Words("limitation du traitement", "restriction of processing"),
    "objection": Words("opposition", "objection"),
    "portability": Words("portabilité", "portability"),
    "directives": Words("directives après votre décès", "directives for after your death"),
    "withdrawal": Words("retrait du consentement", "withdrawal of consent"),
}


def export(session: Session, vault: Vault, person_ref: str, *, language: Language, now: datetime) -> dict[str, Any]:
    """The whole answer to a request for access, as JSON values (shape: `schema()`)."""
    person = living(session, person_ref)
    return {
        "made_at": now.isoformat(),
        "language": language,
        "about": information(language),
        "data": {
            trace.table.name: rows
            for trace in _in_order()
            if (rows := _rows(session, vault, trace, person_ref, person))
        }
        | ({"observations": heard} if (heard := observed(session, person_ref)) else {}),
        "withheld": {place: why.in_(language) for place, why in WITHHELD.items()},
        "staff_access": audit.reads_of(session, person_ref),
        "disclosures": disclosure.of_person(session, person_ref),
    }


def _in_order() -> list[Trace]:
    """The person's own record first, then what hangs on it, then what only names them."""
    return sorted(traces(), key=lambda trace: (trace.table.name != "people", trace.kind != "person"))


def information(language: Language) -> dict[str, Any]:
    """What Art. 15(1) and (2) GDPR list, from the register."""
    answer = LIMITS["answer"].value
    return {
        "purposes": [
            {
                "id": purpose.id,
                "text": purpose.label.in_(language),
                "basis": [BASIS_WORDS[basis].in_(language) for basis in purpose.bases],
            }
            for purpose in PURPOSES.values()
        ],
        "categories": [
            {"id": entry.id, "name": entry.name.in_(language), "text": entry.description.in_(language)}
            for entry in CATEGORIES.values()
        ],
        "recipients": [
            {"id": one.id, "name": one.name.in_(language), "country": one.country.in_(language),
             "text": one.what.in_(language)}
            for one in RECIPIENTS.values()
        ],
        "periods": [
            {"id": period.id, "what": period.what.in_(language), "period": period.rule(language),
             "from": ANCHOR_WORDS[period.anchor].in_(language), "then": ACTION_WORDS[period.action].in_(language)}
            for period in PERIODS.values()
        ],
        "source": Words(
            "Atlassian, qui exploite le Marketplace, lorsque vous évaluez un de nos produits ; et vous-même.",
            "Atlassian, which runs the Marketplace, when you evaluate one of our products; and yourself.",
        ).in_(language),
        "rights": [{"id": name, "name": words.in_(language)} for name, words in RIGHTS.items()],
        "answer_within": answer.words(language) if isinstance(answer, Duration) else str(answer),
        "authority": {"name": "CNIL", "url": CNIL},
        "automated_decisions": Words("aucune", "none").in_(language),
    }  # fmt: skip


def _rows(session: Session, vault: Vault, trace: Trace, person_ref: str, person: Person | None) -> list[dict[str, Any]]:
    values = values_of(trace, [person_ref], [person] if person else [])
    statement = select(trace.table).where(trace.tie.in_(values)).order_by(*trace.table.primary_key)
    return [
        {
            column.name: _value(vault, person, column, row)
            for column in trace.table.columns
            if f"{trace.table.name}.{column.name}" not in WITHHELD
        }
        for row in session.execute(statement).mappings()
    ]


def _value(vault: Vault, person: Person | None, column: Column[Any], row: RowMapping) -> Any:
    value = row[column.name]
    if isinstance(column.type, LargeBinary):
        return _opened(vault, person, column, row) if value is not None else None
    if isinstance(value, date):
        return value.isoformat()
    return value


def _opened(vault: Vault, person: Person | None, column: Column[Any], row: RowMapping) -> Any:
    """A sealed field in clear: under the person's key or ours, at the place where its table seals."""
    table = column.table.name
    name = {ObservedContact.__tablename__: "observation_id"}.get(table, next(iter(column.table.primary_key)).name)
    place = Place(table, column.name, row[name])
    try:
        text = _by_person(vault, person, row[column.name], place)
    except SealError:
        try:
            text = vault.unseal(row[column.name], place)
        except SealError:
            return None
    return json.loads(text) if table == ObservedContact.__tablename__ else text


def _by_person(vault: Vault, person: Person | None, sealed: bytes, place: Place) -> str:
    if person is None:
        raise SealError("nobody")
    return vault.person_key(person.data_key, person.id).unseal(sealed, place).decode()


def provided(session: Session, vault: Vault, person_ref: str) -> dict[str, str]:
    """What Art. 20 GDPR lets a person take along: what they provided themselves, under contract or consent."""
    person = living(session, person_ref)
    if person is None:
        return {}
    return {name: value for name, value in read_person(vault, person).items() if value}


def schema() -> dict[str, Any]:
    """The JSON Schema of `export`, of the same tables."""
    anything = {"type": ["string", "number", "boolean", "object", "array", "null"]}
    tables = {
        trace.table.name: {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": list(names := _columns(trace)),
                "properties": dict.fromkeys(names, anything),
            },
        }
        for trace in traces()
    } | {"observations": {"type": "array", "items": {"type": "object"}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Everything held about one person",
        "type": "object",
        "required": ["made_at", "language", "about", "data", "withheld", "staff_access", "disclosures"],
        "properties": {
            "made_at": {"type": "string"},
            "language": {"enum": ["fr", "en"]},
            "about": {"type": "object"},
            "data": {"type": "object", "additionalProperties": False, "properties": tables},
            "withheld": {"type": "object", "additionalProperties": {"type": "string"}},
            "staff_access": {"type": "array", "items": {"type": "object"}},
            "disclosures": {"type": "array", "items": {"type": "object"}},
        },
    }


def _columns(trace: Trace) -> list[str]:
    table = trace.table
    return [column.name for column in table.columns if f"{table.name}.{column.name}" not in WITHHELD]
