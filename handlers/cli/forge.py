"""`forge`: what the Forge side of the app is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

import click
from flask import current_app
from flask.cli import with_appcontext

from connect.manifest import Endpoint, Page, UnportableError, manifest
from connect.yaml_text import dump
from handlers import forge_app
from handlers.cli.output import as_json, print_json
from handlers.forge_modules import PAGE_MODULES, REMOTE_MODULES
from handlers.lifecycle import rendered_descriptor
from handlers.parts import parts

HEADER = "# Made by `flask --app app forge` from atlassian-connect.json: change it there.\n"
ENDPOINTS = tuple(Endpoint(one.endpoint, one.path, one.kind, one.key, one.events) for one in REMOTE_MODULES)
guided = click.option(
    "--migration-guide", metavar="URL", help="https address of a guide for sites that move from Connect."
)


@click.group("forge")
def group() -> None:
    """The app on Forge."""


@group.command("manifest")
@click.option("--output", type=click.File("w", encoding="utf-8", atomic=True), help="Write to this file.")
@guided
@as_json
@with_appcontext
def write_manifest(output: TextIO | None, migration_guide: str | None, as_json: bool) -> None:
    """Print manifest.yml, made from the Connect descriptor."""
    made = _made(migration_guide)
    if as_json:
        print_json(made)
    elif output is None:
        click.echo(HEADER + dump(made), nl=False)
    else:
        output.write(HEADER + dump(made))


@group.command("package")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@guided
@with_appcontext
def write_package(folder: Path, migration_guide: str | None) -> None:
    """Write the Forge app that hosts the staff pages and the issue panel itself, in place of Connect's frames."""
    text = HEADER + dump(_made(migration_guide, PAGE_MODULES))
    forge_app.write(current_app, folder, text, parts().settings.base_url)
    click.echo(f"Next, in {folder}: npm install && npm run build && forge deploy")


def _made(migration_guide: str | None, pages: tuple[Page, ...] = ()) -> dict[str, Any]:
    settings = parts().settings
    if settings.forge_app_id is None:
        raise click.ClickException("FAIRTRIAL_FORGE_APP_ID is not set")
    if migration_guide is not None and not migration_guide.startswith("https://"):
        raise click.UsageError("--migration-guide must be https")
    try:
        return manifest(
            json.loads(rendered_descriptor(settings.base_url)),
            app_id=settings.forge_app_id,
            endpoints=ENDPOINTS,
            pages=pages,
            migration_guide_url=migration_guide,
        )
    except UnportableError as error:
        raise click.ClickException(str(error)) from None


COMMANDS = (group,)
