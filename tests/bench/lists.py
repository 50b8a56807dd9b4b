"""The list of prospects at ten thousand and at a million: a page, a filter and a search, beside each other."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, text

from models.database import Database
from models.people import Person, Prospect
from models.schema import upgrade
from models.vault import Place, Vault
from services import search
from services.marketplace.people import FIELDS
from services.prospects import Filters, list_prospects
from tests.bench.importing import database_of
from tests.bench.rows import FIRST, LAST

SIZES = (10_000, 1_000_000)
STATES = ("evaluating", "won", "lost_expired", "churned")
ROUNDS = 9
LOOKS: dict[str, tuple[Filters, int]] = {
    "first page": (Filters(), 0),
    "tenth page": (Filters(), 9),
    "filter by state": (Filters(state="won"), 0),
    "search for a rare name": (Filters(q="okafor9"), 0),
    "search for a common name": (Filters(q="moreau"), 0),
}


def lines(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Rows of the table of benchmarks, for each kind of database that is here."""
    vault = Vault(["a-key-for-the-benchmark"])
    for kind in ("SQLite", "PostgreSQL"):
        found = {}
        for size in SIZES:
            with database_of(kind, folder) as url:
                database = Database(url)
                upgrade(database)
                _fill(database, vault, size)
                found[size] = {name: _look(database, vault, *look) for name, look in LOOKS.items()}
                database.dispose()
        for name in LOOKS:
            small, large = (found[size][name] for size in SIZES)
            yield (
                f"list, {name}, at a million, {kind}",
                f"{large * 1000:.1f} ms",
                f"{large / small:.1f} x that at 10,000",
            )


def _look(database: Database, vault: Vault, filters: Filters, turns: int) -> float:
    seconds = []
    for _ in range(ROUNDS):
        with database.read() as session:
            after = None
            for _ in range(turns):
                after = list_prospects(session, vault, filters, after=after)["next"]
            begun = time.perf_counter()
            list_prospects(session, vault, filters, after=after)
            seconds.append(time.perf_counter() - begun)
    return median(seconds)


def _fill(database: Database, vault: Vault, size: int) -> None:
    prospects = _prospects(vault, size)
    while batch := list(islice(prospects, 5_000)):
        with database.write() as session:
            session.execute(insert(Person), [person for person, _ in batch])
            session.execute(insert(Prospect), [prospect for _, prospect in batch])
    if not database.is_sqlite:
        # The server does so on its own, some minutes later.
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def _prospects(vault: Vault, size: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """People with sealed names, and their prospects. One key serves for all: sealing is not what is measured."""
    chance, now = random.Random(1), datetime.now(UTC)
    for number in range(size):
        identity = f"p{number:024}"
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}{number}"
        key = vault.new_person_key(identity)
        sealed = vault.person_key(key, identity).seal(name.encode(), Place("people", "name", identity))
        person = dict.fromkeys(FIELDS) | {"id": identity, "email_index": identity, "mailbox_index": identity}
        person |= {"data_key": key, "name": sealed, "versions": {}, "source": "bench", "first_seen_at": now}
        prospect = {
            "id": identity,
            "person_id": identity,
            "number": number + 1,
            "state": chance.choice(STATES),
            "last_observed": date(2020, 1, 1) + timedelta(days=chance.randrange(2_000)),
            "apps": ["Alkaes App 1"],
            "flags": [],
            "search": search.index(vault, [name]),
            "search_source": "",
        }
        yield person, prospect
