"""Signed events until they are durable: beside a bare WSGI 204 of the same server, at a rate, and beside an import."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from connect.webhooks import sign_standard
from models.database import Database
from models.schema import upgrade
from sandbox.stack import ROOT
from tests.bench.guard import KEY, server
from tests.bench.load import CLIENTS, answered, request
from tests.bench.rows import licence_rows

SECRET = "whsec_" + b64encode(b"a secret of the benchmark, 32 by").decode()
REQUESTS, ROUNDS = 3_000, 5
RATE, PACED = 200, 3_000
# Enough that the import outlasts the events beside it.
IMPORTED = 60_000
LIMIT_SHARE, LIMIT_MS, LIMIT_BESIDE_MS = 0.25, 50, 40


def lines(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Rows of the table of benchmarks."""
    url = f"sqlite:///{folder / 'ingest.db'}"
    database = Database(url)
    upgrade(database)
    database.dispose()
    settings = {
        "FAIRTRIAL_DATABASE_URL": url,
        "FAIRTRIAL_SECRET_KEYS": KEY,
        "FAIRTRIAL_ALLOWED_SITES": "site.example",
        "FAIRTRIAL_MARKETPLACE_WEBHOOK_SECRETS": SECRET,
    }
    with server("app:create_app()", folder, settings, workers=2) as ours:
        with server("tests.bench.bare:wsgi", folder, {}, workers=2) as bare:
            rates = [
                (_rate(ours, f"round{number}", 202), _rate(bare, f"round{number}", 204)) for number in range(ROUNDS)
            ]
        events, limit = (median(found) for found in zip(*rates, strict=True))
        share = median(mine / theirs for mine, theirs in rates)
        yield (
            "webhook to durable 202",
            f"{events:.0f} events/s, {CLIENTS} clients, 2 workers; {limit:.0f}/s bare",
            f"{share:.0%} of a bare WSGI 204, {LIMIT_SHARE:.0%} at least",
        )
        steady = _ninety_ninth(answered(ours, _events("steady", PACED), 202, RATE))
        yield f"p99 at {RATE} events/s", f"{steady:.0f} ms", f"{steady / LIMIT_MS:.0%} of {LIMIT_MS} ms"
        beside = _ninety_ninth(_beside_an_import(ours, url))
        yield (
            f"p99 at {RATE} events/s while an import runs",
            f"{beside:.0f} ms",
            f"{beside / LIMIT_BESIDE_MS:.0%} of {LIMIT_BESIDE_MS} ms",
        )


def _events(name: str, count: int) -> list[bytes]:
    now, found = int(time.time()), []
    for number, row in enumerate(licence_rows(count)):
        body, message_id = json.dumps({"type": "licence.observed", "data": row}).encode(), f"{name}_{number}"
        signature = sign_standard(SECRET, message_id=message_id, timestamp=now, body=body)
        headers = {"webhook-id": message_id, "webhook-timestamp": str(now), "webhook-signature": signature}
        found.append(request("/webhooks/marketplace", headers, body))
    return found


def _rate(port: int, name: str, status: int) -> float:
    events = _events(name, REQUESTS)
    begun = time.perf_counter()
    answered(port, events, status)
    return REQUESTS / (time.perf_counter() - begun)


def _beside_an_import(port: int, url: str) -> list[float]:
    events = _events("beside", PACED)
    command = [sys.executable, "-m", "tests.bench.importing", url, str(IMPORTED)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as importing:
        time.sleep(3)
        seconds = answered(port, events, 202, RATE)
        assert importing.poll() is None, "the import was over before the events were"
        importing.kill()
    return seconds


def _ninety_ninth(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[98] * 1000
