"""The one error of every call that leaves the house, and the names of what can go wrong.

UpstreamError(outcome, permanent)
    timeout, unreachable        nobody answered, or not to the end          try again
    rate-limited, server-error  they ask us to wait, or are ill             try again, `retry_after` if they said so
    conflict, bad-answer        somebody was faster; not what was promised  look again, then try again
    no-token                    Forge gave no token that still counts       try again, the next invocation brings one
    unauthorized, forbidden, not-found, gone, bad-request                   permanent: the same call will fail again
    refused-host, redirected, too-large                                     permanent: we do not want it
    no-target                   no service desk is set any more             permanent
    refused-letter              the mail server does not take it            permanent
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connect.waits import retry_after, wait_of

TEMPORARY = frozenset({"timeout", "unreachable", "rate-limited", "server-error", "conflict", "bad-answer", "no-token"})
OF_STATUS = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    408: "timeout",
    409: "conflict",
    410: "gone",
    429: "rate-limited",
}
MAX_TITLE_CHARS = 300


class UpstreamError(Exception):
    """A call out failed. The text is outcome and status alone, so it may be logged; `title` is theirs and may not."""

    def __init__(
        self, outcome: str, *, status: int | None = None, retry_after: int | None = None, title: str | None = None
    ) -> None:
        super().__init__(outcome if status is None else f"{outcome} ({status})")
        self.outcome = outcome
        self.permanent = outcome not in TEMPORARY
        self.status = status
        self.retry_after = retry_after
        self.title = title


def failure(status: int, headers: Mapping[str, str], body: bytes, now: float) -> UpstreamError:
    """The error that an HTTP status outside 200..299 stands for. `now` (epoch seconds) reads headers that are dates."""
    wait = wait_of(headers, now) if status == 429 else retry_after(headers.get("Retry-After"), now)
    return UpstreamError(outcome_of(status), status=status, retry_after=wait, title=_title(body))


def outcome_of(status: int) -> str:
    """The name of an HTTP status outside 200..299."""
    if status in OF_STATUS:
        return OF_STATUS[status]
    return {3: "redirected", 4: "bad-request", 5: "server-error"}.get(status // 100, "bad-answer")


def _title(body: bytes) -> str | None:
    # Confluence v2: {"errors": [{"title": …}]}; Jira: {"errorMessages": […]}; gateways: {"message": …}.
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(envelope, dict):
        return None
    first = _first(envelope.get("errors")) or _first(envelope.get("errorMessages")) or envelope.get("message")
    title = first.get("title") if isinstance(first, dict) else first
    return title[:MAX_TITLE_CHARS] if isinstance(title, str) else None


def _first(found: Any) -> Any:
    return found[0] if isinstance(found, list) and found else None
