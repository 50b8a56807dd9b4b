"""Which licence a row speaks of: all ids that ever met in one row belong to one licence (marketplace.md 5, rule 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from models.bulk import among, new_numbers
from models.marketplace import Licence, LicenceAlias, Observation

Alias = tuple[str, str, str]
Item = TypeVar("Item")

LICENCES = cast(Table, Licence.__table__)
ALIASES = cast(Table, LicenceAlias.__table__)

# The id by which a licence is shown is its best one, and of several the smallest: the same whatever came first.
PREFERENCE = ("entitlement-number", "sen", "licence-id", "entitlement-id")
# Bound variables of one statement have a limit on both databases.
CHUNK = 500


@dataclass(frozen=True)
class Found:
    """The licence id of each row; the ids of licences that are yet to be inserted, each with its aliases; and the rows
    of aliases that are, after them."""

    ids: Sequence[int]
    made: Mapping[int, Sequence[Alias]]
    aliases: Sequence[Mapping[str, Any]]


def licences_for(session: Session, rows: Sequence[Sequence[Alias]]) -> Found:
    """The licence of each row, given its aliases: a new one where none is known, merged where several are.

    All rows of a batch are looked up together; the answer is the same as one by one, in any order.
    """
    known = _known(session, {alias for row in rows for alias in row})
    # Aliases that are of one licence already belong together, also where no row of this batch has two of them.
    of_one: dict[int, list[Alias]] = defaultdict(list)
    for alias, licence_id in known.items():
        of_one[licence_id].append(alias)
    groups = _groups([*rows, *of_one.values()])
    found = {root: sorted({known[alias] for alias in aliases if alias in known}) for root, aliases in groups.items()}
    unknown = [root for root, ids in found.items() if not ids]
    made = dict(zip(unknown, new_numbers(session, LICENCES, len(unknown)), strict=True))
    ids = {root: found[root][0] if found[root] else made[root] for root in groups}
    for root, several in found.items():
        for other in several[1:]:
            _absorb(session, ids[root], other)
    new = [
        {"kind": kind, "scope": scope, "value": value, "licence_id": ids[root]}
        for root, aliases in groups.items()
        for kind, scope, value in sorted(aliases - known.keys())
    ]
    root_of = {alias: root for root, aliases in groups.items() for alias in aliases}
    return Found(
        ids=[ids[root_of[row[0]]] for row in rows],
        made={number: sorted(groups[root]) for root, number in made.items()},
        aliases=new,
    )


def licence_key(aliases: Sequence[Alias]) -> str:
    """The id by which people know a licence."""
    return min(aliases, key=lambda alias: (PREFERENCE.index(alias[0]), alias[2], alias[1]))[2]


def aliases_of(session: Session, licence_ids: Sequence[int]) -> dict[int, list[Alias]]:
    """Every alias of each licence, sorted."""
    found: dict[int, list[Alias]] = {licence_id: [] for licence_id in licence_ids}
    statement = select(ALIASES).where(among(session, ALIASES.c.licence_id, licence_ids))
    for kind, scope, value, licence_id in session.execute(statement):
        found[licence_id].append((kind, scope, value))
    return {licence_id: sorted(aliases) for licence_id, aliases in found.items()}


def _groups(rows: Sequence[Sequence[Alias]]) -> dict[Alias, set[Alias]]:
    """The aliases of a batch, grouped by having met in one row; the key of a group is its smallest member."""
    parent: dict[Alias, Alias] = {}

    def root(alias: Alias) -> Alias:
        while parent[alias] != alias:
            parent[alias] = parent[parent[alias]]
            alias = parent[alias]
        return alias

    for row in rows:
        for alias in row:
            parent.setdefault(alias, alias)
            low, high = sorted((root(row[0]), root(alias)))
            parent[high] = low
    groups: dict[Alias, set[Alias]] = {}
    for alias in parent:
        groups.setdefault(root(alias), set()).add(alias)
    return groups


def _known(session: Session, aliases: set[Alias]) -> dict[Alias, int]:
    values: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, scope, value in sorted(aliases):
        values[(kind, scope)].append(value)
    columns = ALIASES.c.value, ALIASES.c.licence_id
    return {
        (kind, scope, row.value): row.licence_id
        for (kind, scope), wanted in values.items()
        for some in chunks(wanted)
        for row in session.execute(
            select(*columns).where(
                ALIASES.c.kind == kind, ALIASES.c.scope == scope, among(session, ALIASES.c.value, some)
            )
        )
    }


def _absorb(session: Session, licence_id: int, other: int) -> None:
    """Two ids met in one row, so two licences are one. The observations keep their own ids: a rebuild can undo it."""
    session.execute(update(LicenceAlias).where(LicenceAlias.licence_id == other).values(licence_id=licence_id))
    session.execute(update(Observation).where(Observation.licence_id == other).values(licence_id=licence_id))
    session.execute(delete(Licence).where(Licence.id == other))


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """`items` in pieces that fit into one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
