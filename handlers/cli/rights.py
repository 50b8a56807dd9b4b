"""`rights`: the desk for requests of people, on the console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import Any

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import Parts, parts
from models.rights import Right, RightsCase
from services import audit, rights
from services.erasure import completion
from services.rights import NewRequest, cases, clock, deadlines, desk, fulfilment
from services.rights.fulfilment import Given

ACTOR = "console"
COLUMNS = ("id", "kind", "channel", "state", "received_on", "due_on", "days_left", "urgency")


@click.group("rights")
def group() -> None:
    """Requests of people for their rights."""


@group.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@as_json
@with_appcontext
def list_command(everything: bool, as_json: bool) -> None:
    """The requests, the most urgent first. Nothing personal is shown."""
    p = parts()
    with p.database.read() as session:
        found = cases.list_cases(session, today=deadlines.day_of(p.clock()), open_only=not everything)
    if as_json:
        print_json({"items": found, "total": len(found)})
    else:
        print_table("Requests", COLUMNS, [[case[name] for name in COLUMNS] for case in found])


@group.command("open")
@click.argument("kind", required=False, type=click.Choice([right.value for right in Right]))
@click.argument("email", required=False)
@click.option("--kind", "--right", "--type", "kind_option", type=click.Choice([right.value for right in Right]))
@click.option("--email", "email_option", help="The address to answer to, by which we know the person.")
@click.option("--channel", type=click.Choice(cases.CHANNELS), default="mail", show_default=True)
@click.option(
    "--received", type=click.DateTime(["%Y-%m-%d"]), help="The day on which it reached us; today if not given."
)
@click.option("--lang", "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--details", "--message", help="The words of the request; they are sealed.")
@click.option("--reference", help="The key of the Jira issue, the number of the letter.")
@click.option("--check-identity", is_flag=True, help="Mail a link to the address first; else you answer for who it is.")
@as_json
@with_appcontext
def open_command(
    kind: str | None,
    email: str | None,
    kind_option: str | None,
    email_option: str | None,
    channel: str,
    received: datetime | None,
    lang: str,
    details: str | None,
    reference: str | None,
    check_identity: bool,
    as_json: bool,
) -> None:
    """Take a request down: KIND and EMAIL, in this order or as options. The clock runs from its receipt."""
    p = parts()
    now = p.clock()
    wanted, address = kind or kind_option, email or email_option
    if not wanted or not address:
        raise click.UsageError("a request needs a KIND and an EMAIL")
    at = min(datetime.combine(received.date(), time(12), UTC), now) if received else now
    new = NewRequest(wanted, address, channel, lang, at, details, reference)
    try:
        with p.database.write() as session:
            taken = desk.take(session, p.vault, new, actor=ACTOR, now=now, check_identity=check_identity)
    except rights.BadRequestError as error:
        raise click.BadParameter(str(error)) from None
    if as_json:
        print_json(taken["case"] | {"new": taken["new"]})
    else:
        _show(taken["case"])


@group.command()
@click.argument("case_id")
@as_json
@with_appcontext
def show(case_id: str, as_json: bool) -> None:
    """One request whole, with address and time line. The look is entered in the journal."""
    p = parts()
    with _case(p, case_id) as (session, case):
        found = cases.show_case(session, p.vault, case, deadlines.day_of(p.clock()))
        audit.record(
            session, actor=ACTOR, action="rights.read", subject=case.person_ref, purpose="rights", now=p.clock()
        )
    if as_json:
        print_json(found)
        return
    _show(found)
    print_table("Time line", ("at", "event", "actor"), [(e["at"], e["event"], e["actor"]) for e in found["timeline"]])


@group.command()
@click.argument("case_id")
@as_json
@with_appcontext
def plan(case_id: str, as_json: bool) -> None:
    """What fulfilling would do; of an erasure every field, its fate, and what the law keeps."""
    p = parts()
    with _case(p, case_id) as (session, case):
        made = fulfilment.plan_case(session, p.vault, case, actor=ACTOR, now=p.clock())
    if as_json:
        print_json(made)
        return
    _show(made["case"])
    for title, name in (("Erased or kept", "lines"), ("Kept by law", "holds")):
        rows = [
            (
                line["table"],
                ", ".join(line["fields"]),
                line["rows"],
                line["fate"],
                (line["law"] or {}).get("en"),
                line["until"],
            )
            for line in (made["erasure"] or {}).get(name, [])
        ]
        if rows:
            print_table(title, ("table", "fields", "rows", "fate", "law", "until"), rows)


@group.command()
@click.argument("case_id")
@click.option(
    "--set", "fields", multiple=True, metavar="FIELD=VALUE", help="A rectification: name, email, phone, company."
)
@click.option("--action", help="A directive: retain, erase, communicate, revoke.")
@click.option("--executor", help="A directive: who is to see to it.")
@click.option("--deceased", is_flag=True, help="A directive: evidence of the death was seen; do what they wanted.")
@as_json
@with_appcontext
def fulfil(
    case_id: str, fields: tuple[str, ...], action: str | None, executor: str | None, deceased: bool, as_json: bool
) -> None:
    """Do what was asked, and answer. Run again after an interruption it goes on; done twice is done once.

    Exit 1 when the identity is still open, or when something erased was found again afterwards.
    """
    p = parts()
    pairs = dict(pair.split("=", 1) for pair in fields if "=" in pair)
    if len(pairs) != len(fields):
        raise click.BadParameter("is written FIELD=VALUE", param_hint="--set")
    given = Given(pairs, action, executor, deceased)
    with _case(p, case_id) as (session, case):
        done = fulfilment.fulfil(session, p.vault, case, actor=ACTOR, now=p.clock(), given=given)
    searched = completion.complete(p.database, p.vault, p.journal, p.clock())
    if done["certificate"]:
        with p.database.read() as session:
            done["certificate"] = fulfilment.certificate(session, done["certificate"]["certificate"]["certificate"])
    if as_json:
        print_json(done)
    else:
        _show(done["case"])
        if done["certificate"]:
            print_json(done["certificate"])
    residue = (done["certificate"] or {}).get("certificate", {}).get("residue")
    if not searched or (residue and residue["found"]):
        raise click.ClickException("something that was erased was found, or could not be searched for yet")


@group.command()
@click.argument("case_id")
@click.option("--reason", type=click.Choice(clock.EXTENSION_REASONS), required=True)
@with_appcontext
def extend(case_id: str, reason: str) -> None:
    """Take two months more, and tell the person why. Only within the first month."""
    p = parts()
    with _case(p, case_id) as (session, case):
        clock.extend(session, p.vault, case, reason=reason, actor=ACTOR, now=p.clock())
    click.echo(f"Due on {case.due_on}.")


@group.command()
@click.argument("case_id")
@click.option("--reason", type=click.Choice(fulfilment.REFUSALS), required=True)
@with_appcontext
def refuse(case_id: str, reason: str) -> None:
    """Say no, with the reason and the remedies."""
    p = parts()
    with _case(p, case_id) as (session, case):
        fulfilment.refuse(session, p.vault, case, reason=reason, actor=ACTOR, now=p.clock())
    click.echo("Refused.")


@contextmanager
def _case(p: Parts, case_id: str) -> Iterator[tuple[Any, RightsCase]]:
    """A transaction around one case; what can't be done ends with 1 and the reason."""
    try:
        with p.database.write() as session:
            case = cases.find(session, case_id)
            if case is None:
                raise click.ClickException("there is no request with this id")
            yield session, case
    except (rights.WrongStateError, rights.NotPossibleError) as error:
        raise click.ClickException(str(error)) from None


def _show(case: dict[str, Any]) -> None:
    print_table("Request", ("what", "value"), [(name, case.get(name)) for name in (*COLUMNS, "person", "reference")])


COMMANDS = (group,)
