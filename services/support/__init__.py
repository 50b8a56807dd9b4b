"""Configurations of support cases: read from what customers attach, redacted, stored as components.

    extract, read_file         files -> components and facts, each in a child process with limits
    redact                     text -> text without secrets and personal data
    note_event                 an event of Jira -> the issue that it hints at
    refresh_case               that issue -> its snapshots (needs a database)
    panel                      snapshots -> what the issue panel shows (needs a database)

Never in here: a file extracted to disk, a raw attachment kept, a value stored that was not redacted.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.support.cases import Outcome, refresh_case
    from services.support.extraction import extract, read_file
    from services.support.findings import PARSER_VERSION
    from services.support.issues import Hint, note_event
    from services.support.redaction import redact
    from services.support.view import panel

__all__ = [
    "PARSER_VERSION",
    "Hint",
    "Outcome",
    "extract",
    "note_event",
    "panel",
    "read_file",
    "redact",
    "refresh_case",
]

_MODULES = {
    "Outcome": "cases",
    "refresh_case": "cases",
    "extract": "extraction",
    "read_file": "extraction",
    "PARSER_VERSION": "findings",
    "Hint": "issues",
    "note_event": "issues",
    "redact": "redaction",
    "panel": "view",
}


def __getattr__(name: str) -> Any:
    # The child process imports this package. It must have no third-party code in it, and should not wait for the rest.
    if name in _MODULES:
        return getattr(importlib.import_module(f"services.support.{_MODULES[name]}"), name)
    raise AttributeError(name)
