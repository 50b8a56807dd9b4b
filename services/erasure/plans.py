"""The plan before the deed: every table and field that holds something of these people, and what becomes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import reduce
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.marketplace import ACCOUNTING_DAYS, ACCOUNTING_KINDS, Licence, Observation
from models.people import Person
from models.register import HOLDS, LANGUAGES
from models.vault import Vault
from services.erasure import bodies, names
from services.erasure.traces import Fate, Trace, traces
from services.marketplace.identity import chunks
from services.marketplace.values import day, part

ACCOUNTING = "FR-L123-22"
DONE = (Fate.DESTROY_KEY, Fate.EMPTY, Fate.DELETE)


@dataclass(frozen=True)
class Line:
    """Fields of one table with one fate. `rows`: in how many rows there is something. `law`, `until`: of a hold."""

    table: str
    fields: tuple[str, ...]
    rows: int
    fate: Fate
    law: str | None = None
    until: date | None = None

    def told(self) -> dict[str, Any]:
        """The line for programs and people, a hold with its explanation in both languages."""
        shown = asdict(self) | {"fate": self.fate.value, "until": self.until.isoformat() if self.until else None}
        if self.law:
            hold = HOLDS[self.law]
            shown["law"] = {"id": self.law} | {language: hold.law.in_(language) for language in LANGUAGES}
            shown["why"] = {language: hold.why.in_(language) for language in LANGUAGES}
        return shown


@dataclass(frozen=True)
class Plan:
    """What is to be done for `people` (their ids). `needles` are their names and addresses in clear: never shown."""

    people: tuple[str, ...]
    lines: tuple[Line, ...]
    made_at: datetime
    needles: frozenset[str] = field(repr=False)

    @property
    def digest(self) -> str:
        """Tells one plan from another."""
        told = [self.people, [line.told() for line in self.lines]]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    @property
    def holds(self) -> list[Line]:
        """What stays, by law."""
        return [line for line in self.lines if line.fate is Fate.HOLD]

    def told(self) -> dict[str, Any]:
        """`{"plan": digest, "people": number, "lines", "holds"}`, without any personal data."""
        shown = [line.told() for line in self.lines]
        return {
            "plan": self.digest,
            "made_at": self.made_at.isoformat(),
            "people": len(self.people),
            "lines": [line for line in shown if line["fate"] != Fate.HOLD],
            "holds": [line for line in shown if line["fate"] == Fate.HOLD],
        }


def plan(session: Session, vault: Vault, person_id: str, now: datetime) -> Plan:
    """The plan for one person. For somebody unknown, or erased already, its lines have nothing left to do."""
    return plan_many(session, vault, [person_id], now)


def plan_many(session: Session, vault: Vault, person_ids: Sequence[str], now: datetime) -> Plan:
    """One plan for several people, at most a few hundred: each table is asked once."""
    ids = tuple(sorted(set(person_ids)))
    people = [
        person for some in chunks(ids) for person in session.scalars(select(Person).where(Person.id.in_(some))).all()
    ]
    needles = names.needles(session, vault, people)
    lines = [line for trace in traces() for line in _lines(session, trace, values_of(trace, ids, people))]
    lines += _accounting(session, ids)
    lines += [Line(table, ("company",), rows, Fate.EMPTY) for table, rows in names.as_organisations(session, needles)]
    found = bodies.holding(session, vault, needles.everything)
    lines += [Line(queue.__tablename__, (column,), len(rows), Fate.EMPTY) for queue, column, rows in found if rows]
    return Plan(ids, tuple(lines), now, needles.everything)


def values_of(trace: Trace, ids: Sequence[str], people: Sequence[Person]) -> Sequence[str]:
    """What the tie of a table is compared with."""
    if trace.kind == "person":
        return ids
    return sorted({getattr(person, f"{trace.kind}_index") for person in people} - {""})


def _lines(session: Session, trace: Trace, values: Sequence[str]) -> Iterator[Line]:
    columns = trace.columns(*DONE)
    rows, filled = 0, [0] * len(columns)
    for some in chunks(values):
        counts = session.execute(
            select(func.count(), *(func.count(column) for column in columns)).where(trace.tie.in_(some))
        ).one()
        rows += counts[0]
        filled = [have + more for have, more in zip(filled, counts[1:], strict=True)]
    if not rows:
        return
    for fate in DONE:
        touched = {c.name: n for c, n in zip(columns, filled, strict=True) if trace.fates[c.name] is fate and n}
        if touched:
            yield Line(trace.table.name, tuple(touched), max(touched.values()), fate)
    kept = tuple(column.name for column in trace.columns(Fate.KEEP))
    if kept:
        yield Line(trace.table.name, kept, rows, Fate.KEEP)
    for law in sorted(set(trace.laws.values())):
        held = tuple(name for name, ground in trace.laws.items() if ground == law)
        yield Line(trace.table.name, held, rows, Fate.HOLD, law)


def _accounting(session: Session, ids: Sequence[str]) -> Iterator[Line]:
    """Purchases and quotes on licences of these people: their facts are accounting records, their contacts are not."""
    rows, last = 0, None
    for some in chunks(ids):
        statement = (
            select(Observation.facts)
            .join(Licence, Licence.id == Observation.licence_id)
            .where(Observation.kind.in_(ACCOUNTING_KINDS), Licence.person_id.in_(some))
        )
        for facts in session.scalars(statement):
            told = (reduce(part, path[:-1], facts).get(path[-1]) for path in ACCOUNTING_DAYS)
            sold = next((found for value in told if (found := day(value))), None)
            rows, last = rows + 1, max(filter(None, (last, sold)), default=None)
    if rows:
        until = HOLDS[ACCOUNTING].until(last) if last else None
        yield Line(Observation.__tablename__, ("facts",), rows, Fate.HOLD, ACCOUNTING, until)
