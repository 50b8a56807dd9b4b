"""The app, with a short way in for events, which come by thousands: Flask costs more than checking and storing one.

An event that is in order is answered here. Why another is refused, Flask says, in the words of every other refusal.
Both ways pass the same guards (`guards.ROUTES` says which) to the same handlers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, g
from werkzeug.exceptions import ClientDisconnected

from handlers import guards, logs, webhooks
from handlers.headers import PLAIN, UNKEPT
from handlers.parts import Parts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY_BYTES = 1024 * 1024
HEADERS = [*PLAIN.items(), *UNKEPT.items()]
# What is answered with, and how it is told; 204 has no body whose length could be told (RFC 9110, 8.6).
ANSWERS = {
    200: ("200 OK", [*HEADERS, ("Content-Length", "0")]),
    202: ("202 ACCEPTED", [*HEADERS, ("Content-Length", "0")]),
    204: ("204 NO CONTENT", HEADERS),
}

Door = Callable[[Request, Parts, bytes], int]


def _marketplace(asked: Request, p: Parts, body: bytes) -> int:
    return webhooks.take_event(p, guards.signed_delivery(asked, p, body), body)


def _jira(event: str, asked: Request, p: Parts, body: bytes) -> int:
    known, _ = guards.host_of(asked, p)
    return webhooks.take_hint(p, known.tenant.id, event, body)


# By path: the route as Flask knows it, and the door.
DOORS: Mapping[str, tuple[str, Door]] = {
    "/webhooks/marketplace": ("/webhooks/marketplace", _marketplace),
    **{f"/webhooks/jira/{event}": ("/webhooks/jira/<event>", partial(_jira, event)) for event in webhooks.JIRA_EVENTS},
}


def _length(environ: WSGIEnvironment) -> int | None:
    """How long the body is; None where that is not told, or too long to be taken."""
    told = environ.get("CONTENT_LENGTH") or ""
    if not told.isdecimal() or len(told) > len(str(MAX_BODY_BYTES)):
        return None
    length = int(told)
    return length if length <= MAX_BODY_BYTES else None


class App(Flask):
    """Flask, asked only where it is needed."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func`: none here is a coroutine, and Flask asks that seven times a request."""
        return func

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer an event of known length by the short way, and everything else by Flask's."""
        found = DOORS.get(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        length = _length(environ) if found else None
        if found is None or length is None:
            return super().wsgi_app(environ, start_response)
        (route, door), started = found, time.monotonic()
        try:
            body = environ["wsgi.input"].read(length)
            if len(body) < length:
                raise ClientDisconnected
            status = door(self.request_class(environ), self.extensions["fairtrial"], body)
        except Exception as error:
            return self._refuse(error, started, environ, start_response)
        logs.note_request(route, "POST", status, started)
        line, headers = ANSWERS[status]
        start_response(line, list(headers))
        return ()

    def _refuse(
        self, error: Exception, started: float, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        with self.request_context(environ):
            g.started = started
            return self.finalize_request(self.handle_user_exception(error))(environ, start_response)
