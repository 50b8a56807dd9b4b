"""Imports licences in a process of its own, so that its memory is its own: `python -m tests.bench.importing URL COUNT`.

Prints `{"first", "again", "peak"}`: seconds of the first import with linking, of the same rows once more, and MiB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from models.database import Database
from models.schema import upgrade
from models.vault import Vault
from sandbox.stack import ROOT
from services.marketplace.poll import take_all
from tests.bench.rows import licence_rows
from tests.conftest import POSTGRES_URL

SIZES = (10_000, 100_000)
LIMIT_SECONDS, LIMIT_MIB = 60, 300


def lines(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Rows of the table of benchmarks, for each kind of database that is here."""
    for kind in ("SQLite", "PostgreSQL"):
        rates = []
        for size in SIZES:
            with database_of(kind, folder) as url:
                told = _run(url, size)
            rates.append(size / told["first"])
            limits = f"{told['first'] / LIMIT_SECONDS:.0%} of 60 s, {told['peak'] / LIMIT_MIB:.0%} of 300 MiB"
            shown = f"{told['first']:.1f} s, {told['peak']:.0f} MiB"
            yield f"{size:,} licences, first import with linking, {kind}", shown, limits if size == SIZES[-1] else "-"
            yield (
                f"the same {size:,} again, {kind}",
                f"{told['again']:.1f} s",
                f"{told['again'] / told['first']:.0%} of the first time",
            )
        yield f"cost of a row at {SIZES[1]:,}, {kind}", "-", f"{rates[0] / rates[1]:.2f} x that at {SIZES[0]:,}"


def _run(url: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.importing", url, str(size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a new database of this kind."""
    if kind == "SQLite":
        yield f"sqlite:///{folder / uuid4().hex}.db"
        return
    name = f"bench_{uuid4().hex[:12]}"
    server = make_url(POSTGRES_URL).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def main(url: str, size: int) -> None:
    """Import twice, and print what it took."""
    database, vault, now = Database(url), Vault(["a-key-for-the-benchmark"]), datetime.now(UTC)
    upgrade(database)
    seconds = []
    for _ in range(2):
        begun = time.perf_counter()
        take_all(database, vault, licence_rows(size), source="file", as_of=None, now=now)
        seconds.append(time.perf_counter() - begun)
    database.dispose()
    sys.stdout.write(json.dumps({"first": seconds[0], "again": seconds[1], "peak": _peak()}))


def _peak() -> float:
    """The most memory that this program held (MiB). `ru_maxrss` would tell that of the process that started it, too."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
