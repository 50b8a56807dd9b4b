"""gunicorn, made as discreet as the app: what it refuses by itself is neither repeated to the caller nor written down.

Out of the box it echoes the bad request line into page and log; request lines hold tokens. Named in gunicorn.conf.py.
"""

from __future__ import annotations

import socket
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from handlers.headers import PLAIN, UNKEPT
from handlers.logs import formatter

STATUSES = {
    errors.LimitRequestLine: "414 URI Too Long",
    errors.LimitRequestHeaders: "431 Request Header Fields Too Large",
    errors.ExpectationFailed: "417 Expectation Failed",
    errors.UnsupportedTransferCoding: "501 Not Implemented",
}


class DiscreetLogger(Logger):  # type: ignore[misc]
    """gunicorn's own lines in the format of ours, without the words of exceptions."""

    def setup(self, cfg: Any) -> None:
        """Give every handler of gunicorn our format."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter("json"))


class DiscreetWorker(ThreadWorker):  # type: ignore[misc]
    """Threads, and an answer of our own to requests that never reach the app."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Refuse a request that gunicorn cannot read (400, 414, 431 …), or own up to a fault (500)."""
        is_theirs = isinstance(exc, errors.ParseException)
        status = STATUSES.get(type(exc), "400 Bad Request" if is_theirs else "500 Internal Server Error")
        log = self.log.info if is_theirs else self.log.error
        log("request not served: %s, %s", status[:3], type(exc).__name__)
        headers = PLAIN | UNKEPT | {"Content-Length": "0", "Connection": "close"}
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        try:
            write_nonblock(client, "\r\n".join(lines).encode())
        except OSError:
            self.log.debug("the caller is gone")
