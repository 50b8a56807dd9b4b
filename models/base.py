"""The declarative base. A mapped column that names no category of the register fails at import (commitment C11)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, MappedColumn, mapped_column

from models.register import Category

# What a column can know a person by: our own pseudonymous id, or a keyed digest of an address.
Tie = Literal["person", "email", "mailbox", "content"]
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UnclassifiedColumnError(TypeError):
    """A table declares a column without a category of the register."""


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for column in cls.__table__.columns:
            if "category" not in column.info:
                raise UnclassifiedColumnError(f"{column} names no category of the register")


def held(
    category: Category,
    *args: Any,
    of: Tie | None = None,
    tombstone: bool = False,
    account: bool = False,
    **kwargs: Any,
) -> MappedColumn[Any]:
    """`mapped_column`, with the category of the register under which its content is held.

    Erasure finds what is a person's by what is said here (services/erasure/traces.py). In a table that names a person,
    every column is emptied or its row deleted, unless its category is one that the law keeps, or `tombstone` says that
    it stays on purpose. `of`: which identifier of a person a column holds, where no foreign key to `people` says so;
    `content`: something is made of what is the person's, and goes with it. `account`: it can hold the id of an account
    of Atlassian, which is reported to Atlassian and emptied when the account is closed (services/account_ids.py).
    """
    info = {"category": category, "of": of, "tombstone": tombstone, "account": account}
    return mapped_column(*args, info=info, **kwargs)


# For `__table_args__`: rows are of an organisation and point to a person, whose erasure empties their sealed fields.
OF_ORGANISATION = {"info": {"of_organisation": True}}


class Instant(TypeDecorator[datetime]):
    """An aware UTC time. SQLite keeps no zone, so it is put back on the way out; a naive time is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
