"""Structured logs. A request is logged by its route, never by its URL: URLs hold tokens and ids of people.

What our own lines hold is chosen where they are written. Those of libraries are another's, so every line is scrubbed:
of an exception only its kind and where it came from is kept, and what looks like a token, a secret or an address goes.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, Response, g, request

from models.database import to_json

log = structlog.get_logger(__name__)

# Their lines hold URLs with tokens, or bodies.
CHATTY = ("werkzeug", "urllib3", "atlassian", "huey", "alembic")
MAX_FRAMES = 8
STAMP: list[structlog.typing.Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
SECRETS = re.compile(
    r"""eyJ[\w-]{5,}\.[\w-]*(\.[\w-]*)?        # a JWT, or most of one
    | whsec_[\w+/=-]+
    | \b(?:Bearer|JWT|Basic)\s+[\w.+/=~-]{8,}
    | (?<=://)[^\s/@:]*:[^\s/@]*(?=@)          # the password in a URL
    | (?<=\bjwt=)[^\s&"']+ | (?<=\btoken=)[^\s&"']+ | (?<=\bsecret=)[^\s&"']+
    | [\w.+%-]+@[\w-]+(?:\.[\w-]+)+            # an address
    """,
    re.VERBOSE | re.IGNORECASE,
)
# One of these is in whatever SECRETS finds. Looking for them first costs a tenth of the search.
MARKS = ("eyj", "whsec_", "bearer", "jwt", "basic", "://", "token=", "secret=", "@")


def configure(log_format: str) -> None:
    """JSON lines on stderr, or coloured text for a person at a console. Our own and the libraries' logs alike."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(log_format))
    structlog.configure(
        processors=[*STAMP, *_writing(log_format)],
        # Our own lines go straight to the stream: through the library's records, one costs as much as a token's check.
        logger_factory=lambda *_: Lines(handler),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


class Lines:
    """Writes finished lines to the stream of a handler, one at a time with the lines of libraries."""

    def __init__(self, handler: logging.StreamHandler[Any]) -> None:
        self._handler = handler

    def msg(self, line: str) -> None:
        """Write one line."""
        self._handler.acquire()
        try:
            self._handler.stream.write(line + "\n")
            self._handler.flush()
        finally:
            self._handler.release()

    debug = info = warning = error = critical = msg


def formatter(log_format: str) -> logging.Formatter:
    """How the lines of libraries are written: as ours are."""
    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=STAMP, processors=[drop_meta, *_writing(log_format)])


def _writing(log_format: str) -> list[structlog.typing.Processor]:
    written = [_scrub, structlog.dev.ConsoleRenderer()] if log_format == "console" else [_json]
    return [_name_exception, *written]


def init_app(app: Flask) -> None:
    """One line a request: route, method, status, milliseconds."""

    @app.before_request
    def start() -> None:
        g.started = time.monotonic()

    @app.after_request
    def finish(response: Response) -> Response:
        if request.endpoint not in ("static", "health.live"):
            route = request.url_rule.rule if request.url_rule else None
            note_request(route, request.method, response.status_code, g.get("started", time.monotonic()))
        return response


def note_request(route: str | None, method: str, status: int, started: float) -> None:
    """Write the line of one request. `started`: by the monotonic clock, in seconds."""
    log.info("request", route=route, method=method, status=status, ms=round((time.monotonic() - started) * 1000, 1))


def frames_of(trace: TracebackType | None) -> list[str]:
    """Where an exception came from, without a word of what it says: its message may hold personal data."""
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-MAX_FRAMES:]]


def _name_exception(logger: Any, method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    info = line.pop("exc_info", None)
    line.pop("stack_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        line.update(kind=type(error).__name__, frames=frames_of(error.__traceback__))
    return line


def _scrub(logger: Any, method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: scrubbed(value) if isinstance(value, str) else value for name, value in line.items()}


def _json(logger: Any, method: str, line: structlog.typing.EventDict) -> str:
    text = to_json(line, repr)
    # Hardly any line holds a mark, and one look at the whole of it costs less than one at each of its values.
    return to_json(_scrub(logger, method, line), repr) if _is_suspect(text) else text


def scrubbed(text: str) -> str:
    """`text` with whatever looks like a token, a secret or an address taken out."""
    return SECRETS.sub("…", text) if _is_suspect(text) else text


def _is_suspect(text: str) -> bool:
    lower = text.lower()
    return any(mark in lower for mark in MARKS)
