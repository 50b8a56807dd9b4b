"""Letters at the edge: written from their template, and handed to the mail server. What can't be sent waits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connect import smtp
from handlers.parts import Parts

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


class NoMailServerError(Exception):
    """No mail server is set: letters wait, and are sent when one is."""


def send(parts: Parts, payload: Mapping[str, Any]) -> None:
    """Write and send one letter; `NoMailServerError` where none can be, `UpstreamError` when the server says no.

    A letter that is sent again after a lost answer has the same Message-ID, by which mail programs show it once.
    """
    url = parts.settings.smtp_url
    if url is None:
        raise NoMailServerError
    smtp.deliver(url.get_secret_value(), message_of(parts, payload))


def message_of(parts: Parts, payload: Mapping[str, Any]) -> EmailMessage:
    """The message of a queued letter: its first line is the subject. Text alone, so nothing tells of an opening."""
    vendor, base_url = parts.settings.vendor, parts.settings.base_url
    template = _environment().get_template(f"mail/{payload['letter']}.{payload['language']}.txt")
    subject, _, body = template.render(vendor=vendor, base_url=base_url, **payload["values"]).strip().partition("\n")
    message = EmailMessage()
    message["Subject"] = subject.strip()
    message["From"] = formataddr((vendor.name, vendor.contact_email))
    message["To"] = payload["to"]
    message["Date"] = format_datetime(parts.clock())
    message["Message-ID"] = (
        f"<{hashlib.sha256(payload['key'].encode()).hexdigest()[:32]}@{urlsplit(base_url).hostname}>"
    )
    message["Auto-Submitted"] = "auto-generated"
    if payload.get("one_click"):
        # RFC 8058: one https address, and the word that makes a POST of it enough.
        message["List-Unsubscribe"] = f"<{base_url}/u/{payload['one_click']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(body.strip() + "\n")
    # After the content, which takes every header of content away that stands before it.
    message["Content-Language"] = payload["language"]
    return message


def wording(letter: str, language: str) -> str:
    """The words of a letter before anybody's data stands in them: what the ledger keeps the hash of."""
    return (TEMPLATES / "mail" / f"{letter}.{language}.txt").read_text(encoding="utf-8")


def _environment() -> Environment:
    """Plain text needs no escaping, and a letter is written outside of any request."""
    return Environment(  # noqa: S701
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
