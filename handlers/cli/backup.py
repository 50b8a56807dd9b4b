"""`backup`: what a restored database has to be told."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json
from handlers.parts import parts
from services.erasure import completion
from services.erasure.journal import JournalError


@click.group("backup")
def group() -> None:
    """After a restore."""


@group.command("replay-erasures")
@as_json
@with_appcontext
def replay_erasures(as_json: bool) -> None:
    """Erase anew, and record anew who objected, whatever the journal says and the database does not know.

    Exit 1 when the journal is not as it was written, or when something that should be gone was found afterwards.
    """
    p = parts()
    try:
        # Opening the database replays by itself; the command is for one that was restored under a running app.
        count = completion.replay(p.database, p.vault, p.journal, p.clock()) + p.replayed
        searched = completion.complete(p.database, p.vault, p.journal, p.clock())
    except JournalError as error:
        raise click.ClickException(f"the journal of erasures: {error}") from None
    told = {"entries": len(p.journal.entries()), "replayed": count, "searched": searched}
    if as_json:
        print_json(told)
    else:
        click.echo(f"{count} of {told['entries']} entries replayed.")
    if not searched:
        raise click.ClickException("the files could not be searched yet: somebody is reading; run this again")


COMMANDS = (group,)
