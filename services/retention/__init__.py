"""Retention: what is past its period is no longer shown, and then it goes, by the periods of the register.

`RULES` tells what each period does to which table, and `BINDINGS` which period governs each category of each table; a
test fails for a column that no period governs. `due` lists, `apply` acts in bounded batches; each may be killed and run
again. Nothing goes before its time: a date in the future can be looked at, never applied.
"""

from __future__ import annotations

from services.retention.bindings import BINDINGS, NOT_HERE
from services.retention.engine import ClockError, Due, Outcome, apply, due, is_due
from services.retention.periods import Kept, prospect_period
from services.retention.rules import RULES, Rule

__all__ = [
    "BINDINGS",
    "NOT_HERE",
    "RULES",
    "ClockError",
    "Due",
    "Kept",
    "Outcome",
    "Rule",
    "apply",
    "due",
    "is_due",
    "prospect_period",
]
