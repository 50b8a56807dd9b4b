"""A Jira issue as it arrives, in an event or in an answer: what of it is believed, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.support.extraction import display_name

MAX_ATTACHMENTS = 100


@dataclass(frozen=True)
class Hint:
    """What an event says of an issue; nothing of it is believed but that the issue is worth a look."""

    subject: str
    issue_id: str
    issue_key: str | None
    project_key: str | None


@dataclass(frozen=True)
class Attachment:
    """One attachment as Jira lists it."""

    id: str
    file_name: str
    size: int
    media_type: str
    created: datetime


def note_event(body: Mapping[str, Any], event: str) -> Hint | None:
    """The issue that a Jira webhook is about, or None: `attachment_created` may name no issue (support.md 2)."""
    issue = body.get("issue")
    identifier = str(issue.get("id", "")) if isinstance(issue, Mapping) else ""
    if not _is_id(identifier):
        return None
    key = text(issue, "key")
    project = text(issue, "fields", "project", "key") or (key.rpartition("-")[0] if key else None)
    return Hint(f"issue:{identifier}", identifier, key, project)


def attachments_of(issue: Mapping[str, Any], now: datetime) -> list[Attachment]:
    """The newest attachments, oldest of them first. Links in the answer are never looked at: URLs are made of ids."""
    fields = issue.get("fields")
    listed = fields.get("attachment") if isinstance(fields, Mapping) else None
    found = [_attachment(item, now) for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    known = sorted((item for item in found if item), key=lambda item: (item.created, int(item.id)))
    return known[-MAX_ATTACHMENTS:]


def _attachment(item: Mapping[str, Any], now: datetime) -> Attachment | None:
    identifier, size = str(item.get("id", "")), item.get("size")
    if not _is_id(identifier):
        return None
    return Attachment(
        identifier,
        display_name(text(item, "filename") or "file")[0],
        size if isinstance(size, int) and 0 <= size < 2**31 else 2**31 - 1,
        text(item, "mimeType") or "",
        instant(text(item, "created")) or now,
    )


def instant(written: str | None) -> datetime | None:
    """A time with its zone, or None."""
    try:
        moment = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def text(value: Any, *path: str) -> str | None:
    """A bounded text within nested objects, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value[:255] if isinstance(value, str) and value else None
