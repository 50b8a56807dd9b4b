"""Organisations that may be one, for staff to decide: never joined by itself (marketplace.md, section 5)."""

from __future__ import annotations

from collections import defaultdict
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.marketplace import Licence
from models.people import Organisation
from services.marketplace.companies import plain, root_of

ALIKE = 0.9
# Names that so many organisations begin with tell nothing; and nobody reads a longer list.
MAX_ALIKE, MAX_SHOWN = 20, 200


def suggestions(session: Session) -> list[dict[str, Any]]:
    """Pairs of organisations of much the same name, most alike first: `{"left", "right", "likeness", "licences"}`.

    `left` and `right`: `{"id", "name", "domain", "country"}`; `licences`: one of each, which `join` takes.
    """
    by_root: dict[str, list[Organisation]] = defaultdict(list)
    for organisation in session.scalars(select(Organisation).where(Organisation.name.is_not(None))):
        if root := root_of(organisation.name):
            by_root[root].append(organisation)
    pairs = [
        (likeness, *pair)
        for group in by_root.values()
        if len(group) <= MAX_ALIKE
        for pair in combinations(sorted(group, key=lambda one: one.id), 2)
        if (likeness := _likeness(*pair)) >= ALIKE
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1].id, pair[2].id))
    return [
        {
            "left": _shape(left),
            "right": _shape(right),
            "likeness": round(likeness, 2),
            "licences": [_a_licence(session, left), _a_licence(session, right)],
        }
        for likeness, left, right in pairs[:MAX_SHOWN]
    ]


def _likeness(left: Organisation, right: Organisation) -> float:
    if left.country and right.country and left.country != right.country:
        return 0.0
    return SequenceMatcher(None, plain(left.name), plain(right.name)).ratio()


def _a_licence(session: Session, organisation: Organisation) -> str | None:
    mine = select(Licence.licence_key).where(Licence.organisation_id == organisation.id)
    return session.scalar(mine.order_by(Licence.licence_key).limit(1))


def _shape(organisation: Organisation) -> dict[str, Any]:
    return {name: getattr(organisation, name) for name in ("id", "name", "domain", "country")}
