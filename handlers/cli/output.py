"""What commands print: JSON for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Any) -> None:
    """One line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table; markup in cells is shown as it is written."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    Console().print(table)


def print_rows(title: str, rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Rows that all have the same columns, in the way that was asked for."""
    if as_json:
        print_json(rows)
    elif rows:
        print_table(title, list(rows[0]), [list(row.values()) for row in rows])
    else:
        click.echo("None.")


def _cell(value: Any) -> str:
    plain = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return plain.replace("[", "\\[")
