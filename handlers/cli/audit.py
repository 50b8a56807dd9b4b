"""`audit`: the staff journal."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.parts import parts
from services import audit


@click.group("audit")
def group() -> None:
    """The staff journal."""


@group.command()
@with_appcontext
def verify() -> None:
    """Is the journal as it was written? Exit 1 with the first entry that is not."""
    with parts().database.read() as session:
        broken = audit.verify(session)
    if broken is not None:
        raise click.ClickException(f"entry {broken} is not as it was written")
    click.echo("The journal is whole.")


COMMANDS = (group,)
