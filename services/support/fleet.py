"""Which versions customers run: aggregates over support cases, in which nobody can be made out.

A customer is whoever reports cases, as Jira knows them. Of each customer's products the newest configuration counts.
Fewer than three customers are no row of their own: they are told together as others, and where those are still fewer
than three, the smallest row goes with them, so that nothing follows by subtraction (support.md 6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models.support import CaseState, ConfigComponent, ConfigSnapshot, SupportCase
from services.support import lifecycle, versions
from services.support.index import current_snapshots, latest_components

KINDS = ("product", "database", "jvm", "os")
SMALLEST = 3
READ_AHEAD = 200


@dataclass(frozen=True)
class Release:
    """What is counted: a name with the line of releases, `PostgreSQL 15`; no name: all others together."""

    name: str
    cycle: str
    standing: lifecycle.Standing | None = None

    def told(self, customers: int) -> dict[str, Any]:
        """As JSON values."""
        return {"name": self.name or None, "cycle": self.cycle or None, "customers": customers,
                "support": self.standing.told() if self.standing else None}  # fmt: skip


def fleet(session: Session, today: date) -> dict[str, list[dict[str, Any]]]:
    """By kind the rows `{name, cycle, customers, support}`, the commonest first; name None: others."""
    running: dict[str, dict[Release, set[str]]] = {kind: defaultdict(set) for kind in KINDS}
    for case, told in newest(session):
        for kind in KINDS:
            if kind in told:
                running[kind][_release(told[kind], today)].add(_customer(case))
    return {kind: _rows({release: len(who) for release, who in found.items()}) for kind, found in running.items()}


def ending(found: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Of `fleet` what is out of support or ends within a quarter, the earliest end first."""
    rows = [
        {"kind": kind, **row}
        for kind, listed in found.items()
        for row in listed
        if row["support"] and row["support"]["state"] in ("ended", "soon")
    ]
    return sorted(rows, key=lambda row: (row["support"]["until"], row["kind"], row["name"]))


def newest(session: Session) -> Iterator[tuple[SupportCase, dict[str, ConfigComponent]]]:
    """The newest configuration of each customer and product, by kind, and the case that tells it."""
    statement = (
        select(SupportCase)
        .where(SupportCase.state == CaseState.OPEN)
        .options(selectinload(SupportCase.snapshots).selectinload(ConfigSnapshot.components))
        .execution_options(yield_per=READ_AHEAD)
    )
    found: dict[tuple[str, str], tuple[Any, SupportCase, dict[str, ConfigComponent]]] = {}
    for case in session.scalars(statement):
        snapshots = current_snapshots(case)
        told = {kind: component for kind, (component, _) in latest_components(case).items()}
        if not snapshots or not told:
            continue
        key = (_customer(case), told["product"].name if "product" in told else "")
        if key not in found or found[key][0] < snapshots[0].taken_at:
            found[key] = (snapshots[0].taken_at, case, told)
    for _, case, told in found.values():
        yield case, told


def _customer(case: SupportCase) -> str:
    return case.reporter_index or f"case:{case.id}"


def _release(component: ConfigComponent, today: date) -> Release:
    stands = lifecycle.standing(component.kind, component.name, component.version, today)
    if stands is not None:
        return Release(component.name, stands.cycle, stands)
    if component.kind == "product":
        return Release(component.name, versions.series(component.version) or "")
    known = versions.read_java if component.kind == "jvm" else versions.read_whole
    major = known(component.version or "").major
    return Release(component.name, str(major) if major is not None else "")


def _rows(counts: Mapping[Release, int]) -> list[dict[str, Any]]:
    order = sorted(counts, key=lambda release: (-counts[release], release.name, release.cycle))
    shown = [release for release in order if counts[release] >= SMALLEST]
    others = sum(counts[release] for release in order if counts[release] < SMALLEST)
    while 0 < others < SMALLEST and shown:
        others += counts[shown.pop()]
    rows = [release.told(counts[release]) for release in shown]
    return [*rows, Release("", "").told(others)] if others >= SMALLEST else rows
