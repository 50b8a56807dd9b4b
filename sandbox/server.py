"""The sandbox as a thing that starts and stops: one threaded HTTP server around one world."""

from __future__ import annotations

import base64
import logging
import secrets
import threading
from types import TracebackType

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.state import DEVELOPER_ID, Settings, World
from sandbox.web import create_web


class QuietHandler(WSGIRequestHandler):
    """No line a request: request lines carry tokens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Sandbox:
    """A running sandbox. `with Sandbox(app_url=…) as sandbox:` starts it on a free port and stops it at the end."""

    def __init__(
        self,
        app_url: str = "http://localhost:8080",
        port: int = 0,
        *,
        webhook_secret: str | None = None,
        marketplace_user: str = "vendor@alkaes-example.fr",
        marketplace_token: str | None = None,
        developer_id: str = DEVELOPER_ID,
    ) -> None:
        settings = Settings(
            app_url=app_url.rstrip("/"),
            webhook_secret=webhook_secret or "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
            marketplace_user=marketplace_user,
            marketplace_token=marketplace_token or secrets.token_urlsafe(24),
            developer_id=developer_id,
        )
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server("127.0.0.1", port, _not_yet, threaded=True, request_handler=QuietHandler)
        self.world = World(settings, f"http://localhost:{self._server.server_port}")
        self._server.app = create_web(self.world)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where Jira is; Confluence is `/wiki` below it."""
        return self.world.site_url

    @property
    def settings(self) -> Settings:
        return self.world.settings

    def point_at(self, app_url: str) -> None:
        """Tell it where the app is, when that was not known at the start."""
        self.world.settings = Settings(**{**vars(self.world.settings), "app_url": app_url.rstrip("/")})

    def start(self) -> Sandbox:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._server.server_close()
        self.world.outbox.close()

    def serve_forever(self) -> None:
        """Serve in this thread until it is interrupted."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()
            self.world.outbox.close()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _not_yet(environ: object, start_response: object) -> list[bytes]:
    raise RuntimeError("the sandbox is not started")
