"""The application: wiring only."""

from __future__ import annotations

import sys

from flask import Flask

from handlers import (
    cli,
    confluence,
    correspondence,
    desk,
    errors,
    exchange,
    fleet,
    forge,
    guards,
    headers,
    health,
    lifecycle,
    logs,
    macros,
    notes,
    organisations,
    packing,
    pages,
    policy,
    privacy,
    privacy_request,
    rights,
    staff,
    support,
    visits,
    webhooks,
)
from handlers.doors import MAX_BODY_BYTES, App
from handlers.parts import Parts
from handlers.settings import Settings, SettingsError, load_settings


def create_app(settings: Settings | None = None) -> Flask:
    """The app, ready to be served. `settings` None: from the environment; a wrong one ends the process, named."""
    try:
        parts = Parts(settings or load_settings())
    except SettingsError as error:
        sys.exit(f"fairtrial: {error}")
    app = App(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["fairtrial"] = parts
    logs.configure(parts.settings.log_format)
    for edge in (logs, visits, errors, guards):
        edge.init_app(app)
    headers.init_app(app, parts.settings)
    packing.init_app(app)
    pages.init_app(app, parts.settings)
    cli.init_app(app)
    for part in (
        correspondence,
        desk,
        exchange,
        fleet,
        forge,
        health,
        lifecycle,
        confluence,
        macros,
        notes,
        organisations,
        policy,
        privacy,
        privacy_request,
        rights,
        staff,
        support,
        webhooks,
    ):
        app.register_blueprint(part.blueprint)
    return app
