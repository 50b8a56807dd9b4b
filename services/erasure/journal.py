"""The journal outside the database: what was erased and who objected, so that a restored backup cannot undo it.

One line an entry, each authenticated and chained to the one before. It names people by keyed digests alone. A line that
a crash cut short is no entry; whatever else is not as it was written stops the replay.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.vault import Vault

START = "0" * 64


class JournalError(Exception):
    """The journal is not as it was written. The message names the line, never its content."""


class Journal:
    """The file at `path`; it need not exist yet."""

    def __init__(self, path: Path, vault: Vault) -> None:
        self.path, self._vault = path, vault
        self._read_at: tuple[int, int] | None = None
        self._entries: list[dict[str, Any]] = []
        # Of the entries read last: the ids, and the day of the newest objection.
        self.ids: set[str] = set()
        self.last_objection: str | None = None

    def entries(self) -> Sequence[Mapping[str, Any]]:
        """Every whole entry, oldest first; `JournalError` when the file was changed."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self.ids, self.last_objection = set(), None
            return []
        if self._read_at != (status.st_size, status.st_mtime_ns):
            self._entries = self._verified(self.path.read_bytes())
            self.ids = {entry["id"] for entry in self._entries}
            days = (entry["row"]["created_on"] for entry in self._entries if entry["kind"] == "objection")
            self.last_objection = max(days, default=None)
            self._read_at = (status.st_size, status.st_mtime_ns)
        return self._entries

    def append(self, entries: Iterable[Mapping[str, Any]]) -> int:
        """Add entries that are not there yet, durably; gives how many were. Processes take turns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            content = file.read()
            written = self._verified(content)
            # What a crash cut short goes, so that the next line starts on a line of its own.
            file.truncate(content.rfind(b"\n") + 1)
            known = {_name(entry) for entry in written}
            new = [entry for entry in entries if _name(entry) not in known]
            previous = written[-1]["mac"] if written else START
            for entry in new:
                line = {**entry, "previous": previous}
                previous = self._mac(line)
                file.write(json.dumps({**line, "mac": previous}, sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._read_at = None
        return len(new)

    def _verified(self, content: bytes) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        previous = START
        for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), 1):
            try:
                entry: dict[str, Any] = json.loads(line)
                mac = entry.pop("mac")
            except (ValueError, KeyError, AttributeError):
                raise JournalError(f"line {number} is not an entry") from None
            if entry.get("previous") != previous or mac != self._mac(entry):
                raise JournalError(f"line {number} is not as it was written")
            previous = mac
            entries.append({**entry, "mac": mac})
        return entries

    def _mac(self, entry: Mapping[str, Any]) -> str:
        return self._vault.blind_index("erasure journal", json.dumps(entry, sort_keys=True))


def _name(entry: Mapping[str, Any]) -> str:
    """What makes two entries the same one."""
    return json.dumps([entry["kind"], entry["id"]])
