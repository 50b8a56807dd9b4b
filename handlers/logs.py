"""Structured logs to stdout. A request is logged by its route, never by its URL: URLs hold tokens and ids of people."""

from __future__ import annotations

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger(__name__)


def configure(log_format: str) -> None:
    """JSON lines, or coloured text for a person at a console. Our own and the libraries' logs alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer = structlog.dev.ConsoleRenderer() if log_format == "console" else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # Their lines hold URLs with tokens, or bodies.
    for chatty in ("werkzeug", "urllib3", "atlassian", "huey", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """One line a request: route, method, status, milliseconds."""

    @app.before_request
    def start() -> None:
        g.started = time.monotonic()

    @app.after_request
    def finish(response: Response) -> Response:
        if request.endpoint not in ("static", "health.live"):
            milliseconds = round((time.monotonic() - g.get("started", time.monotonic())) * 1000, 1)
            route = request.url_rule.rule if request.url_rule else None
            log.info("request", route=route, method=request.method, status=response.status_code, ms=milliseconds)
        return response
