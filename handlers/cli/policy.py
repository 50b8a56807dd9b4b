"""`policy`: check, render, compare and publish the privacy policy."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from handlers import publishing
from handlers.cli.output import as_json, print_json, print_table
from handlers.parts import parts
from handlers.publishing import NotPublishableError
from models.register import LANGUAGES, REGISTER, Language
from services import policy
from services.policy import Outcome, PolicyError

in_language = click.option("--lang", type=click.Choice(LANGUAGES), help="One language only.")
FINE = (Outcome.PUBLISHED, Outcome.UNCHANGED, Outcome.PENDING)


@click.group("policy")
def group() -> None:
    """The privacy policy."""


@group.command()
@click.option(
    "--listing",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Answers of the Marketplace's Privacy & Security tab (JSON, or `question: answer` lines).",
)
@as_json
@with_appcontext
def check(listing: Path | None, as_json: bool) -> None:
    """Do both languages agree with each other and with the register? Exit 1 on errors, 2 on what cannot be read.

    With --listing: do the answers of the listing agree with the register?
    """
    s = parts().settings
    try:
        findings = (
            policy.check_listing(listing, REGISTER, s.vendor, s.base_url)
            if listing is not None
            else policy.check(s.policy_dir, s.vendor)
        )
    except PolicyError as error:
        raise UnreadableError(str(error)) from None
    if as_json:
        print_json({"findings": findings})
    else:
        rows = [list(found.values()) for found in findings]
        print_table(f"{len(findings)} findings", ("rule", "severity", "lang", "where", "message"), rows)
    unreadable = [found for found in findings if found["rule"] in policy.UNREADABLE]
    for found in unreadable:
        click.echo(f"Error: {found['where']}: {found['message']}", err=True)
    sys.exit(2 if unreadable else 1 if any(found["severity"] == "error" for found in findings) else 0)


@group.command()
@in_language
@click.option("--form", type=click.Choice(["html", "storage", "text"]), default="text", show_default=True)
@with_appcontext
def render(lang: Language | None, form: policy.Form) -> None:
    """Print the policy with the register's figures in it."""
    current = _load()
    for language in [lang] if lang else LANGUAGES:
        click.echo(policy.render(current, language, form))


@group.command()
@in_language
@as_json
@with_appcontext
def diff(lang: Language | None, as_json: bool) -> None:
    """What publishing now would change, clause by clause."""
    current = _load()
    with parts().database.read() as session:
        changed = policy.diff(session, current)
    shown = {language: [asdict(change) for change in changed[language]] for language in ([lang] if lang else LANGUAGES)}
    if as_json:
        print_json(shown)
        return
    for language, changes in shown.items():
        if changes:
            print_table(language, list(changes[0]), [list(change.values()) for change in changes])
        else:
            click.echo(f"{language}: nothing changes")


@group.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done, write nothing.")
@click.option("--restore", is_flag=True, help="Put the policy back over edits of others that are held.")
@as_json
@with_appcontext
def publish(dry_run: bool, restore: bool, as_json: bool) -> None:
    """Bring the pages in Confluence up to date, in both languages. A second run writes nothing."""
    p = parts()
    try:
        if dry_run:
            text = _load()
            tenant, target = publishing.target(p)
            with p.database.read() as session:
                results = policy.plan(session, p.confluence_for(tenant), text, target, now=p.clock())
        else:
            results = list(publishing.publish(p, author="console", restore=restore))
    except PolicyError as error:
        raise UnreadableError(str(error)) from None
    except NotPublishableError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        columns = ("lang", "outcome", "policy_version", "page_id", "page_version", "reason")
        print_table("Publication", columns, [[getattr(result, name) for name in columns] for result in results])
        for result in results:
            if result.difference:
                click.echo(f"--- {result.lang}: page in Confluence\n+++ {result.lang}: policy\n{result.difference}")
    sys.exit(0 if all(result.outcome in FINE for result in results) else 1)


def _load() -> policy.Policy:
    try:
        return publishing.load(parts())
    except PolicyError as error:
        raise UnreadableError(str(error)) from None


class UnreadableError(click.ClickException):
    """Input that cannot be read at all: exit 2, as for a wrong option."""

    exit_code = 2


COMMANDS = (group,)
