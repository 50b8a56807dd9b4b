"""What came in and what went out, kept for contract tests. Tokens never enter a journal."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

KEPT = 5_000


class Journal:
    """Two bounded lists of plain dictionaries: requests received, deliveries sent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._requests: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._deliveries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
            self._deliveries.clear()

    def received(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._number += 1
            self._requests.append({"number": self._number, **entry})

    def sent(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._number += 1
            self._deliveries.append({"number": self._number, **entry})

    def requests(self, *, path: str = "", method: str = "", after: int = 0) -> list[dict[str, Any]]:
        """Requests whose path starts with `path`, of `method` if given, numbered above `after`; oldest first."""
        with self._lock:
            found = list(self._requests)
        return [
            entry
            for entry in found
            if entry["number"] > after
            and entry["path"].startswith(path)
            and (not method or entry["method"] == method.upper())
        ]

    def deliveries(self, kind: str = "", *, after: int = 0) -> list[dict[str, Any]]:
        with self._lock:
            found = list(self._deliveries)
        return [entry for entry in found if entry["number"] > after and (not kind or entry["kind"] == kind)]

    def newest(self) -> int:
        """The number of whatever happened last."""
        with self._lock:
            return self._number

    def clear_requests(self) -> None:
        with self._lock:
            self._requests.clear()

    def clear_deliveries(self) -> None:
        with self._lock:
            self._deliveries.clear()
