"""Where something of a person is held: read from the tables themselves, so that a new column can't be forgotten.

A table that points to `people`, or has a column declared as an identifier of a person (`held(..., of=...)`), holds
traces. What becomes of each of its columns follows from the category that the column names. The default is the strict
one: what nobody declared is emptied, and where it can't be, its row is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Column, LargeBinary, Table

from models.register import HELD_CATEGORIES, Category
from models.schema import METADATA

# Ways to find the rows of a person, the surest first.
TIES = ("person", "mailbox", "email")
OBJECTION = "GDPR-21-3"


class Fate(StrEnum):
    """What becomes of a field."""

    DESTROY_KEY = "destroy_key"
    EMPTY = "empty"
    DELETE = "delete"
    HOLD = "hold"
    KEEP = "keep"


@dataclass(frozen=True)
class Trace:
    """One table that holds something of a person. `tie` finds the rows; `fates` tells what becomes of each column, and
    `laws` which hold keeps it."""

    table: Table
    tie: Column[Any]
    kind: str
    fates: Mapping[str, Fate]
    laws: Mapping[str, str]

    @property
    def deletes_rows(self) -> bool:
        """Do whole rows go?"""
        return Fate.DELETE in self.fates.values()

    def columns(self, *fates: Fate) -> list[Column[Any]]:
        """The columns with one of these fates."""
        return [self.table.c[name] for name, fate in self.fates.items() if fate in fates]


@cache
def traces() -> Sequence[Trace]:
    """Every table that holds something of a person, in the order in which rows may be deleted (children first)."""
    return [trace for table in reversed(METADATA.sorted_tables) for trace in _trace(table)]


def tie_of(column: Column[Any]) -> str | None:
    """Which identifier of a person the column holds."""
    if any(key.target_fullname == "people.id" for key in column.foreign_keys):
        return "person"
    declared: str | None = column.info.get("of")
    return declared if declared in TIES else None


def _trace(table: Table) -> Iterator[Trace]:
    ties = {tie_of(column): column for column in reversed(table.columns)}
    kind = next((kind for kind in TIES if kind in ties), None)
    if kind is None:
        return
    laws: dict[str, str] = {}
    fates: dict[str, Fate] = {}
    for column in table.columns:
        fates[column.name] = _fate(column)
        if fates[column.name] is Fate.HOLD:
            laws[column.name] = _law(column)
    if Fate.DELETE in fates.values():
        if set(laws.values()) - {HELD_CATEGORIES[Category.ACCOUNTABILITY]}:
            raise TypeError(f"{table.name}: a row can't be deleted and held; make the personal columns nullable")
        laws, fates = {}, dict.fromkeys(fates, Fate.DELETE)
    yield Trace(table, ties[kind], kind, fates, laws)


def _fate(column: Column[Any]) -> Fate:
    info, category = column.info, column.info["category"]
    if info["tombstone"]:
        return Fate.KEEP
    if column.name == "data_key":
        return Fate.DESTROY_KEY
    if isinstance(column.type, LargeBinary):
        return Fate.EMPTY if column.nullable else Fate.DELETE
    if info["of"] == "content":
        return Fate.EMPTY
    if category in HELD_CATEGORIES:
        return Fate.HOLD
    if tie_of(column):
        # The digests in `people` itself give way to a mark that says nothing; a pointer is emptied.
        return Fate.EMPTY if column.nullable or column.table.name == "people" else Fate.DELETE
    if category is Category.OPERATIONS or column.table.info.get("of_organisation"):
        return Fate.KEEP
    return Fate.EMPTY if column.nullable else Fate.DELETE


def _law(column: Column[Any]) -> str:
    if tie_of(column) in ("mailbox", "email"):
        return OBJECTION
    return HELD_CATEGORIES[column.info["category"]]
