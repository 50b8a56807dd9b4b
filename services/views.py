"""Saved views: in a frame nothing can be bookmarked, so each account keeps its own views of the list here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.views import SavedView
from services import account_ids

# No words that were searched for, and no address: they may name a person.
KEPT = ("state", "app", "consent", "sort", "hide")
MOST = 20


class TooManyViewsError(ValueError):
    """The account keeps as many views as it may."""


def of(session: Session, account_id: str) -> list[dict[str, Any]]:
    """The views of an account by name: `[{id, name, query}]`."""
    ref = account_ids.known_ref(session, account_id)
    mine = select(SavedView).filter_by(account_ref=ref).order_by(SavedView.name)
    return [{"id": view.id, "name": view.name, "query": view.query} for view in session.scalars(mine)]


def keep(session: Session, account_id: str, name: str, query: Mapping[str, str | None], now: datetime) -> None:
    """Keep a view under a name; one of that name is replaced. `TooManyViewsError` beyond `MOST`."""
    kept = {key: str(query[key]) for key in KEPT if query.get(key)}
    ref = account_ids.ref_of(session, account_id, now)
    found = session.scalars(select(SavedView).filter_by(account_ref=ref, name=name)).one_or_none()
    if found is not None:
        found.query = kept
        return
    count = session.scalar(select(func.count()).select_from(SavedView).filter_by(account_ref=ref)) or 0
    if count >= MOST:
        raise TooManyViewsError("an account keeps 20 views")
    session.add(SavedView(account_ref=ref, name=name, query=kept))
    session.flush()


def drop(session: Session, account_id: str, view_id: int) -> None:
    """Forget a view of this account; nothing happens where it has none of that id."""
    ref = account_ids.known_ref(session, account_id)
    session.execute(delete(SavedView).where(SavedView.account_ref == ref, SavedView.id == view_id))
