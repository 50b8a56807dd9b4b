"""Starting again on a database that holds accounting records: no program can delete them, so a test has to."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session


def lift_holds(session: Session) -> None:
    """Within this transaction (on SQLite: in this file) accounting records can be deleted."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER IF EXISTS observations_hold"))
    else:
        session.execute(text("SET LOCAL session_replication_role = replica"))
