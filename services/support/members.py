"""What every kind of archive has in common: which members are read, how much of them, and what they come to together.

Nothing is ever extracted to disk, and only exact paths are looked at.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO

from services.support import limits
from services.support.assembly import merge
from services.support.findings import NotUnderstoodError, Reading, RefusedError, add_facts
from services.support.markup import CHUNK_BYTES, Stream

# In the order of trust. Logs, access logs, user directories and thread dumps are not on the list: they hold people.
WANTED = (
    "application-properties/application.xml",
    "application-config/confluence.cfg.xml",
    "application-config/dbconfig.xml",
    "application-config/bamboo.cfg.xml",
    "application-config/crowd.cfg.xml",
    "application-config/bitbucket.properties",
    "application-config/cluster.properties",
    "tomcat-config/server.xml",
    # Packed by hand.
    "application.xml",
    "confluence.cfg.xml",
    "dbconfig.xml",
    "server.xml",
)

ReadMember = Callable[[Stream, str], Reading]


class Budget:
    """What one archive may unpack to in all."""

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        """Take `size` bytes off; `RefusedError` when there are not as many."""
        self._left -= size
        if self._left < 0:
            raise RefusedError("archive-too-large")


class Bounded(io.RawIOBase):
    """A stream that refuses to give more than it may, however it was announced."""

    def __init__(self, stream: IO[bytes], budget: Budget, packed_bytes: int | None = None) -> None:
        self._stream = stream
        self._budget = budget
        self._packed = packed_bytes
        self._given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(min(size, CHUNK_BYTES) if size >= 0 else CHUNK_BYTES)
        self._given += len(chunk)
        self._budget.spend(len(chunk))
        if self._given > limits.MAX_MEMBER_BYTES:
            raise RefusedError("member-too-large")
        if self._packed is not None and self._given > max(limits.RATIO_FREE_BYTES, self._packed * limits.MAX_RATIO):
            raise RefusedError("ratio")
        return chunk


def wanted(name: str) -> str | None:
    """The path on the list that a member is read as, at the top or in one folder; None for every other member."""
    path = name.replace("\\", "/")
    inner = path.partition("/")[2]
    return path if path in WANTED else inner if inner in WANTED else None


def check_name(name: str) -> None:
    """Refuse a name that would lead out of the archive, were anybody to extract it."""
    path = name.replace("\\", "/")
    if "\x00" in name or path.startswith("/") or path[1:2] == ":" or ".." in path.split("/"):
        raise RefusedError("unsafe-name")


def joined(form: str, parts: list[tuple[str, Reading]]) -> Reading:
    """Members in the order of trust; the same path a second time is another node of the cluster."""
    reading = Reading("parsed", form)
    seen: set[str] = set()
    for path, part in sorted(parts, key=lambda part: WANTED.index(part[0])):
        add(reading, part, another_node=path in seen)
        seen.add(path)
    return reading


def read_one(read_member: ReadMember, stream: Bounded, source: str) -> Reading:
    """One member. That it is not understood, or cut off, says nothing against the others."""
    try:
        return read_member(stream, source)
    except NotUnderstoodError:
        return Reading("unknown", warnings=["member-not-understood"])
    except RefusedError as error:
        # Anything worse than a file that was cut off does.
        if error.reason != "malformed-xml":
            raise
        return Reading("unknown", warnings=["member-malformed"])


def add(reading: Reading, part: Reading, *, another_node: bool) -> None:
    """Add what a less trusted part of the archive told, or another node of the same cluster."""
    reading.warnings += part.warnings + merge(reading.components, part.components, another_node=another_node)
    reading.redactions += part.redactions
    add_facts(reading.facts, part.facts)


def finished(reading: Reading) -> Reading:
    """The reading, unless the archive told nothing at all."""
    if not reading.components:
        raise NotUnderstoodError("no-configuration-found")
    return reading
