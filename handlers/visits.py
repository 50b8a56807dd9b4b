"""Which requests are those of visitors, and go into the access log: the public pages, and nothing of staff or hosts."""

from __future__ import annotations

import structlog
from flask import Flask, Response, request

from handlers.parts import parts
from handlers.privacy_request import caller_address
from services.access_log import Visit

log = structlog.get_logger(__name__)

PUBLIC = ("policy.", "privacy.")


def init_app(app: Flask) -> None:
    """One line a visit. A log that can't be written stops nobody."""

    @app.after_request
    def note(response: Response) -> Response:
        if request.endpoint is not None and request.endpoint.startswith(PUBLIC) and request.url_rule is not None:
            p = parts()
            visit = Visit(
                address=caller_address() or "-",
                method=request.method,
                route=request.url_rule.rule,
                status=response.status_code,
                size=response.content_length or 0,
                agent=request.headers.get("User-Agent", ""),
            )
            try:
                p.access_log.write(visit, p.clock())
            except OSError as error:
                log.error("access-log.failed", kind=type(error).__name__)
        return response
