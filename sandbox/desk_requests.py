"""What a service desk of somebody else's holds: requests of its customers, and files that belong to none yet."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

DESK, REQUEST_TYPE, PROJECT = "10", "25", "CA"


@dataclass
class File:
    name: str
    data: bytes = field(repr=False)
    at: float = field(default_factory=time.time)


@dataclass
class DeskRequest:
    number: int
    fields: dict[str, str]
    files: list[File] = field(default_factory=list)
    comments: int = 0
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def key(self) -> str:
        return f"{PROJECT}-{self.number}"

    def told(self) -> dict[str, Any]:
        """For the control API."""
        files = [{"name": file.name, "text": file.data.decode("utf-8", "replace")} for file in self.files]
        return {"key": self.key, "fields": self.fields, "files": files, "comments": self.comments}


class Desk:
    """Its requests, by key, and what was uploaded for some."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1001)
        self.requests: dict[str, DeskRequest] = {}
        self.temporary: dict[str, File] = {}

    def create(self, fields: dict[str, str]) -> DeskRequest:
        made = DeskRequest(next(self._numbers), fields)
        self.requests[made.key] = made
        return made
