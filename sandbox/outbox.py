"""Sending to the app: a delivery with its attempts, its journal entry, and threads for those nobody awaits."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.journal import Journal

TIMEOUT_SECONDS = 20
MAX_PAUSE_SECONDS = 2.0
# What a sender repeats; every other answer is final.
PASSING = (408, 409, 425, 429, 500, 502, 503, 504)


@dataclass
class Delivery:
    """One thing to send. `headers` makes fresh ones for each attempt: a signature covers its time."""

    kind: str
    event: str
    identifier: str
    url: str
    body: bytes
    headers: Callable[[int], dict[str, str]]
    method: str = "POST"
    attempts: int = 6
    passing: tuple[int, ...] = PASSING
    secret_body: bool = False
    tried: list[dict[str, Any]] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        return bool(self.tried) and self.tried[-1]["status"] in (200, 202, 204)

    def entry(self) -> dict[str, Any]:
        return {
            "id": self.identifier,
            "kind": self.kind,
            "event": self.event,
            "url": self.url.partition("?")[0],
            "attempts": self.tried,
            "acknowledged": self.acknowledged,
        }


class Outbox:
    """Sends deliveries; `later` hands them to a thread, `send` waits."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sandbox-outbox")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def later(self, delivery: Delivery) -> Future[dict[str, Any]]:
        return self._threads.submit(self.send, delivery)

    def send(self, delivery: Delivery) -> dict[str, Any]:
        """Try until acknowledged, refused for good, or out of attempts; gives the journal entry."""
        for attempt in range(delivery.attempts):
            outcome = _try_once(delivery, attempt)
            delivery.tried.append(outcome)
            if outcome["status"] is not None and outcome["status"] not in delivery.passing:
                break
            if attempt + 1 < delivery.attempts:
                time.sleep(_pause(attempt, outcome.get("retry_after")))
        entry = delivery.entry()
        if not delivery.acknowledged:
            entry["failed_at"] = int(time.time() * 1000)
            entry["body"] = "" if delivery.secret_body else delivery.body[:100_000].decode("utf-8", "replace")
        self._journal.sent(entry)
        return entry


def _try_once(delivery: Delivery, attempt: int) -> dict[str, Any]:
    outcome: dict[str, Any] = {"at": time.time(), "status": None, "error": None}
    try:
        response = requests.request(
            delivery.method,
            delivery.url,
            data=delivery.body,
            headers=delivery.headers(attempt),
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        outcome["error"] = type(error).__name__
        return outcome
    outcome["status"] = response.status_code
    if response.status_code >= 400:
        outcome["error"] = response.text[:200]
        outcome["retry_after"] = response.headers.get("Retry-After")
    return outcome


def _pause(attempt: int, retry_after: str | None) -> float:
    asked = float(retry_after) if retry_after and retry_after.isdecimal() else 0.1 * 2**attempt
    return min(asked, MAX_PAUSE_SECONDS)
