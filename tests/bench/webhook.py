"""Webhooks until they are durable: beside a bare WSGI 204 of the same server, at a steady rate, beside a back-fill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from connect.webhooks import sign_standard
from models.database import Database
from models.schema import upgrade
from sandbox.stack import ROOT
from tests.bench.load import Outcome, drive, request
from tests.bench.rows import licence_rows
from tests.bench.serve import server

WORKERS, CLIENTS, ROUNDS = 2, 16, 5
EVENTS = 3_000
RATE, STEADY = 200, 2_000
P99_MS, P99_BESIDE_MS = 50, 40
BACK_FILL = 50_000
SECRET = "whsec_" + "YmVuY2htYXJrLXNlY3JldC1vZi1tYXJrZXRwbGFjZQ=="
PATH = "/webhooks/marketplace"


def lines(folder: Path) -> list[tuple[str, str, str]]:
    """The lines of the table."""
    settings = {
        "FAIRTRIAL_DATABASE_URL": f"sqlite:///{folder / 'web.db'}",
        "FAIRTRIAL_SECRET_KEYS": "a-key-for-the-benchmark",
        "FAIRTRIAL_MARKETPLACE_WEBHOOK_SECRETS": SECRET,
    }
    upgrade(Database(settings["FAIRTRIAL_DATABASE_URL"]))
    with (
        server("app:create_app()", folder, settings, WORKERS) as ours,
        server("tests.bench.bare:wsgi", folder, {}, WORKERS) as bare,
    ):
        rounds = [(_flat_out(ours, 202, f"flat-{number}"), _flat_out(bare, 204, "bare")) for number in range(ROUNDS)]
        steady = _steady(ours, "steady")
        with _back_fill(folder, settings):
            beside = _steady(ours, "beside")
    events, limit = median(mine.rate for mine, _ in rounds), median(theirs.rate for _, theirs in rounds)
    return [
        (
            "webhook to durable 202",
            f"{events:.0f} events/s, {WORKERS} workers, {CLIENTS} clients",
            f"{events / limit:.0%} of a bare WSGI 204 of the same gunicorn",
        ),
        _late(f"the slowest of a hundred, at {RATE} events/s", steady, P99_MS),
        _late(f"the same while {BACK_FILL} rows come in", beside, P99_BESIDE_MS),
    ]


def _late(what: str, outcome: Outcome, limit: int) -> tuple[str, str, str]:
    p99 = outcome.percentile(0.99)
    return what, f"{p99:.0f} ms", f"{p99 / limit:.0%} of {limit} ms"


def _flat_out(port: int, expected: int, name: str) -> Outcome:
    return drive(port, _events(name, EVENTS), expected=expected, clients=CLIENTS)


def _steady(port: int, name: str) -> Outcome:
    return drive(port, _events(name, STEADY), expected=202, clients=CLIENTS, rate=RATE)


def _events(name: str, count: int) -> list[bytes]:
    now, made = int(time.time()), list[bytes]()
    for number, row in enumerate(licence_rows(count)):
        body = json.dumps({"type": "licence.observed", "data": row}).encode()
        message_id = f"{name}-{number}"
        signature = sign_standard(SECRET, message_id=message_id, timestamp=now, body=body)
        headers = {"webhook-id": message_id, "webhook-timestamp": str(now), "webhook-signature": signature}
        made.append(request(PATH, body, headers))
    return made


@contextmanager
def _back_fill(folder: Path, settings: dict[str, str]) -> Iterator[None]:
    """An export comes in, in another process, from the beginning to the end of what is measured."""
    export = folder / "export.json"
    export.write_text(json.dumps(list(licence_rows(BACK_FILL, seed=2))), encoding="utf-8")
    command = [sys.executable, "-m", "flask", "--app", "app", "sync", "marketplace", "--file", str(export), "--json"]
    with (folder / "fill.log").open("wb") as log:
        filling = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log)
    try:
        time.sleep(3)
        yield
        if filling.poll() is not None:
            raise RuntimeError("the back-fill ended before the events did")
    finally:
        filling.kill()
        filling.wait()
