"""How well licences are linked, on markets whose truth is known: pairs of licences that are, or are said to be, of one
organisation (marketplace.md 6: precision of 0.99, recall of 0.97).

Larger ones: `FAIRTRIAL_MARKET=10000 python -m pytest tests/services/marketplace/test_dirty_corpus.py`.
"""

from __future__ import annotations

import os
import random
from datetime import datetime
from typing import Any

import pytest

from models.database import Database
from models.vault import Vault
from services import prospects
from services.marketplace.poll import take_all
from tests.contracts import load
from tests.services.marketplace.corpus import corpus, quality

PRECISION, RECALL = 0.99, 0.97
LICENCES = int(os.environ.get("FAIRTRIAL_MARKET", "3000"))


def links_of(database: Database, vault: Vault, now: datetime, rows: list[Any]) -> list[dict[str, Any]]:
    assert take_all(database, vault, rows, source="file", as_of=None, now=now).quarantined == 0
    with database.read() as session:
        return prospects.licence_links(session)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_dirty_market_is_linked_well(database: Database, vault: Vault, now: datetime, seed: int) -> None:
    if seed > 1 and not database.is_sqlite:
        pytest.skip("one market is enough for the second kind of database")
    market = corpus(seed, LICENCES)
    links = links_of(database, vault, now, market.rows)
    assert len(links) >= LICENCES
    precision, recall = quality(market.truth, links)
    assert precision >= PRECISION and recall >= RECALL, (precision, recall)


def test_order_and_repeats_change_no_link(database: Database, vault: Vault, now: datetime) -> None:
    market = corpus(5, 300)
    halves = market.rows[::2], market.rows[1::2]
    links = links_of(database, vault, now, halves[0])
    assert links != links_of(database, vault, now, halves[1])
    again = market.rows * 2
    random.Random(5).shuffle(again)
    whole = links_of(database, vault, now, again)
    assert whole == links_of(database, vault, now, market.rows)


def test_the_contracts_corpus_is_linked_well(database: Database, vault: Vault, now: datetime) -> None:
    rows = load("marketplace/synthetic-corpus-1000-licenses.json.gz")
    told = load("marketplace/synthetic-corpus-1000-truth.json.gz")
    truth = {licence: known["org"] for licence, known in told.items()}
    links = [line for line in links_of(database, vault, now, rows) if truth.keys() & set(line["ids"])]
    precision, recall = quality(truth, links)
    assert precision >= PRECISION and recall >= RECALL, (precision, recall)
