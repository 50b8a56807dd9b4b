"""`notices`: who is to be told where we have their details from, and telling them."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers import notices as edge
from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from services import notices


@click.group("notices")
def group() -> None:
    """The notice of GDPR Art. 14, which each person who came from a feed is due within a month."""


@group.command("due")
@as_json
@with_appcontext
def due_command(as_json: bool) -> None:
    """How many wait for it, and until when. Exit 1 when somebody should have been told already."""
    p = parts()
    with p.database.read() as session:
        found = notices.standing(session, p.clock())
    if as_json:
        print_json(found)
    else:
        print_table("Notices", ("what", "value"), list(found.items()))
    if found["overdue"]:
        raise click.exceptions.Exit(1)


@group.command("send")
@click.option("--dry-run", is_flag=True, help="Tell how many would be queued, and queue none.")
@with_appcontext
def send_command(dry_run: bool) -> None:
    """Queue the notices now, without waiting for FAIRTRIAL_NOTICE_DAYS; the worker sends them. Run again for more."""
    p = parts()
    if dry_run:
        with p.database.read() as session:
            count = len(notices.due(session, known_before=p.clock()))
        click.echo(f"{count} would be queued.")
        return
    count = edge.queue(p, days=0)
    if count:
        p.jobs.wake_outbox()
    click.echo(f"{count} queued.")


COMMANDS = (group,)
