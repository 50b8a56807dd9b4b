"""What every template may use: languages, words for codes, who the vendor is, and the host's bridge."""

from __future__ import annotations

from typing import Any

from flask import Flask, g

from handlers import i18n, labels
from handlers.parts import parts


def init_app(app: Flask) -> None:
    """Set up the templates. An unknown name in one is an error, never an empty place on the page."""
    environment: Any = app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    i18n.init_app(app)
    environment.filters.update(label=labels.label, tone=labels.tone, explanation=labels.explanation)
    app.context_processor(_shared)


def _shared() -> dict[str, Any]:
    settings = parts().settings
    return {
        "lang": i18n.language(),
        "vendor": settings.vendor,
        "bridge_url": settings.bridge_url,
        "csp_nonce": g.get("csp_nonce", ""),
    }
