"""`audit`: the staff journal."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from services import anchors, audit
from services.erasure.journal import JournalError


@click.group("audit")
def group() -> None:
    """The staff journal."""


@group.command()
@as_json
@with_appcontext
def verify(as_json: bool) -> None:
    """Is the journal as it was written, and whole? Exit 1 with the first entry that is not."""
    p = parts()
    try:
        anchored = anchors.valid(p.anchors)
    except JournalError as error:
        raise click.ClickException(f"the file of anchors is not as it was written: {error}") from None
    with p.database.read() as session:
        broken = audit.verify(session, anchored)
        entries = audit.count(session)
    if as_json:
        print_json({"entries": entries, "anchors": len(anchored), "broken": broken})
    if broken is not None:
        raise click.ClickException(f"entry {broken} is missing, or not as it was written")
    if not as_json:
        click.echo(f"The journal is whole: {entries} entries, {len(anchored)} anchors.")


@group.command()
@click.option("--restored", is_flag=True, help="The database came back from a backup: older anchors count no more.")
@with_appcontext
def anchor(restored: bool) -> None:
    """Write down outside the database where the chain ends. The worker does so each day."""
    p = parts()
    with p.database.read() as session:
        head = audit.head(session)
    if head is None:
        raise click.ClickException("the journal is empty")
    anchors.drop(p.anchors, head, p.clock(), restored=restored)
    click.echo(f"Anchored at entry {head.seq}.")


@group.command()
@click.argument("person_id")
@as_json
@with_appcontext
def reads(person_id: str, as_json: bool) -> None:
    """Who of us looked at this person's data: when and for which purpose."""
    with parts().database.read() as session:
        found = audit.reads_of(session, person_id)
    if as_json:
        print_json(found)
    else:
        print_table("Looks", ("at", "action", "purpose", "case"), [list(line.values()) for line in found])


COMMANDS = (group,)
