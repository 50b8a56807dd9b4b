"""A tenant's webhook through the whole guard, without a write, beside a bare Flask 204 on the same kind of server."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from tests.bench.peers import KEY, install, token
from tests.bench.serve import server

PATH = "/webhooks/jira/attachment_created"
CALLS, CLIENTS, ROUNDS = 3_000, 4, 5


def measure(folder: Path) -> tuple[float, float]:
    """Requests a second: (through the guard, bare), medians of rounds that take turns."""
    url = f"sqlite:///{folder / 'guard.db'}"
    install(url)
    settings = {"FAIRTRIAL_DATABASE_URL": url, "FAIRTRIAL_SECRET_KEYS": KEY, "FAIRTRIAL_ALLOWED_SITES": "site.example"}
    with server("app:create_app()", folder, settings) as ours, server("tests.bench.bare:app", folder, {}) as bare:
        headers = {"Content-Type": "application/json"}
        rounds = [
            (_rate(ours, PATH, headers | {"Authorization": f"JWT {token(PATH)}"}), _rate(bare, "/bare", headers))
            for _ in range(ROUNDS)
        ]
    guarded, limit = (median(found) for found in zip(*rounds, strict=True))
    return guarded, limit


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
