"""`support`: configurations read from files, rules, and what customers run."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from services import support
from services.support import fleet, rules


@click.group("support")
def group() -> None:
    """Configurations of support cases."""


@group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def extract(files: tuple[Path, ...], as_json: bool) -> None:
    """Read configurations out of FILES. Exit 0 when one of them could be read."""
    found = support.extract(files)
    if as_json:
        print_json(found)
    else:
        print_table(
            "Files",
            ("name", "format", "status", "reason"),
            [_pick(f, "name format status reason") for f in found["files"]],
        )
        print_table(
            "Components",
            ("kind", "name", "version", "source"),
            [_pick(c, "kind name version source") for c in found["components"]],
        )
    sys.exit(0 if any(file["status"] == "parsed" for file in found["files"]) else 1)


def _pick(row: dict[str, object], names: str) -> list[object]:
    return [row.get(name) for name in names.split()]


@group.command("fleet")
@as_json
@with_appcontext
def fleet_command(as_json: bool) -> None:
    """Which versions customers run, and what is out of support or soon will be. Needs the database."""
    p = parts()
    with p.database.read() as session:
        found = fleet.fleet(session, p.clock().date())
    if as_json:
        print_json({"kinds": found, "ending": fleet.ending(found)})
        return
    for kind, rows in found.items():
        lines = [
            (row["name"] or "others", row["cycle"], row["customers"], (row["support"] or {}).get("until"))
            for row in rows
        ]
        print_table(kind, ("name", "release", "customers", "supported until"), lines)


@group.command("rules")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def rules_command(file: Path | None, as_json: bool) -> None:
    """The rules of warnings: those of the program, or those of FILE. Exit 2 where it is no list of rules."""
    try:
        found = rules.read(file) if file else rules.built_in()
    except rules.RulesError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        print_json([rule.model_dump() for rule in found])
    else:
        print_table("Rules", ("id", "severity", "text"), [(rule.id, rule.severity, rule.text.en) for rule in found])


COMMANDS = (group,)
