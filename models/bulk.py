"""Many rows at once. What is done for each value by a statement that was built is done here for each column once: a
hundred thousand licences are half a million rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, cast

import psycopg
from sqlalchemy import JSON, ColumnElement, Connection, Dialect, Row, Table, any_, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from models.database import to_json

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


def insert_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the columns of the first one; into others goes what the database itself has for them."""
    if not rows:
        return
    connection, dialect = session.connection(), session.get_bind().dialect
    columns = [_column(table, name, rows, dialect) for name in rows[0]]
    into = _into(table, rows[0], dialect)
    if dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608 - the names of a table and its columns
        connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
        return
    statement, driver = f"COPY {into} FROM STDIN", connection.connection.driver_connection
    try:
        with cast(Any, driver).cursor() as cursor, cursor.copy(statement) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
    except psycopg.Error as error:
        # Whoever called knows the errors of SQLAlchemy.
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, dialect=dialect
        ) from error


def insert_new_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], told: Sequence[str]
) -> Sequence[Row[Any]]:
    """Insert those rows that no unique key knows yet; the columns `told` of each that went in. A few dozen at a time:
    they are one statement, which holds up other threads once."""
    dialect = connection.dialect
    columns = [_column(table, name, rows, dialect) for name in rows[0]]
    statement = _insert_new(table, tuple(rows[0]), tuple(told), len(rows), dialect)
    return connection.exec_driver_sql(statement, tuple(chain.from_iterable(zip(*columns, strict=True)))).all()


@lru_cache
def _insert_new(table: Table, names: Sequence[str], told: Sequence[str], count: int, dialect: Dialect) -> str:
    mark = "?" if dialect.name == "sqlite" else "%s"
    values = ", ".join([f"({', '.join([mark] * len(names))})"] * count)
    back = ", ".join(map(dialect.identifier_preparer.quote, told))
    # Names of a table and its columns, and marks for values.
    return f"INSERT INTO {_into(table, names, dialect)} VALUES {values} ON CONFLICT DO NOTHING RETURNING {back}"  # noqa: S608


def _into(table: Table, names: Iterable[str], dialect: Dialect) -> str:
    quote = dialect.identifier_preparer.quote
    return f"{quote(table.name)} ({', '.join(map(quote, names))})"


def update_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by their `id`, all with the columns of the first one; of bytes there are none."""
    if not rows:
        return
    connection, dialect = session.connection(), session.get_bind().dialect
    names = ["id", *(name for name in rows[0] if name != "id")]
    columns = [_column(table, name, rows, dialect) for name in names]
    quote = dialect.identifier_preparer.quote
    if dialect.name == "sqlite":
        told = ", ".join(f"{quote(name)} = ?{at}" for at, name in enumerate(names[1:], 2))
        statement = f"UPDATE {quote(table.name)} SET {told} WHERE id = ?1"  # noqa: S608 - names of a table
        connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
        return
    kinds = {name: table.c[name].type.compile(dialect) for name in names}
    told = ", ".join(f"{quote(name)} = told.{quote(name)}::{kinds[name]}" for name in names[1:])
    # What is JSON itself comes as the text of it.
    told_as = ", ".join(f"{quote(name)} {'text' if kind == 'JSON' else kind}" for name, kind in kinds.items())
    statement = (
        # The names of a table and of its columns and their types.
        f"UPDATE {quote(table.name)} SET {told} FROM json_to_recordset(%s::json) AS told ({told_as}) "  # noqa: S608
        f"WHERE {quote(table.name)}.id = told.id"
    )
    values = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    # One text, written and read in one go: an array is written value by value.
    connection.exec_driver_sql(statement, (to_json(values),))


def new_numbers(session: Session, table: Table, count: int) -> Sequence[int]:
    """`count` values for the `id` of rows to be inserted in this transaction, rising. On SQLite a write transaction is
    alone; it gives the same numbers itself."""
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(table.c.id))) or 0
        return range(last + 1, last + count + 1)
    drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return session.scalars(drawn, {"name": table.name, "count": count}).all()


def among(session: Session, column: Column, values: Sequence[Any]) -> ColumnElement[bool]:
    """Is `column` one of `values`? PostgreSQL takes them as one array, instead of a new statement for each number of
    them."""
    if session.get_bind().dialect.name == "sqlite":
        return column.in_(values)
    return column == any_(literal(list(values), ARRAY(column.type)))


def _column(table: Table, name: str, rows: Sequence[Mapping[str, Any]], dialect: Dialect) -> list[Any]:
    process = _process(table.c[name].type, dialect)
    values = [row[name] for row in rows]
    return values if process is None else [process(value) for value in values]


@lru_cache
def _process(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return to_json if isinstance(kind, JSON) else kind.dialect_impl(dialect).bind_processor(dialect)
