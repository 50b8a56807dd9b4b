"""Instants, backwards: what started before which moment has come to its end now."""

from __future__ import annotations

from datetime import datetime

from models.register import PERIODS, Duration


def cutoff(period: str, as_of: datetime) -> datetime:
    """What started then, or before, is past the ceiling of `period` at `as_of`. At the end of a month it may find a
    thing a day or three late, and never early."""
    ceiling = PERIODS[period].ceiling
    return Duration(-ceiling.count, ceiling.unit).after(as_of)
