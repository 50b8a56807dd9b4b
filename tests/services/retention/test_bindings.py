"""Each category of each column has a period of the register, each period a rule, and each rule tables that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.register import PERIODS
from models.schema import METADATA
from services.retention import BINDINGS, NOT_HERE, RULES

ROOT = Path(__file__).resolve().parents[3]
# Not in the database: files, one a day.
FILES = {"authentication.access_log"}
# Carried out beside the rules: by the access log itself, and by the report of accounts.
ELSEWHERE = {"authentication.access_log", "content.author"}


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: str(table.name))
def test_every_category_of_a_column_has_a_period(table: object) -> None:
    named = {column.info["category"] for column in METADATA.tables[str(table)].columns}
    assert set(BINDINGS[str(table)]) == named, "services/retention/bindings.py"


def bound() -> dict[str, set[str]]:
    """The tables of each period."""
    found: dict[str, set[str]] = {}
    for table, categories in BINDINGS.items():
        for periods in categories.values():
            for period in periods if isinstance(periods, tuple) else ():
                found.setdefault(period, set()).add(table)
    return found


def test_nothing_is_bound_that_is_not_there() -> None:
    assert set(BINDINGS) == set(METADATA.tables)
    assert set(bound()) <= set(PERIODS)


@pytest.mark.parametrize("period", PERIODS)
def test_every_period_is_carried_out_or_does_not_arise(period: str) -> None:
    carried_out = {rule.id for rule in RULES.values() if period in rule.periods}
    if period in NOT_HERE:
        assert not carried_out and period not in bound()
    else:
        assert carried_out or period in ELSEWHERE
        assert period in bound() or period in FILES


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: str(rule.id))
def test_a_rule_acts_on_tables_that_its_periods_govern(rule: object) -> None:
    periods, tables = rule.periods, set(rule.tables)  # type: ignore[attr-defined]
    assert tables <= set(METADATA.tables)
    assert all(tables & bound()[period] for period in periods)


@pytest.mark.parametrize("test", sorted(set(NOT_HERE.values())))
def test_what_does_not_arise_is_proved(test: str) -> None:
    path, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.M)
