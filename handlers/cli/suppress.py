"""`suppress`: the list of addresses that must not be contacted, which outlives erasure."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json
from handlers.parts import parts
from services import consent, suppression

ADDRESS = click.argument("address")


@click.group("suppress")
def group() -> None:
    """Addresses that must not be contacted. The list is never shown, only asked for one address."""


@group.command()
@ADDRESS
@click.option("--purpose", type=click.Choice(consent.PURPOSES), default="prospect", show_default=True)
@with_appcontext
def add(address: str, purpose: str) -> None:
    """Never contact this address for this purpose again. Twice is once."""
    p = parts()
    try:
        with p.database.write() as session:
            suppression.add(session, p.vault, address, purpose, actor="command", now=p.clock())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo("The address is on the list.")


@group.command()
@ADDRESS
@click.option("--purpose", type=click.Choice(consent.PURPOSES), default="prospect", show_default=True)
@as_json
@with_appcontext
def check(address: str, purpose: str, as_json: bool) -> None:
    """Is this address on the list? The question is entered in the journal."""
    p = parts()
    try:
        with p.database.write() as session:
            found = suppression.check(session, p.vault, address, purpose, actor="command", now=p.clock())
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        print_json({"suppressed": found, "purpose": purpose})
    else:
        click.echo("The address is on the list." if found else "The address is not on the list.")


COMMANDS = (group,)
