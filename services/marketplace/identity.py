"""Which licence a row speaks of: all ids that ever met in one row belong to one licence (marketplace.md 5, rule 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from models.marketplace import Licence, LicenceAlias, Observation

Alias = tuple[str, str, str]

# The id by which a licence is shown is its best one, and of several the smallest: the same whatever came first.
PREFERENCE = ("entitlement-number", "sen", "licence-id", "entitlement-id")


def licence_for(session: Session, aliases: Sequence[Alias]) -> int:
    """The id of the licence with these aliases; made if none is known, merged if several are."""
    columns = tuple_(LicenceAlias.kind, LicenceAlias.scope, LicenceAlias.value)
    known = session.scalars(select(LicenceAlias).where(columns.in_(aliases))).all()
    found = sorted({alias.licence_id for alias in known})
    licence_id = found[0] if found else _new_licence(session, aliases)
    for other in found[1:]:
        _absorb(session, licence_id, other)
    named = {(alias.kind, alias.scope, alias.value) for alias in known}
    for kind, scope, value in set(aliases) - named:
        session.add(LicenceAlias(kind=kind, scope=scope, value=value, licence_id=licence_id))
    session.flush()
    return licence_id


def licence_key(aliases: Sequence[Alias]) -> str:
    """The id by which people know a licence."""
    return min(aliases, key=lambda alias: (PREFERENCE.index(alias[0]), alias[2], alias[1]))[2]


def aliases_of(session: Session, licence_ids: Sequence[int]) -> dict[int, list[Alias]]:
    """Every alias of each licence, sorted."""
    found: dict[int, list[Alias]] = {licence_id: [] for licence_id in licence_ids}
    for alias in session.scalars(select(LicenceAlias).where(LicenceAlias.licence_id.in_(licence_ids))):
        found[alias.licence_id].append((alias.kind, alias.scope, alias.value))
    return {licence_id: sorted(aliases) for licence_id, aliases in found.items()}


def _new_licence(session: Session, aliases: Sequence[Alias]) -> int:
    licence = Licence(licence_key=licence_key(aliases), state="pending_licence", link_facts={}, evidence=[], flags=[])
    session.add(licence)
    session.flush()
    return licence.id


def _absorb(session: Session, licence_id: int, other: int) -> None:
    """Two ids met in one row, so two licences are one. The observations keep their own ids: a rebuild can undo it."""
    values: dict[str, Any] = {"licence_id": licence_id}
    session.execute(update(LicenceAlias).where(LicenceAlias.licence_id == other).values(values))
    session.execute(update(Observation).where(Observation.licence_id == other).values(values))
    session.execute(delete(Licence).where(Licence.id == other))
    session.expire_all()
