"""`exchange`: what Atlassian is given, to look at. The console is nobody in particular, so it approves nothing."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_rows
from handlers.parts import parts
from services.exchange import packages, standing

ACTOR = "console"


@click.group("exchange")
def group() -> None:
    """Packages for Atlassian."""


@group.command("list")
@as_json
@with_appcontext
def list_command(as_json: bool) -> None:
    """The newest packages, without their content."""
    with parts().database.read() as session:
        print_rows("Packages", packages.listed(session), as_json)


@group.command()
@click.argument("package_id")
@with_appcontext
def show(package_id: str) -> None:
    """The exact bytes of a package. The look is entered in the journal."""
    p = parts()
    with p.database.write() as session:
        package = packages.find(session, package_id)
        if package is None:
            raise click.ClickException("there is no such package")
        content = standing.content_of(p.vault, package)
        if content is None:
            raise click.ClickException("its content is no longer held")
        packages.note(session, package, "read", actor=ACTOR, now=p.clock())
    click.echo(content, nl=False)


COMMANDS = (group,)
