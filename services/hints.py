"""Hints that an issue has changed, the same whichever door they came through (connect.md 5.3, 6).

What happened is read from Jira later. So one event that arrives by a Connect webhook and by a Forge trigger, or twice,
or late, leads to one and the same state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from services import support
from services.inbox import Delivery


def delivery_of(tenant_id: int, event: str, body: Mapping[str, Any]) -> Delivery | None:
    """The inbox delivery of an event; None where it names no issue. `body`: as Jira or Forge sent it.

    The id is event, issue and time, which a repetition has in common with the first.
    """
    hint = support.note_event(body, event)
    return None if hint is None else delivery(tenant_id, event, hint.issue_id, _stamp(body))


def delivery(tenant_id: int, event: str, issue_id: str, stamp: str) -> Delivery:
    """A hint for one issue. `stamp` tells two hints of the same kind apart."""
    body = json.dumps({"event": event, "issue_id": issue_id}).encode()
    return Delivery(f"jira:{tenant_id}", f"{event}/{issue_id}/{stamp}"[:300], body, f"issue:{issue_id}")


def _stamp(body: Mapping[str, Any]) -> str:
    """Milliseconds since the epoch: a number of Connect, text of Forge. A body without them stands for itself."""
    stamp = str(body.get("timestamp", ""))
    if stamp.isascii() and stamp.isdecimal() and len(stamp) < 20:
        return stamp
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
