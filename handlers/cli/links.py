"""`prospects split`, `join`, `decisions`, `suggest`, `account` and `rebuild`: who belongs together."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json, print_table
from handlers.cli.prospects import ACTOR, for_purpose, group
from handlers.parts import parts
from models.marketplace import LinkDecision
from services import accounts, audit
from services.marketplace import decisions
from services.marketplace.decisions import NoDecisionError
from services.marketplace.rebuild import rebuild
from services.marketplace.relink import relink
from services.marketplace.suggestions import suggestions

with_reason = click.option("--reason", required=True, help="Why; it is kept with the decision.")


@group.command()
@click.argument("licences", nargs=-1, required=True)
@with_reason
@with_appcontext
def split(licences: tuple[str, ...], reason: str) -> None:
    """These LICENCES are one organisation, and nobody else's. It holds for every row that comes later."""
    _decide(decisions.split, licences, reason)


@group.command()
@click.argument("licences", nargs=-1, required=True)
@with_reason
@with_appcontext
def join(licences: tuple[str, ...], reason: str) -> None:
    """These LICENCES, with all that they are linked to, are one organisation."""
    _decide(decisions.join, licences, reason)


@group.command("decisions")
@click.option("--take-back", type=int, help="The number of a decision that is to count no longer.")
@as_json
@with_appcontext
def decisions_command(take_back: int | None, as_json: bool) -> None:
    """What was decided of links, newest first."""
    p = parts()
    if take_back is not None:
        try:
            with p.database.write() as session:
                decisions.take_back(session, p.vault, take_back, actor=ACTOR, now=p.clock())
        except NoDecisionError as error:
            raise click.ClickException(str(error)) from None
        relink(p.database, p.vault, p.clock())
    with p.database.read() as session:
        found = decisions.listed(session)
    if as_json:
        print_json(found)
    elif found:
        print_table("Decisions", list(found[0]), [list(one.values()) for one in found])


@group.command()
@as_json
@with_appcontext
def suggest(as_json: bool) -> None:
    """Organisations that may be one, by their names. Nothing is joined by itself."""
    with parts().database.read() as session:
        found = suggestions(session)
    if as_json:
        print_json(found)
        return
    rows = [(one["left"]["name"], one["right"]["name"], one["likeness"], " ".join(one["licences"])) for one in found]
    print_table("Perhaps the same", ("left", "right", "likeness", "to join"), rows)


@group.command()
@click.argument("organisation_id")
@for_purpose
@as_json
@with_appcontext
def account(organisation_id: str, purpose: str, as_json: bool) -> None:
    """One organisation over all apps. The look is entered in the journal for each of its people."""
    p = parts()
    with p.database.write() as session:
        found = accounts.show_account(session, p.vault, organisation_id)
        if found is None:
            raise click.ClickException("there is no organisation with this id")
        shown = [{"id": person["prospect"]} for person in found["people"]]
        audit.record_list(session, shown, actor=ACTOR, purpose=purpose, now=p.clock())
    if as_json:
        print_json(found)
        return
    print_table("Account", ("what", "value"), [(name, found[name]) for name in ("name", "domain", "country", "state")])
    for title in ("apps", "people", "licences"):
        if found[title]:
            print_table(title.capitalize(), list(found[title][0]), [list(row.values()) for row in found[title]])


@group.command("rebuild")
@with_appcontext
def rebuild_command() -> None:
    """Work out licences, links and prospects again from the log of observations."""
    p = parts()
    count = rebuild(p.database, p.vault, p.clock())
    click.echo(f"{count} licences were worked out again.")


def _decide(act: Callable[..., LinkDecision], licences: tuple[str, ...], reason: str) -> None:
    p = parts()
    try:
        with p.database.write() as session:
            number = act(session, p.vault, licences, actor=ACTOR, reason=reason, now=p.clock()).id
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    relink(p.database, p.vault, p.clock())
    click.echo(f"Decision {number}. To take it back: prospects decisions --take-back {number}")


# They are commands of the group `prospects`, which is added to the app where it is made.
COMMANDS: tuple[click.Command, ...] = ()
