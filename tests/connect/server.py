"""A small real HTTP server on localhost that answers by a function and remembers what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came: `url` is the raw path with query."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    peer: int

    @property
    def path(self) -> str:
        return self.url.partition("?")[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Reply:
    """An answer. `raw` takes the whole conversation over: it gets a function that writes bytes to the wire."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[Callable[[bytes], None]], None] | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Server:
    """A running server. Set `answer` to what it shall say."""

    base: str = ""
    netloc: str = ""
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], Reply] = lambda _: Reply(404)

    def script(self, *replies: Reply) -> None:
        """Answer with these, one after the other, and with 500 when they are used up."""
        rest = iter(replies)
        self.answer = lambda _: next(rest, Reply(500))


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server on a free port of localhost."""
    server = Server()
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, self.path, dict(self.headers), body, self.client_address[1])
            server.asked.append(asked)
            reply = server.answer(asked)
            if reply.raw:
                self.close_connection = True
                reply.raw(self._write)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self._write(reply.content)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

        def _write(self, data: bytes) -> None:
            if not stop.is_set():
                self.wfile.write(data)
                self.wfile.flush()

        def log_message(self, *_: Any) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, TimeoutError, ssl.SSLError):
                self.close_connection = True

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            return

    httpd = Quiet(("127.0.0.1", 0), Handler)
    server.netloc = f"127.0.0.1:{httpd.server_address[1]}"
    server.base = f"http://{server.netloc}"
    if tls:
        server.base = f"https://{server.netloc}"
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()
