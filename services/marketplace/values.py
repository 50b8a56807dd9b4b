"""Reading single values of Marketplace rows, which hold text where nothing is known (marketplace.md 1.3, 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

ABSENT = {"", "na", "n/a", "pending", "unknown", "null", "none"}
FORGOTTEN = "RTBF"
# No column that takes such a text is narrower.
MAX_TEXT = 200
# Later days are words for "never" (9999-12-31), and past the end of the calendar when days are added.
LAST_YEAR = 2999
# No way of writing a day is longer.
SHORT = 40
MAX_NUMBER = 10**15
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SPACE = re.compile(r"\s+")
# Half a surrogate pair is what a cut emoji leaves behind: no database takes it.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def text(value: object) -> str | None:
    """One line of text, bounded, or None where the value only says that nothing is known."""
    if isinstance(value, str):
        if _is_clean(value):
            return None if value.lower() in ABSENT else value
    elif value is None or number(value) is None:
        return None
    line = _SPACE.sub(" ", _CONTROL.sub("", str(value)[: MAX_TEXT * 2])).strip()[:MAX_TEXT]
    return None if line.lower() in ABSENT else line


def _is_clean(value: str) -> bool:
    """Is it one line as it stands? Nearly every text is, and to look costs less than to make it so."""
    ends = value[:1] == " " or value[-1:] == " "
    return len(value) <= MAX_TEXT and not ends and "  " not in value and value.isprintable()


def day(value: object) -> date | None:
    """A UTC day; a longer time stamp is cut to its day, anything else is nothing."""
    short = isinstance(value, str) and len(value) <= SHORT
    return _cached_day(value) if short else _day(value)


def _day(value: object) -> date | None:
    known = text(value)
    try:
        read = date.fromisoformat(known[:10]) if known else None
    except ValueError:
        return None
    return read if read is not None and read.year <= LAST_YEAR else None


# A day stands in many rows, and in one row many times.
_cached_day = lru_cache(maxsize=20_000)(_day)


def instant(value: object) -> datetime | None:
    """An aware UTC time; without a zone it is taken as UTC."""
    known = text(value)
    try:
        read = datetime.fromisoformat(known) if known else None
    except ValueError:
        return None
    if read is None:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def number(value: object) -> float | None:
    """An amount of a size that an amount can have, or nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_NUMBER < value < MAX_NUMBER:
        return None
    return float(value)


def part(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A nested object of a row; an empty one where the row holds anything else."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}
