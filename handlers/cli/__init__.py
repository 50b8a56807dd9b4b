"""Commands: `flask --app app …`. Reading ones take `--json`; exit 0 fine, 1 something is wrong, 2 wrongly called."""

from __future__ import annotations

from flask import Flask

from handlers.cli import (
    accountability,
    audit,
    backup,
    consent,
    correspondence,
    database,
    exchange,
    forge,
    links,
    marketplace,
    notices,
    policy,
    prospects,
    queues,
    register,
    retention,
    rights,
    support,
    suppress,
    worker,
)


def init_app(app: Flask) -> None:
    """Add every command."""
    for module in (
        accountability,
        audit,
        backup,
        consent,
        correspondence,
        database,
        exchange,
        forge,
        links,
        marketplace,
        notices,
        policy,
        prospects,
        queues,
        register,
        retention,
        rights,
        support,
        suppress,
        worker,
    ):
        for command in module.COMMANDS:
            app.cli.add_command(command)
