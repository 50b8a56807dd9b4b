"""A tenant's webhook, verified and durable, beside the same on atlassian-connect-express. Asked for by `PEERS=1`: it is
installed by npm, into a folder that goes afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from connect import tokens
from handlers.settings import APP_KEY
from models.database import Database
from models.schema import upgrade
from models.vault import Vault
from services.tenants import LifecycleCall, apply
from tests.bench.load import Outcome, drive, request
from tests.bench.serve import process, server

KEY = "a-key-for-the-benchmark"
SECRET = "a-shared-secret-of-forty-characters-or-more"
TENANT = "bench"
PATH = "/webhooks/jira/issue_updated"
WORKERS, CLIENTS, ROUNDS, EVENTS = 2, 16, 5, 3_000
SOURCE = Path(__file__).parent / "ace"


def lines(folder: Path) -> list[tuple[str, str, str]]:
    """The line of the table; none where the peer is not asked for."""
    if not os.environ.get("PEERS"):
        return []
    url = f"sqlite:///{folder / 'tenant.db'}"
    install(url)
    settings = {"FAIRTRIAL_DATABASE_URL": url, "FAIRTRIAL_SECRET_KEYS": KEY, "FAIRTRIAL_ALLOWED_SITES": "site.example"}
    peer = folder / "ace"
    shutil.copytree(SOURCE, peer)
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise FileNotFoundError("PEERS needs node and npm")
    subprocess.run([npm, "install", "--no-audit", "--no-fund", "--loglevel=error"], cwd=peer, check=True, timeout=600)
    environment = {"NODE_ENV": "production", "SECRET": SECRET}
    with (
        server("app:create_app()", folder, settings, WORKERS) as ours,
        process([node, "server.js"], peer, folder, environment) as theirs,
    ):
        rounds = [(_round(ours, number), _round(theirs, number)) for number in range(ROUNDS)]
    mine, other = (median(outcome.rate for outcome in side) for side in zip(*rounds, strict=True))
    shown = f"{mine:.0f} events/s, {WORKERS} workers, {CLIENTS} clients"
    return [("webhook of a tenant to durable 204", shown, f"{mine / other:.1f} x atlassian-connect-express")]


def install(url: str) -> None:
    """A database with one tenant."""
    body = {
        "key": APP_KEY, "clientKey": TENANT, "sharedSecret": SECRET, "baseUrl": "https://site.example",
        "productType": "jira",
    }  # fmt: skip
    database, now = Database(url), datetime.now(UTC)
    upgrade(database)
    with database.write() as session:
        apply(session, Vault([KEY]), LifecycleCall("installed", body, now), now)
    database.dispose()


def token(path: str) -> str:
    """A token of that tenant for calls of `path`."""
    qsh = tokens.query_string_hash("POST", path)
    return tokens.sign(SECRET, issuer=TENANT, qsh=qsh, now=int(time.time()), lifetime=180)


def _round(port: int, number: int) -> Outcome:
    headers = {"Authorization": f"JWT {token(PATH)}"}
    bodies = (
        {"timestamp": event, "webhookEvent": "jira:issue_updated", "issue": {"id": str(10_000 + event), "key": "SUP-1"},
         "changelog": {"items": [{"field": "description", "toString": "x" * 2_000}]}}
        for event in range(number * EVENTS, (number + 1) * EVENTS)
    )  # fmt: skip
    made = [request(PATH, json.dumps(body).encode(), headers) for body in bodies]
    return drive(port, made, expected=204, clients=CLIENTS)
