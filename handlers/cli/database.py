"""`db`: the schema."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.parts import parts
from models import schema


@click.group("db")
def group() -> None:
    """The database schema."""


@group.command()
@with_appcontext
def upgrade() -> None:
    """Bring the schema to the newest version."""
    schema.upgrade(parts().database)
    click.echo("The schema is the newest.")


@group.command()
@with_appcontext
def check() -> None:
    """Exit 1 when the schema is not the newest."""
    if not schema.is_current(parts().database):
        raise click.ClickException("the schema is not the newest: run `flask --app app db upgrade`")
    click.echo("The schema is the newest.")


COMMANDS = (group,)
