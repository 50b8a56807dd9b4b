"""What readers find, and what comes of it.

A reader yields `Found` values; `assembly` makes `Component`s and facts of them; a `Reading` is all that one file told.
No dataclasses in what the child process imports: to import them takes it as long as to read a small file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

# Raise it when a change makes older snapshots worth reading again: the attachments are then fetched anew.
PARSER_VERSION = 4

SINGLE_KINDS = ("product", "database", "jvm", "os", "app_server")
KINDS = (*SINGLE_KINDS, "plugin", "browser", "machine")


class RefusedError(Exception):
    """The file is hostile or broken. `reason` is a short code, safe to log and to show."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotUnderstoodError(Exception):
    """The file may be fine, but it is none of the formats that are read. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Found(NamedTuple):
    """One value as it stood: `field` is a name of `fields.FIELDS`, `place` an element path or a line."""

    field: str
    value: str
    place: str


class Component(NamedTuple):
    """One piece of software or machine. `raw` is the text that was read, `source` file, member and place."""

    kind: str
    name: str
    version: str | None
    raw: str
    source: str
    bundled: bool = False

    def as_dict(self) -> dict[str, str | None]:
        """The shape of interface.md, `support extract`."""
        return {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "raw": self.raw,
            "source": self.source,
        }


Facts = dict[str, Any]


class Reading:
    """All that one file told. `status` is parsed, unknown or refused; the last two carry a `reason` code."""

    def __init__(
        self,
        status: str,
        form: str | None = None,
        reason: str | None = None,
        components: list[Component] | None = None,
        facts: Facts | None = None,
        warnings: list[str] | None = None,
        redactions: int = 0,
        sha256: str | None = None,
    ) -> None:
        self.status = status
        self.format = form
        self.reason = reason
        self.components = components or []
        self.facts = facts or {}
        self.warnings = warnings or []
        self.redactions = redactions
        self.sha256 = sha256


def refused(reason: str, sha256: str | None = None) -> Reading:
    """A reading that tells nothing but why."""
    return Reading("refused", reason=reason, sha256=sha256)


def add_facts(facts: Facts, more: Mapping[str, Any]) -> None:
    """Add facts of a less trusted source: what is known stays, but one clustered node makes a cluster."""
    for name, value in more.items():
        facts[name] = facts.get(name, False) or value if name == "clustered" else facts.get(name, value)
