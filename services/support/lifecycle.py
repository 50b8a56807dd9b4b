"""Whether the maker of a component still supports it, from dates that come with the program (nothing is looked up).

`data/lifecycle.yaml` says when it was taken; after ninety days it is told that it is old. What it does not list is
unknown, and unknown is never told as supported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from services.support import versions

FILE = Path(__file__).with_name("data") / "lifecycle.yaml"
# "Next quarter": time to plan an upgrade.
SOON = timedelta(days=92)
OLD = timedelta(days=90)
State = Literal["ended", "soon", "supported"]


@dataclass(frozen=True)
class Standing:
    """`cycle`: the line of releases that it belongs to; `until`: its last day, None where no end is announced."""

    cycle: str
    state: State
    until: date | None

    def told(self) -> dict[str, Any]:
        """As JSON values."""
        return {"cycle": self.cycle, "state": self.state, "until": self.until.isoformat() if self.until else None}


def standing(kind: str, name: str, version: str | None, today: date) -> Standing | None:
    """How a component stands on `today`; None where the data has no word on it."""
    product = next((known for known in _products() if name == known or name.startswith(f"{known} ")), None)
    cycle = _cycle(_products()[product], kind, name, version) if product else None
    if product is None or cycle is None:
        return None
    until = _products()[product][cycle]
    if until is None:
        return Standing(cycle, "supported", None)
    return Standing(cycle, "ended" if until < today else "soon" if until <= today + SOON else "supported", until)


def taken() -> date:
    """The day that the data is of."""
    day: date = _data()["taken"]
    return day


def is_old(today: date) -> bool:
    """Should somebody bring the data up to date?"""
    return today - taken() > OLD


def _cycle(cycles: Mapping[str, date | None], kind: str, name: str, version: str | None) -> str | None:
    release = versions.release_name(name, version) if kind == "os" else None
    if kind == "os" and "Windows" in name:
        # Its version is the number of a build; people and the data know it by a year.
        words = (release or name).lower().replace(" r2", "-r2").split()
        return next((word for word in words if word in cycles), None)
    key = (versions.read_java(version) if kind == "jvm" else versions.read_whole(version)).key if version else ()
    parts = [str(part) for part in key]
    # Ubuntu writes 22.04, of which the numbers are 22 and 4.
    spelled = {tuple(str(int(part)) for part in cycle.split(".")): cycle for cycle in cycles if _is_numbers(cycle)}
    return next((spelled[tuple(parts[:n])] for n in range(len(parts), 0, -1) if tuple(parts[:n]) in spelled), None)


def _is_numbers(cycle: str) -> bool:
    return all(part.isdigit() for part in cycle.split("."))


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return data


@cache
def _products() -> Mapping[str, Mapping[str, date | None]]:
    return {
        name: {cycle: end if isinstance(end, date) else None for cycle, end in told["cycles"].items()}
        for name, told in _data()["products"].items()
    }
