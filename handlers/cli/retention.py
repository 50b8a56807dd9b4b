"""`retain`: what is past its period, now or at a date; and its end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from typing import Any

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress

from handlers import retention as edge
from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from services import retention
from services.retention import ClockError


@click.command("retain")
@click.option("--dry-run", is_flag=True, help="Show what is due, and change nothing.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Show what is due at that date; changes nothing.")
@click.option("--trust-clock", is_flag=True, help="Go on although the last run is more than 60 days away.")
@as_json
@with_appcontext
def retain(dry_run: bool, as_of: datetime | None, trust_clock: bool, as_json: bool) -> None:
    """Delete what is past the periods of the register. May be stopped and run again at any time."""
    p = parts()
    at = datetime.combine(as_of.date(), time(), UTC) if as_of else p.clock()
    looking = dry_run or as_of is not None
    with p.database.read() as session:
        found = retention.due(session, at)
    files = len(p.access_log.due(at))
    rules: list[dict[str, Any]] = [
        {"rule": due.rule, "periods": due.periods, "tables": due.tables, "action": due.action, "due": due.rows}
        for due in found
    ]
    rules.append({"rule": "access_log", "periods": ("authentication.access_log",), "tables": ("access log files",),
                  "action": "deletion", "due": files})  # fmt: skip
    told = {"as_of": at.isoformat(), "dry_run": looking, "rules": rules, "done": {}, "certificate": None,
            "signature": None}  # fmt: skip
    if not looking:
        try:
            with _progress(sum(due.rows for due in found), as_json) as progress:
                outcome = edge.run(p, trusted_clock=trust_clock, progress=progress)
        except ClockError as error:
            raise click.ClickException(
                f"{error}, more than 60 days from now: set the clock, or say --trust-clock"
            ) from None
        told |= {"done": outcome.done, "certificate": outcome.certificate, "signature": outcome.signature}
    if as_json:
        print_json(told)
        return
    print_table(
        f"{'Due' if looking else 'Was due'} at {at:%Y-%m-%d}", ("rule", "periods", "action", "rows"),
        [(rule["rule"], list(rule["periods"]), rule["action"], rule["due"]) for rule in rules],
    )  # fmt: skip
    if looking:
        click.echo("Nothing was changed.")
    else:
        click.echo(f"Done: {sum(outcome.done.values())} rows; certificate {outcome.run}, signed.")


@contextlib.contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    with Progress(console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("Retention", total=total or None)
        yield lambda rule, rows: bar.update(task, advance=rows, description=rule)


COMMANDS = (retain,)
