"""What every template may use: the language, words for codes, who the vendor is, and the host's bridge."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from jinja2 import StrictUndefined
from markupsafe import Markup

from handlers import headers, i18n, labels
from handlers.settings import Settings


def lean(markup: str) -> Markup:
    """Markup without the space that indents it: on a page of rows that is a third of what is sent."""
    return Markup(re.sub(r"\n\s+", "\n", markup))  # noqa: S704 - it was markup before


def init_app(app: Flask, settings: Settings) -> None:
    """Set up the templates. An unknown name in one is an error, never an empty place on the page."""
    environment: Any = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    i18n.init_app(app)
    for filter_ in (labels.label, labels.tone, labels.explanation, labels.by_purpose, lean):
        environment.filters[filter_.__name__] = filter_
    environment.globals.update(vendor=settings.vendor, bridge_url=settings.bridge_url, csp_nonce=headers.nonce)

    @app.context_processor
    def of_this_request() -> dict[str, Any]:
        return {"lang": i18n.language()}
