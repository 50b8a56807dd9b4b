"""How long a prospect is kept, by what they did."""

from __future__ import annotations

from datetime import date

import pytest

from models.marketplace import Licence
from services.retention import prospect_period


def licence(state: str, started: str | None = None, ends: str | None = None, won: str | None = None) -> Licence:
    days = {"started_on": started, "ends_on": ends, "won_on": won, "last_observed": "2026-01-01"}
    return Licence(state=state, **{name: date.fromisoformat(day) if day else None for name, day in days.items()})


@pytest.mark.parametrize(
    ("licences", "rule", "until"),
    [
        ([licence("evaluating", "2026-03-01")], "identification.prospect", "2029-03-01"),
        ([licence("lost_expired", "2024-02-29"), licence("lost_cancelled", "2023-05-01")],
         "identification.prospect", "2027-02-28"),
        ([licence("unknown_type")], "identification.prospect", "2029-01-01"),
        ([licence("won", "2026-03-01", "2027-03-01", "2026-04-01")], "identification.client", None),
        ([licence("churned", "2024-01-01", "2025-02-01", "2024-02-01")], "identification.client", "2035-02-01"),
        ([licence("churned", None, "2025-02-01", "2024-02-01"), licence("evaluating", "2026-03-01", "2026-04-01")],
         "identification.client", "2035-02-01"),
    ],
)  # fmt: skip
def test_the_period_follows_the_register(licences: list[Licence], rule: str, until: str | None) -> None:
    kept = prospect_period(licences)
    assert (kept.rule, kept.until and kept.until.isoformat()) == (rule, until)
