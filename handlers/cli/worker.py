"""`worker`: the process that does what was stored."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from handlers.parts import parts


@click.command("worker")
@with_appcontext
def command() -> None:
    """Work on events and effects until told to stop."""
    # huey is for the worker alone; the other commands start faster without it.
    from handlers import worker

    worker.run(parts())


COMMANDS = (command,)
