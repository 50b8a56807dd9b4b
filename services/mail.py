"""Letters: queued here, written and sent at the edge."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from models.vault import Vault
from services import outbox


def queue_letter(
    session: Session,
    vault: Vault,
    *,
    to: str,
    language: Literal["fr", "en"],
    letter: str,
    values: dict[str, Any],
    key: str,
    now: datetime,
    one_click: str | None = None,
) -> None:
    """Queue one letter. `key` is its idempotency marker."""
    payload = {"to": to, "language": language, "letter": letter, "values": values, "one_click": one_click, "key": key}
    outbox.enqueue(session, vault, kind="mail.send", key=key, subject=f"mail:{key}"[:300], payload=payload, now=now)
