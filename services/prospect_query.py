"""The list of prospects as a query: filters, orders and cursors that take the same time at a thousand and at a million.

A page is read in the order of an index from where the last one ended. A filter that few rows pass is answered from its
own index; one that many pass is checked row by row, for then the page is soon full.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import search as full_text
from models.marketplace import Licence
from models.people import Prospect
from models.vault import Vault
from services import consent, search
from services.marketplace.addresses import address
from services.marketplace.people import person_id
from services.retention import clocks

# Up to so many rows a filter is answered from its own index.
FEW = 5_000
ORDERS: Mapping[str, InstrumentedAttribute[Any]] = {
    "last_observed": Prospect.last_observed,
    "ends_on": Prospect.ends_on,
}
# Newest first where a `-` stands before it.
SORTS = tuple(sign + name for name in ORDERS for sign in ("-", ""))


class BadCursorError(ValueError):
    """A cursor that this list never gave, or gave in another order."""


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. `q` finds part of a name, an address, a company or an organisation; `consent` is the
    state of prospecting by e-mail."""

    state: str | None = None
    app: str | None = None
    email: str | None = None
    q: str | None = None
    consent: str | None = None


def matching(session: Session, vault: Vault, filters: Filters) -> Select[Prospect]:
    """The prospects that pass the filters, in no order."""
    statement = select(Prospect)
    if filters.state:
        statement = statement.where(Prospect.state == filters.state)
    if filters.app:
        statement = statement.where(_with_app(session, filters.app))
    if filters.email:
        known = address(filters.email)
        statement = statement.where(Prospect.person_id == (person_id(vault, known) if known else ""), clocks.shown())
    if filters.consent:
        statement = statement.where(Prospect.person_id.in_(consent.people_in(filters.consent)))
    if filters.q:
        statement = statement.where(_with_text(session, search.needle(vault, filters.q)), clocks.shown())
    return statement


def page(session: Session, statement: Select[Prospect], sort: str, after: str | None, limit: int) -> Sequence[Prospect]:
    """`limit` rows of `statement` in order, from behind the cursor `after`; those whose day is not known come last."""
    column, is_newest_first = _order(sort)
    by_id: ColumnElement[Any] = Prospect.id.desc() if is_newest_first else Prospect.id.asc()
    dated = statement.where(column.is_not(None)) if column.nullable else statement
    dated = dated.order_by(column.desc() if is_newest_first else column.asc(), by_id)
    undated = statement.where(column.is_(None)).order_by(by_id)
    reached = None
    if after is not None:
        reached, prospect_id = _read_cursor(after, sort)
        behind = Prospect.id < prospect_id if is_newest_first else Prospect.id > prospect_id
        if reached is None:
            return session.scalars(undated.where(behind).limit(limit)).all()
        further = column < reached if is_newest_first else column > reached
        dated = dated.where(or_(further, and_(column == reached, behind)))
    found = list(session.scalars(dated.limit(limit)))
    if column.nullable and len(found) < limit:
        # Asked for apart: an index knows an order of days, and none of "unknown comes last" on both databases.
        found += session.scalars(undated.limit(limit - len(found)))
    return found


def count(session: Session, vault: Vault, filters: Filters, statement: Select[Prospect], limit: int) -> int:
    """How many rows `statement` has, up to `limit`; `filters` is what it was made of."""
    ids: Select[Any] = statement.with_only_columns(Prospect.id)
    needle = search.needle(vault, filters.q) if filters.q else None
    if needle is not None and filters == Filters(q=filters.q):
        numbers = full_text.found(session.get_bind().dialect.name, needle).subquery().c[0]
        # Few at any time: whoever is past their period is erased within a day.
        over = select(Prospect.number).where(~clocks.shown())
        ids = select(numbers).where(numbers.not_in(over))
    return session.scalar(select(func.count()).select_from(ids.limit(limit).subquery())) or 0


def cursor(prospect: Prospect, sort: str) -> str:
    """What the next page begins behind."""
    day = getattr(prospect, sort.removeprefix("-"))
    plain = json.dumps([sort, day.isoformat() if day else None, prospect.id])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _order(sort: str) -> tuple[InstrumentedAttribute[Any], bool]:
    column = ORDERS.get(sort.removeprefix("-"))
    if column is None:
        raise BadCursorError("not an order of this list")
    return column, sort.startswith("-")


def _read_cursor(text: str, sort: str) -> tuple[date | None, str]:
    try:
        made_for, day, prospect_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if made_for != sort or not isinstance(prospect_id, str):
            raise ValueError
        return date.fromisoformat(day) if day is not None else None, prospect_id
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise BadCursorError("not a cursor of this list") from None


def _with_text(session: Session, needle: str | None) -> ColumnElement[bool]:
    if needle is None:
        return Prospect.id == ""
    found = full_text.found(session.get_bind().dialect.name, needle)
    if _few(session, found):
        return Prospect.number.in_(found)
    return Prospect.search.contains(needle, autoescape=True)


def _few(session: Session, statement: Select[Any]) -> bool:
    found = session.scalar(select(func.count()).select_from(statement.limit(FEW + 1).subquery()))
    return (found or 0) <= FEW


def _with_app(session: Session, app: str) -> ColumnElement[bool]:
    named = or_(Licence.app_key == app, Licence.app_name == app)
    if _few(session, select(Licence.id).where(named)):
        return Prospect.id.in_(select(Licence.prospect_id).where(named))
    return exists().where(Licence.prospect_id == Prospect.id, named)
