"""Durations of one unit, as ISO 8601 writes them: `P3Y`, `P14D`, `PT1H`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.register.words import Language

_FORM = re.compile(r"P(?:(\d{1,4})([YMD])|T(\d{1,4})(H))")
_UNITS = {
    "Y": {"fr": ("an", "ans"), "en": ("year", "years")},
    "M": {"fr": ("mois", "mois"), "en": ("month", "months")},
    "D": {"fr": ("jour", "jours"), "en": ("day", "days")},
    "H": {"fr": ("heure", "heures"), "en": ("hour", "hours")},
}
# Longest reading of each unit: good for telling which of two durations is longer, never for a deadline.
_DAYS = {"Y": 366.0, "M": 31.0, "D": 1.0, "H": 1 / 24}


@dataclass(frozen=True)
class Duration:
    """A number of years, months, days or hours (`unit` Y, M, D or H)."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Duration:
        """The duration of an ISO 8601 text with one unit; `ValueError` for anything else, an empty one included."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"not an ISO 8601 duration of one unit: {text!r}")
        return cls(int(found[1] or found[3]), found[2] or found[4])

    def after(self, start: datetime) -> datetime:
        """`start` plus this duration, by the calendar: a month after 31 January is the last day of February."""
        if self.unit in "DH":
            return start + timedelta(
                days=self.count if self.unit == "D" else 0, hours=self.count if self.unit == "H" else 0
            )
        months = start.year * 12 + start.month - 1 + self.count * (12 if self.unit == "Y" else 1)
        year, month = divmod(months, 12)
        last_day = calendar.monthrange(year, month + 1)[1]
        return start.replace(year=year, month=month + 1, day=min(start.day, last_day))

    def shorter_than(self, other: Duration) -> bool:
        """Is this one certainly not as long as `other`?"""
        return self.count * _DAYS[self.unit] < other.count * _DAYS[other.unit]

    def words(self, language: Language) -> str:
        """`3 ans`, `3 years`. French counts 0 and 1 as singular, English only 1."""
        singular, plural = _UNITS[self.unit][language]
        one = self.count <= 1 if language == "fr" else self.count == 1
        return f"{self.count} {singular if one else plural}"

    @property
    def iso(self) -> str:
        """The ISO 8601 text."""
        return f"P{'T' if self.unit == 'H' else ''}{self.count}{self.unit}"
