"""Everything that is worked out from the log of observations, worked out again from it alone (marketplace.md 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from models.database import Database
from models.vault import Vault
from services.marketplace.identity import ALIASES, LICENCES, Alias, licence_key
from services.marketplace.observations import OBSERVATIONS
from services.marketplace.projection import BARE, project
from services.marketplace.relink import relink
from services.marketplace.rows import aliases_of_facts
from services.retention import past_contacts

AT_ONCE = 200


def rebuild(
    database: Database, vault: Vault, now: datetime, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Work out licences, links and prospects again; gives how many licences there are.

    The log is not touched, nor what people and staff have said. Safe to be killed, and to run again.
    """
    _regroup(database)
    with database.read() as session:
        numbers = session.scalars(select(LICENCES.c.id).order_by(LICENCES.c.id)).all()
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        with database.write() as session:
            project(session, some, now)
        progress(start + len(some))
    for start in range(0, len(numbers), AT_ONCE):
        with database.write() as session:
            past_contacts.renew(session, past_contacts.named_on(session, numbers[start : start + AT_ONCE]))
    relink(database, vault, now)
    return len(numbers)


def _regroup(database: Database) -> None:
    """Give each observation the licence that its ids say, and each id its licence, where either is not so already."""
    with database.snapshot() as session:
        columns = (OBSERVATIONS.c.id, OBSERVATIONS.c.licence_id, OBSERVATIONS.c.facts)
        rows = session.execute(select(*columns).order_by(OBSERVATIONS.c.id), execution_options={"yield_per": 1_000})
        groups = _Groups()
        for number, licence_id, facts in rows:
            groups.add(number, licence_id, aliases_of_facts(facts))
        known = {(kind, scope, value): licence for kind, scope, value, licence in session.execute(select(ALIASES))}
    claimed: set[int] = set()
    for aliases, observations, licence_ids in groups.all():
        free = licence_ids - claimed
        claimed |= licence_ids
        if len(licence_ids) == len(free) == 1 and all(known.get(alias) in licence_ids for alias in aliases):
            continue
        _put_right(database, aliases, observations, min(free, default=None))
    with database.write() as session:
        held = select(OBSERVATIONS.c.licence_id)
        session.execute(delete(ALIASES).where(ALIASES.c.licence_id.not_in(held)))
        session.execute(delete(LICENCES).where(LICENCES.c.id.not_in(held)))


def _put_right(database: Database, aliases: set[Alias], observations: list[int], licence_id: int | None) -> None:
    with database.write() as session:
        if licence_id is None:
            row = {"licence_key": licence_key(sorted(aliases)), **BARE}
            licence_id = session.execute(insert(LICENCES).values(row).returning(LICENCES.c.id)).scalar_one()
        moved = update(OBSERVATIONS).where(OBSERVATIONS.c.id.in_(observations))
        session.execute(moved.values(licence_id=licence_id))
        for kind, scope, value in sorted(aliases):
            session.execute(
                delete(ALIASES).where(ALIASES.c.kind == kind, ALIASES.c.scope == scope, ALIASES.c.value == value)
            )
            row = {"kind": kind, "scope": scope, "value": value, "licence_id": licence_id}
            session.execute(insert(ALIASES).values(row))


class _Groups:
    """Observations whose ids have met, by union over the ids."""

    def __init__(self) -> None:
        self._parent: dict[Alias, Alias] = {}
        self._observations: dict[Alias, list[tuple[int, int]]] = defaultdict(list)

    def add(self, observation: int, licence_id: int, aliases: tuple[Alias, ...]) -> None:
        for alias in aliases:
            self._parent.setdefault(alias, alias)
            low, high = sorted((self._root(aliases[0]), self._root(alias)))
            self._parent[high] = low
        if aliases:
            self._observations[aliases[0]].append((observation, licence_id))

    def all(self) -> Iterator[tuple[set[Alias], list[int], set[int]]]:
        """The ids of each group, its observations, and the licences that those are of now."""
        members: dict[Alias, set[Alias]] = defaultdict(set)
        seen: dict[Alias, list[tuple[int, int]]] = defaultdict(list)
        for alias in self._parent:
            members[self._root(alias)].add(alias)
            seen[self._root(alias)] += self._observations.get(alias, [])
        for root in sorted(members):
            yield members[root], [number for number, _ in seen[root]], {licence for _, licence in seen[root]}

    def _root(self, alias: Alias) -> Alias:
        while self._parent[alias] != alias:
            self._parent[alias] = self._parent[self._parent[alias]]
            alias = self._parent[alias]
        return alias
