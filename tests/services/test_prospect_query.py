"""The list of prospects is the same whether a filter is checked row by row or answered from an index of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.database import Database
from models.people import Prospect
from models.vault import Vault
from services import prospect_query
from services.marketplace.poll import take_all
from services.prospects import SORTS, Filters, list_prospects
from tests.contracts import load

FILTERS = {
    "part of a name": Filters(q="mar"),
    "rare": Filters(q="olga"),
    "app": Filters(app="com.alkaes.app1"),
    "consent": Filters(consent="notice_due"),
    "state and text": Filters(state="lost_expired", q="gmbh"),
    "app and text": Filters(app="Alkaes App 2", q="mar"),
    "nobody": Filters(q="nobody is called this"),
    "too short": Filters(q="an"),
}


@pytest.fixture
def full(database: Database, vault: Vault, now: datetime) -> Database:
    rows = load("marketplace/synthetic-corpus-1000-licenses.json.gz")[:200]
    take_all(database, vault, rows, source="file", as_of=None, now=now)
    with database.write() as session:
        # Some have no end, so that the part of the list behind every day is looked through as well.
        session.execute(update(Prospect).where(Prospect.number % 4 == 0).values(ends_on=None))
    return database


def turned(session: Session, vault: Vault, filters: Filters, sort: str) -> Iterator[dict[str, Any]]:
    after, is_first = None, True
    while after is not None or is_first:
        page = list_prospects(session, vault, filters, limit=4, after=after, sort=sort)
        yield from page["items"]
        after, is_first = page["next"], False


def test_a_short_stretch_loses_and_repeats_nobody(
    full: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full.read() as session:
        for asked, filters in FILTERS.items():
            for sort in SORTS:
                monkeypatch.undo()
                expected = list(turned(session, vault, filters, sort))
                # A page is full within this stretch, or it is not, or the stretch is the last.
                monkeypatch.setattr(prospect_query, "STRETCH", 7)
                assert list(turned(session, vault, filters, sort)) == expected, (asked, sort)
                assert bool(expected) == (asked not in ("nobody", "too short")), asked


def test_a_count_is_exact_up_to_its_bound(full: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    with full.read() as session:
        for sample in (0, 20, 1_000):
            monkeypatch.setattr(prospect_query, "SAMPLE", sample)
            for filters in (Filters(), FILTERS["part of a name"], FILTERS["app"]):
                exact = list_prospects(session, vault, filters, count_to=None)
                assert "at_least" not in exact and exact["total"] > 5
                for bound in (exact["total"] - 1, exact["total"], exact["total"] + 1):
                    page = list_prospects(session, vault, filters, count_to=bound)
                    assert page["total"] == min(bound, exact["total"])
                    assert page.get("at_least", False) == (bound < exact["total"])
