"""A tenant's webhook through the whole guard, without a write, beside a bare Flask 204 on the same kind of server."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from connect import tokens
from handlers.settings import APP_KEY
from models.database import Database
from models.schema import upgrade
from models.vault import Vault
from sandbox.stack import ROOT
from services.tenants import LifecycleCall, apply

KEY = "a-key-for-the-benchmark"
SECRET = "a-shared-secret-of-forty-characters-or-more"
PATH = "/webhooks/jira/attachment_created"
CALLS, CLIENTS, ROUNDS = 3_000, 4, 5


def measure(folder: Path) -> tuple[float, float]:
    """Requests a second: (through the guard, bare), medians of rounds that take turns."""
    url = f"sqlite:///{folder / 'guard.db'}"
    _install(url)
    settings = {"FAIRTRIAL_DATABASE_URL": url, "FAIRTRIAL_SECRET_KEYS": KEY, "FAIRTRIAL_ALLOWED_SITES": "site.example"}
    with server("app:create_app()", folder, settings) as ours, server("tests.bench.bare:app", folder, {}) as bare:
        headers = {"Content-Type": "application/json"}
        rounds = [
            (_rate(ours, PATH, headers | {"Authorization": f"JWT {_token()}"}), _rate(bare, "/bare", headers))
            for _ in range(ROUNDS)
        ]
    guarded, limit = (median(found) for found in zip(*rounds, strict=True))
    return guarded, limit


def _install(url: str) -> None:
    body = {
        "key": APP_KEY,
        "clientKey": "bench",
        "sharedSecret": SECRET,
        "baseUrl": "https://site.example",
        "productType": "jira",
    }
    database, now = Database(url), datetime.now(UTC)
    upgrade(database)
    with database.write() as session:
        apply(session, Vault([KEY]), LifecycleCall("installed", body, now), now)
    database.dispose()


def _token() -> str:
    qsh = tokens.query_string_hash("POST", PATH)
    return tokens.sign(SECRET, issuer="bench", qsh=qsh, now=int(time.time()), lifetime=180)


@contextmanager
def server(app: str, folder: Path, settings: Mapping[str, str], workers: int = 1) -> Iterator[int]:
    """The port of an app on the server that production has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | settings | {"PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", app]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("a server did not start")


def _rate(port: int, path: str, headers: Mapping[str, str]) -> float:
    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(CALLS // CLIENTS):
            connection.request("POST", path, b"{}", dict(headers))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 204, answer.status

    begun = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CALLS / (time.perf_counter() - begun)
