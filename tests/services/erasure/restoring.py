"""A backup of a database, and its restore."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert, select, text

from models.database import Database
from models.schema import METADATA


def backup(database: Database, folder: Path) -> Callable[[], None]:
    """Take a backup; what is given back restores it."""
    return _file(database, folder) if database.is_sqlite else _server(database)


def _file(database: Database, folder: Path) -> Callable[[], None]:
    kept, path = folder / "backup.db", str(database.url.database)
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(kept)) as copy:
        live.backup(copy)

    def restore() -> None:
        database.dispose()
        with closing(sqlite3.connect(kept)) as copy, closing(sqlite3.connect(path)) as live:
            copy.backup(live)

    return restore


def _server(database: Database) -> Callable[[], None]:
    with database.read() as session:
        kept = {t: [dict(row) for row in session.execute(select(t)).mappings()] for t in METADATA.sorted_tables}

    def restore() -> None:
        with database.write() as session:
            # As `pg_restore` does: rows go in without triggers.
            session.execute(text("SET LOCAL session_replication_role = replica"))
            session.execute(text(f"TRUNCATE {', '.join(METADATA.tables)} CASCADE"))
            for table, rows in kept.items():
                if rows:
                    session.execute(insert(table), rows)

    return restore
