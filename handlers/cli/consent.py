"""`consent`: the ledger on the console."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from services import consent, consent_record, officer
from services.opt_in import OFFERED

ACTOR = "console"


@click.group("consent")
def group() -> None:
    """The consent ledger."""


@group.command("show")
@click.argument("person_id")
@as_json
@with_appcontext
def show_consent(person_id: str, as_json: bool) -> None:
    """The current state of each purpose and channel of a person."""
    with parts().database.read() as session:
        found = consent.current(session, person_id)
    if as_json:
        print_json(found)
    else:
        print_table(
            "Consent", ("purpose", "channel", "state", "basis", "since", "policy"), [list(s.values()) for s in found]
        )


@group.command("verify")
@with_appcontext
def verify_consent() -> None:
    """Is the ledger as it was written? Exit 1 with the first entry that is not."""
    with parts().database.read() as session:
        broken = consent.verify(session)
    if broken is not None:
        raise click.ClickException(f"entry {broken} is not as it was written")
    click.echo("The ledger is whole.")


@group.command("enter")
@click.argument("person_id")
@click.argument("what", type=click.Choice(list(OFFERED)))
@click.argument("state", type=click.Choice([str(state) for state in officer.STATES]))
@click.option("--evidence", required=True, help="Where the person's own words are kept; the ledger keeps its hash.")
@with_appcontext
def enter_consent(person_id: str, what: str, state: str, evidence: str) -> None:
    """Enter what a person said on paper or by phone. WHAT is a purpose and a channel, as news.email."""
    p = parts()
    try:
        with p.database.write() as session:
            officer.enter(session, person_id, *OFFERED[what], state, evidence=evidence, actor=ACTOR, now=p.clock())
    except officer.NotPossibleError as error:
        raise click.ClickException(str(error)) from None
    click.echo("Entered.")


@group.command("export")
@click.argument("person_id")
@click.option("--lang", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@with_appcontext
def export_consent(person_id: str, lang: str) -> None:
    """The records of a person's consents as JSON-LD (ISO/IEC TS 27560 in the words of DPV)."""
    p = parts()
    with p.database.read() as session:
        found = consent_record.document(
            session, person_id, vendor=p.settings.vendor, base_url=p.settings.base_url,
            language="fr" if lang == "fr" else "en", now=p.clock(),
        )  # fmt: skip
    print_json(found)


COMMANDS = (group,)
