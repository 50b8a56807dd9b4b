"""The migrations lead to the tables of the models, and the tables keep what they promise."""

from __future__ import annotations

from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import String, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UnclassifiedColumnError
from models.consent import APPEND_ONLY, AuditEvent, ConsentEvent
from models.database import Database
from models.register import CATEGORIES, Category
from models.schema import HEAD, METADATA, configuration, is_current

CHAIN = {"previous_hash": "0" * 64, "hash": "1" * 64}


def test_upgrading_leaves_no_drift(database: Database) -> None:
    with database.read() as session:
        # The tables of the job runner are its own; the full-text index is worked out from a column of ours.
        others = ("huey_", "prospect_search", "search_lexemes", "ix_prospects_search_lexemes")
        ours = {"compare_type": True, "include_name": lambda name, kind, _: not str(name).startswith(others)}
        context = MigrationContext.configure(session.connection(), opts=ours)
        assert compare_metadata(context, METADATA) == []
    assert is_current(database)


def test_the_newest_migration_is_the_one_that_is_waited_for() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET hash = 'x'", "DELETE FROM {table}"])
def test_what_was_written_stays(database: Database, now: datetime, table: str, statement: str) -> None:
    with database.write() as session:
        session.add(AuditEvent(actor_ref="a", action="b", subject=None, purpose="c", detail={}, at=now, **CHAIN))
        event = ConsentEvent(person_ref="p", purpose="prospect", channel="email", state="objected", at=now, **CHAIN)
        event.actor_kind = event.source = "person"
        session.add(event)
    with pytest.raises(DatabaseError, match="append-only"), database.write() as session:
        session.execute(text(statement.format(table=table)))
    with database.read() as session:
        assert session.execute(text(f"SELECT hash FROM {table}")).scalars().all() == ["1" * 64]


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: str(table.name))
def test_every_column_names_its_category(table: object) -> None:
    for column in METADATA.tables[str(table)].columns:
        assert isinstance(column.info["category"], Category) and column.info["category"] in CATEGORIES, column.name


def test_a_column_without_category_is_no_column() -> None:
    with pytest.raises(UnclassifiedColumnError, match="nameless"):

        class Odd(Base):
            __tablename__ = "odd"
            nameless: Mapped[str] = mapped_column(String(1), primary_key=True)

    METADATA.remove(METADATA.tables["odd"])
