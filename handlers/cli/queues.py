"""`inbox`: events that came in, and those that were put aside."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers import work
from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from models.queues import InboxItem, ItemState
from services import inbox, queues

COLUMNS = ("id", "source", "state", "attempts", "reason", "received_at")


@click.group("inbox")
def group() -> None:
    """Events that came in."""


@group.command("list")
@click.option("--state", type=click.Choice([state.value for state in ItemState]))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_json
@with_appcontext
def list_command(state: str | None, limit: int, as_json: bool) -> None:
    """The newest events. Their bodies are personal data and are not shown."""
    _show(ItemState(state) if state else None, limit, as_json)


@group.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_json
@with_appcontext
def quarantine(limit: int, as_json: bool) -> None:
    """What was put aside, and why."""
    _show(ItemState.QUARANTINED, limit, as_json)


@group.command()
@click.argument("ids", nargs=-1, type=int)
@with_appcontext
def retry(ids: tuple[int, ...]) -> None:
    """Try what is in quarantine again: the items named, or all."""
    p = parts()
    with p.database.write() as session:
        count = queues.retry(session, InboxItem, p.clock(), ids or None)
    work.drain(p)
    click.echo(f"{count} tried again.")


def _show(state: ItemState | None, limit: int, as_json: bool) -> None:
    with parts().database.read() as session:
        rows = [{name: getattr(item, name) for name in COLUMNS} for item in inbox.listed(session, state, limit)]
    if as_json:
        print_json(rows)
    else:
        print_table("Inbox", COLUMNS, [list(row.values()) for row in rows])


COMMANDS = (group,)
