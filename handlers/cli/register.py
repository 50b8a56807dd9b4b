"""`register`: the record of processing activities."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.settings import ROOT, Settings
from models.register import Vendor
from services import privacy_register

PAGE = ROOT / "docs" / "privacy-register.md"


def vendor() -> Vendor:
    """The controller that the page names: the built-in one, or a checkout's page would change with its settings."""
    fields = Settings.model_fields
    return Vendor(*(str(fields[f"vendor_{name}"].default) for name in ("name", "contact_email", "address")))


@click.group("register")
def group() -> None:
    """The register of processing."""


@group.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the page is not what would be written.")
@with_appcontext
def docs(check: bool) -> None:
    """Write docs/privacy-register.md."""
    made = privacy_register.document(vendor())
    if not check:
        PAGE.write_text(made, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != made:
        raise click.ClickException("the page is not what the register says: run `flask --app app register docs`")
    click.echo(f"{PAGE.relative_to(ROOT)} is what the register says.")


COMMANDS = (group,)
