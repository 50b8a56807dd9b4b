"""`disclosures`, `incidents` and `access`: what we answer for, on the console."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
from flask.cli import with_appcontext

from handlers import accounts
from handlers.cli.output import as_json, print_rows
from handlers.parts import parts
from models.register import RECIPIENTS, Category
from services import authorisations, corporate, disclosure, incidents
from services.corporate import ClosedEventError
from services.disclosure import Basis, RefusedDisclosureError
from services.incidents import IncidentError

ACTOR = "console"
CATEGORIES = click.Choice([category.value for category in Category])
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d"])


@click.group("disclosures")
def disclosures() -> None:
    """What was given to whom outside, and why it could be."""


@disclosures.command("list")
@as_json
@with_appcontext
def list_disclosures(as_json: bool) -> None:
    """The newest disclosures."""
    with parts().database.read() as session:
        print_rows("Disclosures", disclosure.listed(session), as_json)


@disclosures.command("make")
@click.option("--recipient", type=click.Choice(list(RECIPIENTS)), required=True)
@click.option("--person", "people", multiple=True, help="Id of a person; repeat it for several.")
@click.option("--category", "categories", type=CATEGORIES, multiple=True, required=True)
@click.option("--basis", type=click.Choice([basis.value for basis in Basis]), required=True)
@click.option("--reference", help="The article or order (law), the entry of the ledger (consent).")
@click.option("--purpose", required=True)
@click.option("--case", help="Key of the case.")
@click.option("--event", type=int, help="Number of the corporate event.")
@click.option("--approved-by", help="Account of the second person, where two have to agree.")
@with_appcontext
def make_disclosure(people: tuple[str, ...], event: int | None, **given: Any) -> None:
    """Enter a disclosure before anything leaves; exit 1 where the gate stays shut."""
    p = parts()
    try:
        with p.database.write() as session:
            receipt = disclosure.disclose(session, subjects=people, event_id=event, actor=ACTOR, now=p.clock(), **given)
    except RefusedDisclosureError as error:
        raise click.ClickException(f"refused: {error.code}") from None
    click.echo(f"Entered as {receipt.id}, for {len(receipt.subjects)} people; {len(receipt.excluded)} objected.")


@disclosures.command("announce")
@click.option("--kind", type=click.Choice(["joint_venture", "sale", "merger"]), required=True)
@click.option("--partner", required=True)
@with_appcontext
def announce(kind: str, partner: str) -> None:
    """A joint venture, a sale or a merger: people may object for a month."""
    p = parts()
    with p.database.write() as session:
        event = corporate.announce(session, kind=kind, partner=partner, actor=ACTOR, now=p.clock())
        click.echo(f"Event {event.id}: people may object until {event.objections_until:%Y-%m-%d}.")


@disclosures.command("object")
@click.argument("event", type=int)
@click.argument("person_id")
@with_appcontext
def object_to(event: int, person_id: str) -> None:
    """This person stays out of the event."""
    p = parts()
    try:
        with p.database.write() as session:
            corporate.object_to(session, event, person_id, actor=ACTOR, now=p.clock())
    except ClosedEventError as error:
        raise click.ClickException(str(error)) from None
    click.echo("Entered.")


@disclosures.command("events")
@as_json
@with_appcontext
def events(as_json: bool) -> None:
    """Corporate events, and how many object."""
    with parts().database.read() as session:
        print_rows("Events", corporate.listed(session), as_json)


@click.group("incidents")
def incident_group() -> None:
    """Breaches of personal data, and the 72 hours."""


@incident_group.command("list")
@as_json
@with_appcontext
def list_incidents(as_json: bool) -> None:
    """Every incident, with the hours left to tell the CNIL."""
    p = parts()
    with p.database.read() as session:
        print_rows("Incidents", incidents.listed(session, p.clock()), as_json)


@incident_group.command("open")
@click.option("--title", required=True, help="What happened; names nobody.")
@click.option("--nature", type=click.Choice(incidents.NATURES), required=True)
@click.option("--category", "categories", type=CATEGORIES, multiple=True, required=True)
@click.option("--people", type=click.IntRange(0), help="About how many people.")
@click.option("--known-at", type=MOMENT, help="When it became known (UTC); default now.")
@with_appcontext
def open_incident(known_at: datetime | None, people: int | None, **given: Any) -> None:
    """Enter a breach: the clock starts when it became known."""
    p = parts()
    now = p.clock()
    known = known_at.replace(tzinfo=UTC) if known_at else now
    with _incident_errors(), p.database.write() as session:
        made = incidents.open_incident(session, known_at=known, people_count=people, actor=ACTOR, now=now, **given)
        click.echo(
            f"Incident {made.id}: tell the CNIL by {made.due_at:%Y-%m-%d %H:%M} UTC (https://notifications.cnil.fr)."
        )


@incident_group.command("notify")
@click.argument("number", type=int)
@click.option("--late-because", help="Needed after the 72 hours.")
@with_appcontext
def notify(number: int, late_because: str | None) -> None:
    """The CNIL was told."""
    p = parts()
    with _incident_errors(), p.database.write() as session:
        incidents.notify(session, number, actor=ACTOR, now=p.clock(), late_because=late_because)
    click.echo("Entered.")


@incident_group.command("tell-people")
@click.argument("number", type=int)
@with_appcontext
def tell_people(number: int) -> None:
    """The people concerned were told."""
    p = parts()
    with _incident_errors(), p.database.write() as session:
        incidents.tell_people(session, number, actor=ACTOR, now=p.clock())
    click.echo("Entered.")


@incident_group.command("close")
@click.argument("number", type=int)
@click.option("--consequences", required=True)
@click.option("--measures", required=True)
@click.option("--not-notified-because", help="Why the CNIL did not have to be told.")
@with_appcontext
def close(number: int, **given: Any) -> None:
    """The file is complete."""
    p = parts()
    with _incident_errors(), p.database.write() as session:
        incidents.close(session, number, actor=ACTOR, now=p.clock(), **given)
    click.echo("Closed.")


@incident_group.command("seen-by")
@click.argument("account")
@click.option("--since", type=MOMENT, required=True)
@click.option("--until", type=MOMENT, required=True)
@as_json
@with_appcontext
def seen_by(account: str, since: datetime, until: datetime, as_json: bool) -> None:
    """Whose data an account looked at between two moments (UTC): who is concerned when it was taken over."""
    with parts().database.read() as session:
        found = incidents.looked_at_by(session, account, since.replace(tzinfo=UTC), until.replace(tzinfo=UTC))
    print_rows("People", [{"person": person} for person in found], as_json)


@click.group("access")
def access() -> None:
    """Who may be staff, since when and until when."""


@access.command("list")
@as_json
@with_appcontext
def list_access(as_json: bool) -> None:
    """The register of authorisations."""
    with parts().database.read() as session:
        print_rows("Authorisations", authorisations.listed(session), as_json)


@access.command("allow")
@click.argument("account")
@click.option("--role", type=click.Choice(["staff", "officer"]), default="staff", show_default=True)
@click.option("--until", type=MOMENT, required=True)
@with_appcontext
def allow(account: str, role: str, until: datetime) -> None:
    """Let an account in until a day, or take it back in."""
    _decide(account, role, True, until.replace(tzinfo=UTC))


@access.command("bar")
@click.argument("account")
@click.option("--role", type=click.Choice(["staff", "officer"]), default="staff", show_default=True)
@with_appcontext
def bar(account: str, role: str) -> None:
    """Shut an account out, whatever its groups say."""
    _decide(account, role, False, None)


@access.command("report")
@with_appcontext
def report() -> None:
    """Ask Atlassian which of the accounts that are stored were closed; the worker does so each day."""
    try:
        outcome = accounts.run(parts())
    except (accounts.NoTenantError, LookupError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{outcome.state}: {outcome.reported} reported, {outcome.closed} closed, {outcome.updated} updated.")
    if outcome.state != "done":
        raise click.exceptions.Exit(1)


def _decide(account: str, role: str, allowed: bool, until: datetime | None) -> None:
    p = parts()
    with p.database.write() as session:
        authorisations.decide(session, account, role, allow=allowed, until=until, actor=ACTOR, now=p.clock())
    click.echo("Entered.")


@contextlib.contextmanager
def _incident_errors() -> Iterator[None]:
    """What the register refuses, as a command says it."""
    try:
        yield
    except IncidentError as error:
        raise click.ClickException(str(error)) from None


COMMANDS = (disclosures, incident_group, access)
