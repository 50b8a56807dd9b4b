"""How long a record is kept: the register's periods, applied to what is known of a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from models.register import PERIODS
from services.marketplace.states import STATES

# The clock has not started: a client. Or there is nobody left to erase.
FOR_NOW = date.max


@dataclass(frozen=True)
class Kept:
    """The rule of the register that governs a record, and the day until which it is kept (None: the clock has not
    started, because the person is a client now)."""

    rule: str
    until: date | None


def prospect_period(licences: Sequence[Any], last_contact: date | None = None, first_seen: date | None = None) -> Kept:
    """How long a prospect with these licences (or rows with their columns) is kept (commitment C62; register: A1, A2).

    For a prospect the clock starts with their last own act: a trial or a purchase is one, a row that Atlassian has
    touched is none, and a message or a choice (`last_contact`) is; where no day of theirs is known it starts when we
    got to know them. For a client it starts when the last licence has ended.
    """
    if any(STATES[licence.state].is_customer for licence in licences):
        return Kept("identification.client", None)
    bought = [licence for licence in licences if licence.won_on]
    if bought:
        return _kept("identification.client", _latest(bought, "ends_on", "last_observed"), first_seen)
    own_act = max(_latest(licences, "started_on", "last_observed"), last_contact or date.min)
    return _kept("identification.prospect", own_act, first_seen)


def _kept(rule: str, start: date, first_seen: date | None) -> Kept:
    if start == date.min:
        if first_seen is None:
            return Kept(rule, None)
        start = first_seen
    return Kept(rule, PERIODS[rule].ceiling.after(datetime.combine(start, time(), UTC)).date())


def _latest(licences: Sequence[Any], name: str, otherwise: str) -> date:
    known = [day for licence in licences if (day := getattr(licence, name) or getattr(licence, otherwise))]
    return max(known, default=date.min)
