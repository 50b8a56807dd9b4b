"""Which licence a row speaks of: all ids that ever met in one row belong to one licence (marketplace.md 5, rule 2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.marketplace import Licence, LicenceAlias, Observation

Alias = tuple[str, str, str]
Item = TypeVar("Item")

# The id by which a licence is shown is its best one, and of several the smallest: the same whatever came first.
PREFERENCE = ("entitlement-number", "sen", "licence-id", "entitlement-id")
# Bound variables of one statement have a limit on both databases.
CHUNK = 500


def licences_for(session: Session, rows: Sequence[Sequence[Alias]]) -> list[int]:
    """The licence id of each row, given its aliases: made where none is known, merged where several are.

    All rows of a batch are looked up together; the answer is the same as one by one, in any order.
    """
    groups = _groups(rows)
    known = _known(session, {alias for row in rows for alias in row})
    found = {root: sorted({known[alias] for alias in aliases if alias in known}) for root, aliases in groups.items()}
    made = {root: _new_licence(session, groups[root]) for root, ids in found.items() if not ids}
    session.flush()
    ids = {root: found[root][0] if found[root] else made[root].id for root in groups}
    for root, several in found.items():
        for other in several[1:]:
            _absorb(session, ids[root], other)
    for root, aliases in groups.items():
        for kind, scope, value in sorted(aliases - known.keys()):
            session.add(LicenceAlias(kind=kind, scope=scope, value=value, licence_id=ids[root]))
    session.flush()
    root_of = {alias: root for root, aliases in groups.items() for alias in aliases}
    return [ids[root_of[row[0]]] for row in rows]


def licence_key(aliases: Sequence[Alias]) -> str:
    """The id by which people know a licence."""
    return min(aliases, key=lambda alias: (PREFERENCE.index(alias[0]), alias[2], alias[1]))[2]


def aliases_of(session: Session, licence_ids: Sequence[int]) -> dict[int, list[Alias]]:
    """Every alias of each licence, sorted."""
    found: dict[int, list[Alias]] = {licence_id: [] for licence_id in licence_ids}
    for alias in session.scalars(select(LicenceAlias).where(LicenceAlias.licence_id.in_(licence_ids))):
        found[alias.licence_id].append((alias.kind, alias.scope, alias.value))
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
    found: dict[Alias, int] = {}
    for values in chunks(sorted({value for _, _, value in aliases})):
        for row in session.scalars(select(LicenceAlias).where(LicenceAlias.value.in_(values))):
            alias = (row.kind, row.scope, row.value)
            if alias in aliases:
                found[alias] = row.licence_id
    return found


def _new_licence(session: Session, aliases: set[Alias]) -> Licence:
    key = licence_key(sorted(aliases))
    licence = Licence(licence_key=key, state="pending_licence", link_facts={}, evidence=[], flags=[])
    session.add(licence)
    return licence


def _absorb(session: Session, licence_id: int, other: int) -> None:
    """Two ids met in one row, so two licences are one. The observations keep their own ids: a rebuild can undo it."""
    session.execute(update(LicenceAlias).where(LicenceAlias.licence_id == other).values(licence_id=licence_id))
    session.execute(update(Observation).where(Observation.licence_id == other).values(licence_id=licence_id))
    session.execute(delete(Licence).where(Licence.id == other))
    session.expire_all()


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """`items` in pieces that fit into one statement."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
