"""Deadlines, day by day (invariant 6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rights.deadlines import day_of, due_on, is_holiday, may_extend, next_working_day, urgency


@pytest.mark.parametrize(
    ("received", "due", "why"),
    [
        ("2026-11-03", "2026-12-03", "the same number, a month on"),
        ("2026-01-31", "2026-03-02", "28 February is a Saturday, so the Monday after"),
        ("2027-01-31", "2027-03-01", "28 February is a Sunday"),
        ("2028-01-31", "2028-02-29", "a leap year has the 29th"),
        ("2025-01-31", "2025-02-28", "a Friday"),
        ("2028-02-29", "2028-03-29", "from the leap day itself"),
        ("2026-03-31", "2026-04-30", "April has no 31st"),
        ("2026-11-25", "2026-12-28", "Christmas is a Friday, then the weekend"),
        ("2026-12-01", "2027-01-04", "New Year's Day is a Friday, then the weekend"),
        ("2026-04-01", "2026-05-04", "1 May is a Friday, then the weekend"),
        ("2026-04-08", "2026-05-11", "8 May is a Friday, then the weekend"),
        ("2026-04-14", "2026-05-15", "14 May is Ascension Day"),
        ("2026-04-25", "2026-05-26", "25 May is Whit Monday"),
        ("2026-06-14", "2026-07-15", "14 July"),
        ("2026-07-15", "2026-08-17", "15 August is a Saturday"),
        ("2026-10-11", "2026-11-12", "11 November"),
        ("2026-03-06", "2026-04-07", "6 April is Easter Monday"),
        ("2026-11-26", "2026-12-28", "26 December is a holiday in Alsace alone; it is a Saturday here"),
        ("2027-11-26", "2027-12-27", "26 December is a Sunday"),
    ],
)
def test_invariant_6_a_month_from_receipt(received: str, due: str, why: str) -> None:
    assert due_on(date.fromisoformat(received)).isoformat() == due, why


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-03", "2027-02-03"),
        ("2026-11-30", "2027-03-01"),
        ("2026-01-31", "2026-04-30"),
        ("2027-11-29", "2028-02-29"),
    ],
)
def test_invariant_6_an_extension_is_three_months_from_receipt(received: str, due: str) -> None:
    assert due_on(date.fromisoformat(received), extended=True).isoformat() == due


@pytest.mark.parametrize(
    ("days", "due"), [(0, "2026-12-03"), (1, "2026-12-04"), (2, "2026-12-07"), (22, "2026-12-28"), (400, "2028-01-07")]
)
def test_invariant_6_days_of_waiting_do_not_count(days: int, due: str) -> None:
    assert due_on(date(2026, 11, 3), suspended_days=days).isoformat() == due


@pytest.mark.parametrize(("today", "may"), [("2026-11-03", True), ("2026-12-03", True), ("2026-12-04", False)])
def test_an_extension_is_told_within_the_first_month(today: str, may: bool) -> None:
    assert may_extend(date(2026, 11, 3), date.fromisoformat(today)) is may


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 30, 22, 59, tzinfo=UTC), "2026-11-30"),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), "2026-12-01"),
        (datetime(2026, 7, 31, 22, 0, tzinfo=UTC), "2026-08-01"),
    ],
)
def test_the_day_is_that_of_paris(instant: datetime, day: str) -> None:
    assert day_of(instant).isoformat() == day


@pytest.mark.parametrize(
    ("left", "told"),
    [(-1, "overdue"), (0, "due_today"), (1, "due_in_3_days"), (3, "due_in_3_days"), (4, "due_in_10_days"), (11, None)],
)
def test_staff_are_warned_in_time(left: int, told: str | None) -> None:
    today = date(2026, 11, 22)
    assert urgency(today + timedelta(days=left), today) == told


@settings(max_examples=200, deadline=None)
@given(received=st.dates(date(2024, 1, 1), date(2040, 12, 31)), extended=st.booleans(), days=st.integers(0, 60))
def test_a_deadline_is_a_working_day_and_never_early(received: date, extended: bool, days: int) -> None:
    due = due_on(received, extended=extended, suspended_days=days)
    assert due.weekday() < 5 and not is_holiday(due)
    assert due == next_working_day(due)
    assert due >= received + timedelta(days=(89 if extended else 28) + days)
    assert due <= received + timedelta(days=(92 if extended else 31) + days + 5)
    assert due_on(received, extended=extended, suspended_days=days + 1) >= due
