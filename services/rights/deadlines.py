"""By when a request has to be answered: GDPR Art. 12(3), counted as Regulation (EEC, Euratom) 1182/71 says.

One month from receipt, and two more where that is told, with reasons, within the first month. The day of receipt is not
counted; a period of months ends on the day with the same number, or on the last day of a shorter month; an end on a
Saturday, a Sunday or a public holiday moves to the next working day (Art. 3(1), (2)(c), (4)). Days on which we wait for
information about the identity do not count (décret 2019-536, art. 77). Pure functions; days are those of Paris.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from models.register import LIMITS, Duration

PARIS = ZoneInfo("Europe/Paris")
# Days before the end at which staff are warned.
WARNINGS = (10, 3, 0)


def day_of(instant: datetime) -> date:
    """The calendar day of an instant where the controller is."""
    return instant.astimezone(PARIS).date()


def due_on(received_on: date, *, extended: bool = False, suspended_days: int = 0) -> date:
    """The last day on which an answer is in time."""
    months = _months("answer") + (_months("extension") if extended else 0)
    start = datetime.combine(received_on, time(), UTC)
    nominal = Duration(months, "M").after(start).date() + timedelta(days=suspended_days)
    return next_working_day(nominal)


def may_extend(received_on: date, today: date, *, suspended_days: int = 0) -> bool:
    """May the extension still be told? Only within the first month."""
    return today <= due_on(received_on, suspended_days=suspended_days)


def next_working_day(day: date) -> date:
    """`day` itself, or the first working day after it."""
    while day.weekday() >= 5 or is_holiday(day):
        day += timedelta(days=1)
    return day


def is_holiday(day: date) -> bool:
    """Is it a public holiday in France (the further ones of Alsace and Moselle left out)?"""
    return day in _holidays(day.year)


def urgency(due: date, today: date) -> str | None:
    """`overdue`, `due_today`, `due_in_3_days`, `due_in_10_days`, or None while there is time."""
    left = (due - today).days
    if left < 0:
        return "overdue"
    nearest = next((warning for warning in sorted(WARNINGS) if left <= warning), None)
    return None if nearest is None else "due_today" if nearest == 0 else f"due_in_{nearest}_days"


def _months(limit: str) -> int:
    value = LIMITS[limit].value
    if not isinstance(value, Duration) or value.unit != "M":
        raise TypeError(f"{limit} is not a number of months")
    return value.count


@cache
def _holidays(year: int) -> frozenset[date]:
    # A big library, wanted by nothing else.
    import holidays

    return frozenset(holidays.country_holidays("FR", years=year))
