"""Prospects of the first schema are found by the new index once they have been linked again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from alembic import command
from sqlalchemy import text

from models.database import Database
from models.schema import configuration, upgrade


@pytest.fixture
def old(database_url: str) -> Iterator[Database]:
    """A database of the first schema, with prospects."""
    database = Database(database_url)
    with database.write() as session:
        config = configuration()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0001")
    with database.write() as session:
        for name in ("b", "a", "c"):
            session.execute(
                text(
                    "INSERT INTO prospects (id, state, last_observed, apps, flags, search, search_source) "
                    "VALUES (:name, 'won', :day, '[]', '[]', '0a1b2c', 's')"
                ),
                {"name": name, "day": date(2026, 11, 1).isoformat()},
            )
    yield database
    database.dispose()


def test_prospects_of_the_first_schema_get_numbers_and_lose_their_old_marks(old: Database) -> None:
    upgrade(old)
    with old.read() as session:
        rows = session.execute(text("SELECT id, number, search, search_source FROM prospects ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("a", 1, "", ""), ("b", 2, "", ""), ("c", 3, "", "")]
