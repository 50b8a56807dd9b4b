"""`sync`: bring in what the Marketplace reports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connect.http import UpstreamError
from connect.marketplace import Reporting
from handlers import export_file, work
from handlers.cli.output import as_json, print_json
from handlers.parts import Parts, parts
from services.marketplace import poll
from services.marketplace.ingest import Summary

NOT_SET = "MARKETPLACE_DEVELOPER_ID, MARKETPLACE_USER and MARKETPLACE_TOKEN are not set"

# Without these nothing is known. The others only add to it, and not every account may read them.
ESSENTIAL = ("licences", "transactions")


@click.group("sync")
def group() -> None:
    """Bring in what others know."""


@group.command("marketplace")
@click.option("--full", is_flag=True, help="Everything, not only what changed since the last time.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="What changed on this day or later.")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An export on disk.")
@click.option("--licence", help="The whole history of one licence, by any of its ids.")
@as_json
@with_appcontext
def marketplace(full: bool, since: datetime | None, path: Path | None, licence: str | None, as_json: bool) -> None:
    """Licences and transactions, from the Marketplace or from an export. Safe to repeat and to interrupt."""
    p = parts()
    try:
        with _progress() as progress:
            if path:
                summary = _from_file(p, path, progress)
            elif licence:
                rows = _reporting(p).history(licence)
                summary = poll.take_all(
                    p.database, p.vault, rows, source="history", as_of=None, now=p.clock(), progress=progress.show
                )
            else:
                summary = _from_marketplace(p, full, since, progress)
    except export_file.UnreadableExportError as error:
        raise click.ClickException(f"{error}: no row of it was taken in") from None
    except UpstreamError as error:
        raise click.ClickException(f"the Marketplace gave no whole export ({error})") from None
    if as_json:
        print_json(asdict(summary))
    else:
        told = asdict(summary).items()
        click.echo(", ".join(f"{count} {name}" for name, count in told))


def _from_file(p: Parts, path: Path, progress: _Bar) -> Summary:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with export_file.rows_of(path) as rows:
        return poll.take_file(p.database, p.vault, rows, digest=digest, now=p.clock(), progress=progress.show)


def _reporting(p: Parts) -> Reporting:
    if p.reporting is None:
        raise click.ClickException(NOT_SET)
    return p.reporting


def _from_marketplace(p: Parts, full: bool, since: datetime | None, progress: _Bar) -> Summary:
    _reporting(p)
    total = Summary()
    failed: UpstreamError | None = None
    day = since.date() if since else None
    for feed, fetch in work.feeds(p).items():
        try:
            total += poll.sync(
                p.database, p.vault, fetch, feed=feed, since=day, full=full, now=p.clock(), progress=progress.show
            )
        except UpstreamError as error:
            # An account may read some of the reports and others not: what it may is brought.
            click.echo(f"The report of {feed} did not come ({error}).", err=True)
            if feed in ESSENTIAL:
                failed = failed or error
    if failed is not None:
        raise failed
    with p.database.read() as session:
        for feed in poll.shrunk(session):
            click.echo(f"The report of {feed} has lost more than a tenth of its rows: it is asked for again.", err=True)
    return total


class _Bar:
    """A line of progress on a terminal, and nothing anywhere else."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("rows", total=None)

    def show(self, summary: Summary) -> None:
        """So many rows are done."""
        self._progress.update(self._task, description=f"{summary.rows} rows, {summary.new} new")


@contextmanager
def _progress() -> Iterator[_Bar]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Bar(progress)


COMMANDS = (group,)
