"""Visitors' access log: one plain file a day, in a folder of its own that no backup takes (C13, C40, C63, C64).

Combined format, with the route in place of the URL: URLs of ours bear signed links. How long it is kept depends on how
much is written: four days when it is much, ten when it is little. A reader is shown nothing that is older, whether its
file is still there or not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from models.register import PERIODS

PERIOD = PERIODS["authentication.access_log"]
SHORTEST, LONGEST = PERIOD.floor.count, PERIOD.ceiling.count
# So many lines a day are the full load: from there on four days are kept.
FULL_LOAD = 100_000
# The convention by which backup programs know what to leave out (https://bford.info/cachedir/).
TAG = "CACHEDIR.TAG"
TAG_TEXT = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# Access logs: kept for days, never backed up (commitment C64).\n"
)
_TIME = "%d/%b/%Y:%H:%M:%S +0000"
_LINE = re.compile(r"\[([^\]]+)\]")
_UNSAFE = re.compile(r'[\x00-\x1f"\\\x7f]')
LONGEST_AGENT = 200


@dataclass(frozen=True)
class Visit:
    """One request of a visitor. `route` is the pattern, never the URL."""

    address: str
    method: str
    route: str
    status: int
    size: int
    agent: str


@dataclass(frozen=True)
class Load:
    """The decision of a day: lines of the day before, and the days that follow from it."""

    lines: int
    days: int


def days_for(lines_a_day: float) -> int:
    """How many days are kept at this volume: from ten down to four, never fewer, never more."""
    load = min(1.0, max(0.0, lines_a_day / FULL_LOAD))
    return min(LONGEST, max(SHORTEST, round(LONGEST - (LONGEST - SHORTEST) * load)))


class AccessLog:
    """The folder. Several processes may write to it: each line is one `write` at the end of the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, visit: Visit, now: datetime) -> None:
        """Add a line to the file of the day."""
        if not (self._folder / TAG).exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._folder / TAG).write_text(TAG_TEXT)
        at = now.astimezone(UTC)
        agent = _UNSAFE.sub("", visit.agent)[:LONGEST_AGENT] or "-"
        request = f"{visit.method} {visit.route} HTTP/1.1"
        line = f'{visit.address} - - [{at.strftime(_TIME)}] "{request}" {visit.status} {visit.size} "-" "{agent}"\n'
        handle = os.open(self._file(at.date()), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())
        finally:
            os.close(handle)

    def load(self, now: datetime) -> Load:
        """How much was written yesterday, and how many days follow from it."""
        file = self._file(now.astimezone(UTC).date() - timedelta(days=1))
        lines = 0
        if file.exists():
            with file.open("rb") as content:
                lines = sum(block.count(b"\n") for block in iter(lambda: content.read(1 << 20), b""))
        return Load(lines, days_for(lines))

    def lines(self, now: datetime) -> Iterator[str]:
        """Every line that is not past its period, oldest first."""
        oldest = now.astimezone(UTC) - timedelta(days=self.load(now).days)
        for _, file in self._files():
            with file.open(encoding="utf-8", errors="replace") as content:
                for line in content:
                    found = _LINE.search(line)
                    if found and datetime.strptime(found[1], _TIME).replace(tzinfo=UTC) > oldest:
                        yield line.rstrip("\n")

    def due(self, now: datetime) -> list[Path]:
        """Files of which every line has been kept for the days of the load, and none for more than the longest.

        A day's file goes as a whole: a day after its period when the load is high, and at the latest when its first
        line is ten days old.
        """
        days = min(self.load(now).days + 1, LONGEST)
        return [file for day, file in self._files() if now >= datetime.combine(day, time(), UTC) + timedelta(days=days)]

    def purge(self, now: datetime) -> int:
        """Delete what is due; gives how many files."""
        due = self.due(now)
        for file in due:
            file.unlink(missing_ok=True)
        return len(due)

    def _file(self, day: date) -> Path:
        return self._folder / f"access-{day.isoformat()}.log"

    def _files(self) -> list[tuple[date, Path]]:
        found = sorted(self._folder.glob("access-????-??-??.log")) if self._folder.is_dir() else []
        return [(date.fromisoformat(file.stem.removeprefix("access-")), file) for file in found]
