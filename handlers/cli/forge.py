"""`forge`: what the Forge side of the app is made of."""

from __future__ import annotations

import json
from typing import TextIO

import click
from flask.cli import with_appcontext

from connect.manifest import Endpoint, UnportableError, manifest
from connect.yaml_text import dump
from handlers.cli.output import as_json, print_json
from handlers.forge_modules import REMOTE_MODULES
from handlers.lifecycle import rendered_descriptor
from handlers.parts import parts

HEADER = "# Made by `flask --app app forge manifest` from atlassian-connect.json: change it there.\n"
ENDPOINTS = tuple(Endpoint(one.endpoint, one.path, one.kind, one.key, one.events) for one in REMOTE_MODULES)


@click.group("forge")
def group() -> None:
    """The app on Forge."""


@group.command("manifest")
@click.option("--output", type=click.File("w", encoding="utf-8", atomic=True), help="Write to this file.")
@click.option("--migration-guide", metavar="URL", help="https address of a guide for sites that move from Connect.")
@as_json
@with_appcontext
def write_manifest(output: TextIO | None, migration_guide: str | None, as_json: bool) -> None:
    """Print manifest.yml, made from the Connect descriptor."""
    settings = parts().settings
    if settings.forge_app_id is None:
        raise click.ClickException("FAIRTRIAL_FORGE_APP_ID is not set")
    if migration_guide is not None and not migration_guide.startswith("https://"):
        raise click.UsageError("--migration-guide must be https")
    try:
        made = manifest(
            json.loads(rendered_descriptor(settings.base_url)),
            app_id=settings.forge_app_id,
            endpoints=ENDPOINTS,
            migration_guide_url=migration_guide,
        )
    except UnportableError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(made)
    elif output is None:
        click.echo(HEADER + dump(made), nl=False)
    else:
        output.write(HEADER + dump(made))


COMMANDS = (group,)
