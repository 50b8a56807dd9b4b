"""What people write into a case instead of attaching it: description, environment and comments, as ADF or wiki text.

Each text is read like a file that was attached when it was written. Only what tells a configuration is kept; most
comments tell none, and leave no trace here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.support.issues import instant, text
from services.support.readers import documents

FIELDS = ("description", "environment", "comment")
SOURCE = "jira-text"
# The format that says least: words in a sentence.
FREE_TEXT = "free-text"
MAX_COMMENTS = 50
MAX_BYTES = 1_000_000
# A configuration has a version in it: a dotted number, or a number behind a name.
_VERSION = re.compile(rb"\d+\.\d+|(?:java|jdk|jre|postgres\w*|oracle|server) ?\d", re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """One text. `id` stands where attachments have a number; `content` is what is read, `digest` its SHA-256."""

    id: str
    name: str
    content: bytes
    written_at: datetime

    @property
    def digest(self) -> str:
        """SHA-256, as the reading of a file has it."""
        return hashlib.sha256(self.content).hexdigest()


def texts_of(issue: Mapping[str, Any], now: datetime) -> list[Text]:
    """The texts of an issue that may hold a configuration, newest comments last. Links in them are never followed."""
    created = instant(text(issue, "fields", "created")) or now
    fields = issue.get("fields")
    if not isinstance(fields, Mapping):
        return []
    found = [_text(name, name, fields.get(name), created) for name in ("description", "environment")]
    listed = fields.get("comment")
    comments = listed.get("comments") if isinstance(listed, Mapping) else None
    for comment in comments[-MAX_COMMENTS:] if isinstance(comments, list) else []:
        number = str(comment.get("id", "")) if isinstance(comment, Mapping) else ""
        if number.isascii() and number.isdigit() and len(number) < 20:
            written = instant(text(comment, "updated")) or instant(text(comment, "created")) or created
            found.append(_text(f"comment-{number}", "comment", comment.get("body"), written))
    return [one for one in found if one is not None]


def _text(identity: str, name: str, body: Any, written_at: datetime) -> Text | None:
    # As lines, so that the readers for pasted pages see them as they were pasted.
    lines = [body] if isinstance(body, str) else documents.texts(body)
    content = "\n".join(lines or ()).encode("utf-8", "replace")
    if len(content) > MAX_BYTES or not _VERSION.search(content):
        return None
    return Text(identity, f"{name}.txt", content, written_at)
