"""The list of prospects as a query: filters, orders and cursors that take the same time at a thousand and at a million.

A page is read in the order of an index from where the last one ended. What that index does not know is checked row by
row along a stretch of it: where many rows pass, the page is soon full. Where it is not, few pass: whoever does is taken
from the index of the filter, and put in order.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import search as full_text
from models.marketplace import Licence
from models.people import Prospect
from models.vault import Vault
from services import consent, search
from services.marketplace.addresses import address
from services.marketplace.people import person_id
from services.retention import clocks

# So many rows are looked through for the next page: it takes as long as to sort those who pass where a page is not full
# by then, if there are a million.
STRETCH = 5_000
# Among so many there are enough to fill a bounded count, where one in twenty passes.
SAMPLE = 20_000
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


@dataclass(frozen=True)
class Matching:
    """Who passes the filters, in no order: the rows of `whole`; and the same as `along`, in the order of an index,
    where each of `checks` is asked of a row. Without checks both are one."""

    whole: Select[Prospect]
    along: Select[Prospect]
    checks: Sequence[ColumnElement[bool]] = ()


def matching(session: Session, vault: Vault, filters: Filters) -> Matching:
    """The prospects that pass the filters."""
    along = select(Prospect)
    if filters.state:
        along = along.where(Prospect.state == filters.state)
    if filters.email:
        known = address(filters.email)
        along = along.where(Prospect.person_id == (person_id(vault, known) if known else ""), clocks.shown())
    whole, checks = along, list[ColumnElement[bool]]()
    if filters.app:
        named = or_(Licence.app_key == filters.app, Licence.app_name == filters.app)
        whole = whole.where(Prospect.id.in_(select(Licence.prospect_id).where(named)))
        checks.append(exists().where(Licence.prospect_id == Prospect.id, named))
    if filters.consent:
        in_state = Prospect.person_id.in_(consent.people_in(filters.consent))
        whole = whole.where(in_state)
        checks.append(in_state)
    if filters.q:
        needle = search.needle(vault, filters.q)
        if needle is None:
            nobody = along.where(Prospect.id == "")
            return Matching(nobody, nobody)
        whole = full_text.found(session.get_bind().dialect.name, whole, needle).where(clocks.shown())
        checks += [Prospect.search.contains(needle, autoescape=True), clocks.shown()]
    return Matching(whole, along, checks)


def page(session: Session, matching: Matching, sort: str, after: str | None, limit: int) -> Sequence[Prospect]:
    """`limit` rows of `matching` in order, from behind the cursor `after`; those whose day is not known come last."""
    column, is_newest_first = _order(sort)
    dated, undated = _Run((column, Prospect.id), is_newest_first), _Run((Prospect.id,), is_newest_first)
    reached, prospect_id = _read_cursor(after, sort) if after is not None else (None, None)
    if prospect_id is not None and reached is None:
        return _next(session, matching, undated, column.is_(None), (prospect_id,), limit)
    found = _next(session, matching, dated, column.is_not(None), (reached, prospect_id) if reached else None, limit)
    if column.nullable and len(found) < limit:
        # Asked for apart: an index knows an order of days, and none of "unknown comes last" on both databases.
        found += _next(session, matching, undated, column.is_(None), None, limit - len(found))
    return found


def count(session: Session, matching: Matching, limit: int | None) -> int:
    """How many they are, up to `limit` if there is one."""

    def counted(statement: Select[Prospect]) -> int:
        ids: Select[Any] = statement.with_only_columns(Prospect.id).limit(limit)
        return session.scalar(select(func.count()).select_from(ids.subquery())) or 0

    if limit is not None and matching.checks and not full_text.is_lazy(session.get_bind().dialect.name):
        some = counted(matching.along.where(*matching.checks, Prospect.number <= SAMPLE))
        if some == limit:
            return some
    return counted(matching.whole)


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


@dataclass(frozen=True)
class _Run:
    """An order, by columns that an index begins with."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    is_newest_first: bool

    def of(self, statement: Select[Any]) -> Select[Any]:
        return statement.order_by(*(column.desc() if self.is_newest_first else column.asc() for column in self.columns))

    def behind(self, place: Sequence[Any]) -> ColumnElement[bool]:
        key = tuple_(*self.columns)
        return key < tuple(place) if self.is_newest_first else key > tuple(place)

    def up_to(self, place: Sequence[Any]) -> ColumnElement[bool]:
        key = tuple_(*self.columns)
        return key >= tuple(place) if self.is_newest_first else key <= tuple(place)


def _next(
    session: Session,
    matching: Matching,
    run: _Run,
    part: ColumnElement[bool],
    after: Sequence[Any] | None,
    limit: int,
) -> list[Prospect]:
    """The next `limit` rows of a part, behind the place `after`."""
    behind = [part, run.behind(after)] if after is not None else [part]
    along, whole = matching.along.where(*behind), matching.whole.where(*behind)
    if matching.checks:
        ahead = along.with_only_columns(*run.columns).offset(STRETCH).limit(1)
        end = session.execute(run.of(ahead)).first()
        near = along.where(*matching.checks, *([run.up_to(end)] if end else []))
        found = session.scalars(run.of(near).limit(limit)).all()
        if end is None or len(found) == limit:
            return list(found)
    return list(session.scalars(run.of(whole).limit(limit)))
