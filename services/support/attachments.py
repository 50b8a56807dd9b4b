"""Attachments of Jira, read where they are: of a large one only the parts that are looked at ever leave the site."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from connect.http import UpstreamError
from services.support import limits
from services.support.extraction import read_file, read_remote
from services.support.findings import Reading, refused
from services.support.issues import Attachment
from services.support.parts import Fetch

# They hold no configuration that could be read, and are most of what people attach.
_MEDIA = ("image/", "video/", "audio/")
# All parts of one attachment together.
PARTS_SECONDS = 120


class AttachmentSite(Protocol):
    """What is asked of Jira (`connect.jira.Jira`)."""

    def attachment(self, attachment_id: str, /, *, max_bytes: int) -> Path: ...

    def attachment_part(self, attachment_id: str, start: int, length: int, /, *, size: int) -> bytes | None: ...


class _WholeOnlyError(Exception):
    """The site does not give this attachment in parts."""


def read_attachment(jira: AttachmentSite, attachment: Attachment) -> Reading:
    """What one attachment tells. Of a large one only what is needed is fetched, where the site lets us."""
    if attachment.media_type.startswith(_MEDIA):
        return Reading("unknown", reason="media")
    if attachment.size > limits.MAX_FILE_BYTES:
        return refused("file-too-large")
    try:
        if attachment.size > limits.IN_PARTS_BYTES:
            try:
                return read_remote(_parts(jira, attachment), attachment.size, attachment.file_name)
            except _WholeOnlyError:
                pass
        return _read_whole(jira, attachment)
    except UpstreamError as error:
        # One attachment that Jira no longer gives must not keep the others from being read.
        if error.outcome in ("not-found", "gone", "too-large", "redirected", "refused-host"):
            return refused(f"download-{error.outcome}")
        raise


def _parts(jira: AttachmentSite, attachment: Attachment) -> Fetch:
    ends = time.monotonic() + PARTS_SECONDS

    def fetch(start: int, length: int) -> bytes:
        if time.monotonic() > ends:
            raise UpstreamError("timeout")
        part = jira.attachment_part(attachment.id, start, length, size=attachment.size)
        if part is None:
            raise _WholeOnlyError
        return part

    return fetch


def _read_whole(jira: AttachmentSite, attachment: Attachment) -> Reading:
    """Its temporary copy is gone when this returns, whatever happened."""
    path = jira.attachment(attachment.id, max_bytes=limits.MAX_FILE_BYTES)
    try:
        return read_file(path, attachment.file_name)
    finally:
        path.unlink(missing_ok=True)
