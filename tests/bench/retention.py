"""Retention of many due people among many more, and the check of a long journal."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.database import Database
from models.marketplace import Licence, Observation, ObservedContact
from models.people import Organisation, Person, Prospect
from models.schema import upgrade
from models.vault import Place, Vault
from services import audit, consent, retention
from services.consent import ConsentState, Entry
from services.may_contact import may_contact_many
from services.retention.rules import RULES

LONGEST_TRANSACTION = 0.25
CHUNK = 5_000


def measure_run(folder: Path, *, due: int, among: int) -> tuple[float, float]:
    """Seconds of a run, and of its longest transaction."""
    vault, now = Vault(["a-key-for-the-benchmark"]), datetime.now(UTC)
    database = Database(f"sqlite:///{folder / 'retention.db'}")
    upgrade(database)
    fill(database, vault, due=due, among=among, now=now)
    longest = 0.0

    @contextmanager
    def timed() -> Iterator[Session]:
        nonlocal longest
        begun = time.perf_counter()
        with database.write() as session:
            yield session
        longest = max(longest, time.perf_counter() - begun)

    # As the worker does when it starts.
    gc.freeze()
    begun = time.perf_counter()
    outcome = retention.apply(timed, vault, now, look=database.read)
    seconds = time.perf_counter() - begun
    assert outcome.done["people"] == due, outcome.done
    database.dispose()
    return seconds, longest


def measure_journal(folder: Path, entries: int) -> float:
    """Entries that are verified in a second."""
    database = Database(f"sqlite:///{folder / 'journal.db'}")
    upgrade(database)
    now = datetime.now(UTC)
    with database.write() as session:
        for number in range(entries):
            audit.record(
                session, actor="console", action="prospect.read", subject=f"p{number:024}", purpose="support", now=now,
                case="SUP-12",
            )  # fmt: skip
    begun = time.perf_counter()
    with database.read() as session:
        assert audit.verify(session) is None
    seconds = time.perf_counter() - begun
    database.dispose()
    return entries / seconds


def measure_gate(folder: Path, people: int) -> float:
    """Seconds for asking the gate about a list of so many people."""
    database = Database(f"sqlite:///{folder / 'gate.db'}")
    upgrade(database)
    now = datetime.now(UTC)
    fill(database, Vault(["a-key-for-the-benchmark"]), due=0, among=people, now=now)
    ids = [f"p{number}" for number in range(people)]
    for start in range(0, people, CHUNK):
        entries = [
            Entry(one, "prospect", "email", ConsentState.LEGITIMATE_INTEREST, "system", "bench")
            for one in ids[start : start + CHUNK]
        ]
        with database.write() as session:
            consent.append(session, entries, now)
    begun = time.perf_counter()
    with database.read() as session:
        receipts = may_contact_many(session, ids, "prospect", "email", now)
    seconds = time.perf_counter() - begun
    assert all(receipt.allowed for receipt in receipts.values()), "nobody was allowed"
    database.dispose()
    return seconds


def fill(database: Database, vault: Vault, *, due: int, among: int, now: datetime) -> None:
    """People with one licence, one observation and one contact each; the first `due` of them are past their period."""
    # One sealed text serves for all: what is measured is how they go, not how they came.
    key = vault.new_person_key("bench")
    sealed = vault.seal("somebody@bench.example", Place("bench", "bench", 1))
    today, old = now.date(), date(now.year - 4, 1, 1)
    for start in range(0, among, CHUNK):
        numbers = range(start, min(start + CHUNK, among))
        begun = {n: old if n < due else today - timedelta(days=n % 900) for n in numbers}
        with database.write() as session:
            tables = {
                Organisation: [{"id": f"o{n}", "name": f"Organisation {n}"} for n in numbers if n % 3 == 0],
                Person: [
                    {"id": f"p{n}", "email_index": f"e{n}", "mailbox_index": f"m{n}", "data_key": key, "email": sealed,
                     "name": sealed, "versions": {}, "source": "bench", "first_seen_at": now}
                    for n in numbers
                ],
                Prospect: [
                    {"id": f"p{n}", "person_id": f"p{n}", "organisation_id": f"o{n - n % 3}", "state": "lost_expired",
                     "last_observed": begun[n], "apps": ["Timesheets"], "flags": [], "search": "", "search_source": "",
                     "number": n + 1,
                     "kept_until": begun[n].replace(day=1, year=begun[n].year + 3)}
                    for n in numbers
                ],
                Licence: [
                    {"id": n + 1, "licence_key": f"l{n}", "state": "lost_expired", "episodes": 1,
                     "started_on": begun[n], "last_observed": begun[n], "person_id": f"p{n}", "prospect_id": f"p{n}",
                     "organisation_id": f"o{n - n % 3}", "link_facts": {}, "evidence": [], "flags": []}
                    for n in numbers
                ],
                Observation: [
                    {"id": n + 1, "licence_id": n + 1, "source": "bench", "source_key": str(n), "kind": "licence",
                     "as_of": now, "version": "1", "facts": {}, "forgotten": False}
                    for n in numbers
                ],
                ObservedContact: [
                    {"observation_id": n + 1, "role": "technical", "person_id": f"p{n}", "details": sealed}
                    for n in numbers
                ],
            }  # fmt: skip
            for table, rows in tables.items():
                if rows:
                    session.execute(insert(table), rows)


def lines(
    folder: Path, *, due: int = 100_000, among: int = 1_000_000, entries: int = 100_000, list_of: int = 100_000
) -> list[tuple[str, str, str]]:
    """The lines of the table."""
    seconds, longest = measure_run(folder, due=due, among=among)
    verified, asked = measure_journal(folder, entries), measure_gate(folder, list_of)
    assert "people" in RULES
    return [
        (f"retention of {due} people among {among}", f"{due / seconds:.0f} people/s",
         f"{seconds / 60 * 100_000 / due:.0%} of the minute that 100,000 may take"),
        ("longest transaction of it", f"{longest * 1000:.0f} ms", f"{longest / LONGEST_TRANSACTION:.0%} of 250 ms"),
        (f"audit verify of {entries} entries", f"{verified:.0f} entries/s", f"{verified / 50_000:.1f} x 50,000"),
        (f"may_contact for a list of {list_of}", f"{list_of / asked:.0f} people/s",
         f"{100_000 / list_of * asked / 5:.0%} of the 5 s that 100,000 may take"),
    ]  # fmt: skip
