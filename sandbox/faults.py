"""Faults on order: which requests go wrong, how, and how often."""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

REFUSALS = ("429", "429-bare", "409", "401", "403", "500", "502", "503", "504", "redirect")
WIRE = ("drop-before", "drop-after", "slow", "truncate")
EXPORTS = ("export-failed", "export-empty", "export-stuck")
KINDS = (*REFUSALS, *WIRE, *EXPORTS, "foreign-edit")


class BadFaultError(ValueError):
    """The order for a fault could not be understood."""


@dataclass
class Fault:
    """`times` 0 means until cleared; `skip` lets that many matching requests pass first."""

    number: int
    match: str
    kind: str
    times: int = 1
    skip: int = 0
    retry_after: int | None = None
    seconds: float = 2.0
    to: str = ""
    hits: int = 0

    def fits(self, method: str, path: str) -> bool:
        wanted, _, pattern = self.match.partition(" ")
        if not pattern:
            wanted, pattern = "*", wanted
        if wanted not in ("*", method):
            return False
        return fnmatchcase(path, pattern) if "*" in pattern else path.startswith(pattern)

    @property
    def spent(self) -> bool:
        return self.times > 0 and self.hits >= self.times


class Faults:
    """The list of orders. The first that fits a request is used up by it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._faults: list[Fault] = []

    def add(self, order: dict[str, Any]) -> dict[str, Any]:
        """Enter one order, a dictionary with `match`, `kind` and options; BadFaultError names what is wrong."""
        unknown = set(order) - {"match", "kind", "times", "skip", "retry_after", "seconds", "to"}
        if unknown or not isinstance(order.get("match"), str) or order.get("kind") not in KINDS:
            raise BadFaultError(f"needs match and kind (one of {', '.join(KINDS)}); unknown: {sorted(unknown)}")
        with self._lock:
            fault = Fault(number=next(self._numbers), **order)
            self._faults.append(fault)
        return asdict(fault)

    def take(self, method: str, path: str, kinds: tuple[str, ...]) -> Fault | None:
        """The fault for this request, counted as used; None lets the request be."""
        with self._lock:
            for fault in self._faults:
                if fault.kind not in kinds or fault.spent or not fault.fits(method, path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self, number: int | None = None) -> None:
        with self._lock:
            self._faults = [] if number is None else [fault for fault in self._faults if fault.number != number]
