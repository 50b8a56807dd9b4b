"""Is it gone? What was erased is searched for where a database leaves it: in its files, free pages and log included.

On SQLite `secure_delete` overwrites what is deleted and a truncating checkpoint empties the write-ahead log; then the
files are searched byte by byte. On PostgreSQL every text of every table is searched; the files of a server are not ours
to read (docs/operations.md says what stays in them, and until when).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, String, Table, cast, func, or_, select
from sqlalchemy.orm import Session

from models.database import PRAGMAS, Database
from models.schema import METADATA
from services.erasure import searching

PATIENCE_MS = 100


@dataclass(frozen=True)
class Residue:
    """`searched`: places by name. `found`: those of them where something was found. `pending`: the log could not be
    emptied because somebody is reading; search again later."""

    searched: tuple[str, ...]
    found: tuple[str, ...]
    pending: bool = False

    def told(self) -> dict[str, Any]:
        """For the certificate."""
        return {"searched": list(self.searched), "found": list(self.found)}


def scan(database: Database, words: Mapping[str, Sequence[str]]) -> Residue:
    """Search for `words`: `texts` (case folded) and `keys` (hex of bytes). No transaction may be open."""
    with database.read() as session:
        columns = [place for table in METADATA.sorted_tables for place in _texts_of(session, table, words["texts"])]
    if not database.is_sqlite:
        return Residue(("every text column",), tuple(columns))
    emptied = _checkpoint(database)
    files = {name: path for name, path in _files(database).items() if path.exists()}
    found = _found_in(files, words)
    return Residue(("every text column", *files), (*columns, *found), pending=bool(found) and not emptied)


def _texts_of(session: Session, table: Table, texts: Sequence[str]) -> Iterator[str]:
    """The columns of one table in which one of `texts` stands in clear: one pass over the table, a second if any."""
    plain = [column for column in table.columns if isinstance(column.type, String | JSON)]
    if not (texts and plain):
        return
    hits = {column.name: or_(*(_holds(column, word) for word in texts)) for column in plain}
    if session.execute(select(1).select_from(table).where(or_(*hits.values())).limit(1)).first() is None:
        return
    for name, hit in hits.items():
        if session.execute(select(1).select_from(table).where(hit).limit(1)).first() is not None:
            yield f"{table.name}.{name}"


def _holds(column: Column[Any], word: str) -> Any:
    """Case folding in a database is the letter's business; the two forms find what we ourselves write."""
    content = func.lower(cast(column, String))
    forms = {word, json.dumps(word)[1:-1]} if isinstance(column.type, JSON) else {word}
    return or_(*(content.contains(form, autoescape=True) for form in sorted(forms)))


def _checkpoint(database: Database) -> bool:
    """Write the log back into the file and empty it; False while a reader keeps it.

    It waits for readers with the writer's lock in its hand, and a reader may be waiting for that lock: so, not long.
    """
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is None:
            return False
        raw.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        try:
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            # The next to be given this connection has the patience of everybody else.
            raw.execute(f"PRAGMA busy_timeout = {PRAGMAS['busy_timeout']}")
    return not busy


def _found_in(files: Mapping[str, Path], words: Mapping[str, Sequence[str]]) -> list[str]:
    wanted = {"files": {name: str(path) for name, path in files.items()}, **words}
    command = [sys.executable, "-I", searching.__file__]
    searched = subprocess.run(command, input=json.dumps(wanted).encode(), capture_output=True, check=True, timeout=600)
    found: list[str] = json.loads(searched.stdout)
    return found


def _files(database: Database) -> dict[str, Path]:
    name = database.url.database or ""
    return {
        "database": Path(name),
        "write-ahead log": Path(f"{name}-wal"),
        "jobs": Path(f"{name}.jobs"),
        "log of jobs": Path(f"{name}.jobs-wal"),
    }
