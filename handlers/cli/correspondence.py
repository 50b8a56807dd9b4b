"""`correspondence`: mails, letters, faxes and calls, on the console."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_rows
from handlers.parts import parts
from models.correspondence import Mode
from services import correspondence as service
from services.correspondence import Letter, LetterError

ACTOR = "console"
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"])


@click.group("correspondence")
def correspondence() -> None:
    """Mails, letters, faxes and calls."""


@correspondence.command("list")
@click.option("--person", help="Id of a person.")
@as_json
@with_appcontext
def list_correspondence(person: str | None, as_json: bool) -> None:
    """The newest heads; nothing of what was said."""
    p = parts()
    with p.database.read() as session:
        print_rows("Correspondence", service.listed(session, p.clock(), person=person), as_json)


@correspondence.command("add")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), required=True)
@click.option("--at", type=MOMENT, help="When it came (UTC); default now.")
@click.option("--from", "counterpart", help="Their address or number; none where it was withheld.")
@click.option("--email", help="By which we know them, where --from is no address.")
@click.option("--recipient", help="Which of us it was for.")
@click.option("--duration", "duration_seconds", type=int, help="Of a call, in seconds.")
@click.option("--title")
@click.option("--text", "body", type=click.File("r"), help="A file with what it says, or - for standard input.")
@click.option("--case", help="Key of the case it belongs to.")
@with_appcontext
def add(mode: str, at: datetime | None, body: Any, **given: Any) -> None:
    """Enter one."""
    p = parts()
    now = p.clock()
    letter = Letter(Mode(mode), at.replace(tzinfo=UTC) if at else now, body=body.read() if body else None, **given)
    try:
        with p.database.write() as session:
            click.echo(service.enter(session, p.vault, letter, actor=ACTOR, now=now))
    except LetterError as error:
        raise click.ClickException(str(error)) from None


@correspondence.command("read")
@click.argument("letter_id")
@click.option("--purpose", type=click.Choice(["prospecting", "support", "rights"]), required=True)
@as_json
@with_appcontext
def read(letter_id: str, purpose: str, as_json: bool) -> None:
    """Show one, in the journal. A fax is deleted by it."""
    p = parts()
    with p.database.write() as session:
        shown = service.read(session, p.vault, letter_id, actor=ACTOR, purpose=purpose, now=p.clock())
    if shown is None:
        raise click.ClickException("there is none with this id")
    print_rows("Correspondence", [shown], as_json)


COMMANDS = (correspondence,)
