"""What comes again by itself: when it is asked for, and what a failure changes. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connect.http import UpstreamError
from connect.marketplace_exports import Bookmark
from handlers import periodic, work
from models.queues import ItemState, OutboxItem
from tests.handlers.edge import Edge

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def asked(edge: Edge, moment: datetime) -> bool:
    edge.parts.clock = lambda: moment
    periodic.ask(edge.parts, "consent.clock", HOUR)
    with edge.parts.database.read() as session:
        return session.scalars(select(OutboxItem)).one().queued_at <= moment == _next(edge)


def _next(edge: Edge) -> datetime:
    with edge.parts.database.read() as session:
        return session.scalars(select(OutboxItem)).one().next_attempt_at


@pytest.mark.parametrize("state", list(ItemState))
def test_it_is_asked_for_again_after_its_time_unless_it_waits(bare: Edge, state: ItemState) -> None:
    assert asked(bare, NOW)
    with bare.parts.database.write() as session:
        session.scalars(select(OutboxItem)).one().state = state
    assert not asked(bare, NOW + HOUR - timedelta(seconds=1))
    assert asked(bare, NOW + HOUR) == (state in (ItemState.DONE, ItemState.QUARANTINED))


class Reporting:
    """Two reports, of which one can't be had."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def reports(self) -> dict[str, Any]:
        return {"feedback": self._forbidden, "licences": self._empty}

    def _forbidden(self, since: date | None, mark: Bookmark) -> Iterator[object]:
        self.calls.append("feedback")
        raise UpstreamError("forbidden")

    def _empty(self, since: date | None, mark: Bookmark) -> Iterator[object]:
        self.calls.append("licences")
        return iter(())


def test_a_report_that_fails_keeps_no_other_and_wakes_that_pile_up_ask_once(bare: Edge) -> None:
    reporting = Reporting()
    vars(bare.parts)["reporting"] = reporting
    for minutes in (0, 0, 30, 360):
        bare.parts.clock = lambda minutes=minutes: NOW + timedelta(minutes=minutes)
        work.poll(bare.parts)
    assert reporting.calls == ["feedback", "licences", "feedback", "feedback", "licences"]
