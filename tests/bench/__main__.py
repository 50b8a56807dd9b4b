"""`make bench`: speeds as ratios beside a limit that is measured in the same run, written to docs/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from models.database import Database
from models.schema import upgrade
from models.vault import Vault
from sandbox.stack import ROOT
from services.marketplace.poll import take_all
from services.prospects import Filters, list_prospects
from tests.bench import guard, importing, ingest, lists, pages, policy, retention, support
from tests.bench.rows import licence_rows

ROWS = 5_000
ROUNDS = 3
PAGE = ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `make bench`, each part in one run, mostly medians of 3 rounds. Machines differ: read the ratios.
"""


def main(wanted: Sequence[str]) -> None:
    """Measure the parts that are wanted, all if none is named; print, and put them in their places of the page."""
    measures: Mapping[str, Callable[[Path], Iterable[tuple[str, str, str]]]] = {
        "fill": _back_fill,
        "ingest": ingest.lines,
        "guard": _guard,
        "import": importing.lines,
        "list": lists.lines,
        "pages": pages.measure,
        "policy": policy.lines,
        "retention": retention.lines,
        "support": support.lines,
    }
    sections = {name: text for name, text in _sections() if name in measures}
    for name, measure in measures.items():
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            sections[name] = _section(measure(Path(folder)))
        sys.stdout.write(f"## {name}\n{sections[name]}\n")
        page = [HEAD, *(f"## {part}\n{sections[part]}" for part in measures if part in sections)]
        PAGE.write_text("\n".join(page), encoding="utf-8")


def _sections() -> Iterable[tuple[str, str]]:
    """What the page says of each part that was measured before: a run of one part leaves the others."""
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        name, _, text = section.partition("\n")
        yield name, text.rstrip("\n") + "\n"


def _section(lines: Iterable[tuple[str, str, str]]) -> str:
    day, cores = datetime.now(UTC).date(), os.cpu_count()
    head = f"{day}, {cores} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."
    table = "\n".join(f"| {what} | {figure} | {ratio} |" for what, figure, ratio in lines)
    return f"\n{head}\n\n| what | measured | beside its limit |\n|---|---|---|\n{table}\n"


def _back_fill(folder: Path) -> list[tuple[str, str, str]]:
    """Rows of an export into prospects, beside raw inserts of the same bytes; then the first page of the list."""
    vault, now = Vault(["a-key-for-the-benchmark"]), datetime.now(UTC)
    database = Database(f"sqlite:///{folder / 'fill.db'}")
    upgrade(database)

    def fill() -> None:
        take_all(database, vault, licence_rows(ROWS), source="file", as_of=None, now=now)

    def page() -> None:
        with database.read() as session:
            list_prospects(session, vault, Filters(q="moreau"))

    first, again = _seconds(fill), _seconds(fill)
    raw = median(_seconds(partial(_raw_inserts, folder, round_)) for round_ in range(ROUNDS))
    listed = median(_seconds(page) for _ in range(ROUNDS))
    return [
        (f"{ROWS} new rows", f"{ROWS / first:.0f} rows/s", f"{raw / first:.1%} of raw inserts"),
        (f"the same {ROWS} rows again", f"{ROWS / again:.0f} rows/s", f"{first / again:.1f} x the first time"),
        ("search by part of a name, first page", f"{listed * 1000:.0f} ms", "-"),
    ]


def _raw_inserts(folder: Path, round_: int) -> None:
    connection = sqlite3.connect(folder / f"raw{round_}.db")
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE row (id TEXT, body TEXT)")
    rows = ((row["appEntitlementId"], json.dumps(row)) for row in licence_rows(ROWS))
    with connection:
        connection.executemany("INSERT INTO row VALUES (?, ?)", rows)
    connection.close()


def _guard(folder: Path) -> list[tuple[str, str, str]]:
    guarded, limit = guard.measure(folder)
    shown = f"{guarded:.0f} requests/s, one worker"
    return [("tenant webhook through the guard, no write", shown, f"{guarded / limit:.0%} of a bare Flask 204")]


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(sys.argv[1:])
