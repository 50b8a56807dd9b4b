"""The merge rule: the same answer for any order and any number of repeats."""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import pytest

from services.marketplace import licence_state
from tests.contracts import load


def vectors() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = load("marketplace/lifecycle-vectors.json")["cases"]
    return cases


def test_every_vector_in_every_order_and_with_repeats() -> None:
    for case in vectors():
        observations = case["observations"]
        for order in permutations(observations):
            for repeated in (list(order), [*order, *order], [*order, order[0]]):
                got = licence_state(repeated, case["today"])
                assert {name: got[name] for name in case["expected"]} == case["expected"], case["case"]


def evaluation(**fields: Any) -> dict[str, Any]:
    body = {
        "lastUpdated": "2026-01-03",
        "licenseType": "EVALUATION",
        "status": "active",
        "maintenanceStartDate": "2026-01-02",
        "maintenanceEndDate": "2026-02-01",
        "latestEvaluationStartDate": "2026-01-02",
    }
    return {"src": "poll", "as_of": fields.pop("as_of", "2026-01-03T04:00Z"), "body": body | fields}


def sale(kind: str, on: str, **fields: Any) -> dict[str, Any]:
    details = {"saleType": kind, "saleDate": on, "maintenanceStartDate": "2026-02-01", "purchasePrice": 100.0}
    body = {"transactionLineItemId": f"{kind}-{on}", "transactionId": f"T-{on}", "purchaseDetails": details | fields}
    return {"src": "transaction", "as_of": on, "body": body}


@pytest.mark.parametrize(
    ("observations", "today", "state"),
    [
        ([], "2026-01-10", "pending_licence"),
        ([evaluation(status="cancelled")], "2026-01-10", "cancelled"),
        ([evaluation(status="cancelled")], "2026-02-02", "lost_cancelled"),
        ([evaluation(status="inactive")], "2026-02-02", "lost_expired"),
        (
            [evaluation(status="cancelled"), evaluation(status="inactive", lastUpdated="2026-02-02")],
            "2026-02-03",
            "lost_cancelled",
        ),
        ([evaluation(licenseType="LEGACY_FREE")], "2026-01-10", "free"),
        ([evaluation(licenseType="COMMERCIAL", status="cancelled")], "2026-01-10", "cancelling"),
        (
            [evaluation(), sale("New", "2026-02-01"), sale("Refund", "2026-02-14", purchasePrice=-100.0)],
            "2026-03-01",
            "refunded",
        ),
        (
            [evaluation(), sale("New", "2026-02-01"), sale("Refund", "2026-02-14", purchasePrice=-40.0)],
            "2026-03-01",
            "won",
        ),
        ([sale("New", "2026-02-01")], "2026-03-01", "won"),
    ],
)
def test_states(observations: list[dict[str, Any]], today: str, state: str) -> None:
    assert licence_state(observations, today)["state"] == state


def test_a_known_day_is_not_lost_to_a_row_that_does_not_know_it() -> None:
    newer = evaluation(lastUpdated="2026-01-09", maintenanceEndDate="Pending")
    assert licence_state([evaluation(), newer], "2026-01-10")["ends_on"] == "2026-02-01"


def test_order_does_not_matter_on_the_corpus() -> None:
    rows = load("marketplace/synthetic-corpus-1000-licenses.json.gz")
    shuffler = random.Random(4)
    for start in range(0, 900, 30):
        group = [{"src": "poll", "as_of": row["lastUpdated"], "body": row} for row in rows[start : start + 3]]
        expected = licence_state(group, "2026-11-22")
        shuffler.shuffle(group)
        assert licence_state([*group, group[0]], "2026-11-22") == expected
