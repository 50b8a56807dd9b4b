"""`prospects`: what staff see, on the console."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from services import audit, prospects
from services.prospects import BadCursorError, Filters

ACTOR = "console"


for_purpose = click.option(
    "--purpose",
    type=click.Choice(["prospecting", "support", "rights"]),
    default="prospecting",
    help="Why you look; it is entered in the journal.",
)


@click.group("prospects")
def group() -> None:
    """People who evaluate, and their licences."""


@group.command("list")
@click.option("--state")
@click.option("--app", "app_name", help="Key or name of an app.")
@click.option("--email")
@click.option("--q", help="Part of a name, an address, a company or an organisation.")
@click.option("--limit", type=click.IntRange(1, prospects.MAX_LIMIT), default=50, show_default=True)
@click.option("--after", help="The `next` of the page before.")
@click.option("--sort", type=click.Choice(prospects.SORTS), default="-last_observed", show_default=True)
@for_purpose
@as_json
@with_appcontext
def list_command(
    state: str | None,
    app_name: str | None,
    email: str | None,
    q: str | None,
    limit: int,
    after: str | None,
    sort: str,
    purpose: str,
    as_json: bool,
) -> None:
    """Prospects, latest news first. The look is entered in the journal."""
    p = parts()
    try:
        with p.database.write() as session:
            filters = Filters(state=state, app=app_name, email=email, q=q)
            page = prospects.list_prospects(
                session, p.vault, filters, limit=limit, after=after, sort=sort, count_to=None
            )
            audit.record_list(session, page["items"], actor=ACTOR, purpose=purpose, now=p.clock())
    except BadCursorError as error:
        raise click.BadParameter(str(error), param_hint="--after") from None
    if as_json:
        print_json(page)
        return
    columns = ("id", "name", "organisation", "state", "apps", "ends", "consent")
    print_table(
        f"Prospects ({len(page['items'])} of {page['total']})",
        columns,
        [
            (i["id"], i["name"], i["organisation"]["name"], i["state"], i["apps"], i["ends_on"], i["consent"])
            for i in page["items"]
        ],
    )
    if page["next"]:
        click.echo(f"More: --after {page['next']}")


@group.command()
@click.argument("prospect_id")
@for_purpose
@as_json
@with_appcontext
def show(prospect_id: str, purpose: str, as_json: bool) -> None:
    """One prospect, with evaluations, consent and time line. The look is entered in the journal."""
    p = parts()
    with p.database.write() as session:
        found = prospects.show_prospect(session, p.vault, prospect_id)
        if found is None:
            raise click.ClickException("there is no prospect with this id")
        audit.record(session, actor=ACTOR, action="prospect.read", subject=prospect_id, purpose=purpose, now=p.clock())
    if as_json:
        print_json(found)
        return
    print_table("Prospect", ("what", "value"), [(name, found[name]) for name in ("id", "state", "flags")])
    print_table("Person", ("what", "value"), list(found["person"].items()))
    print_table("Organisation", ("what", "value"), list(found["organisation"].items()))
    for title, rows in (("Evaluations", found["evaluations"]), ("Consent", found["consent"])):
        if rows:
            print_table(title, list(rows[0]), [list(row.values()) for row in rows])


@group.command()
@as_json
@with_appcontext
def links(as_json: bool) -> None:
    """A line per licence: the ids known for it, its person, its organisation."""
    with parts().database.read() as session:
        found = prospects.licence_links(session)
    if as_json:
        for line in found:
            print_json(line)
        return
    print_table("Links", ("licence", "ids", "person", "organisation"), [list(line.values()) for line in found])


COMMANDS = (group,)
