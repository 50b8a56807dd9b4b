"""How long an answer asks us to wait, and in the name of which limit: what its headers say, bounded.

Headers that begin with `Beta-` tell of limits to come; they order nothing and are never read.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime

MAX_SECONDS = 24 * 3600


def retry_after(value: str | None, now: float) -> int | None:
    """Seconds to wait by a Retry-After header (RFC 9110 10.2.3: seconds or a date), a day at most; None if unread."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(int(text), MAX_SECONDS)
    try:
        seconds = email.utils.parsedate_to_datetime(text).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return max(0, min(round(seconds), MAX_SECONDS))


def wait_of(headers: Mapping[str, str], now: float) -> int | None:
    """Seconds to wait by the headers of a 429: Retry-After, else when the limit is reset; None if nothing is said."""
    seconds = retry_after(headers.get("Retry-After"), now)
    if seconds is None:
        seconds = _until_reset(headers.get("X-RateLimit-Reset"), now)
    if seconds is None:
        seconds = _spent(headers)[1]
    return seconds


def reason_of(headers: Mapping[str, str]) -> str:
    """The limit that a 429 was given for (`jira-quota-global-based`, …) in lower case, or "" where none is named."""
    return (headers.get("RateLimit-Reason") or _spent(headers)[0]).strip().lower()


def _until_reset(value: str | None, now: float) -> int | None:
    # ISO 8601, at times without seconds. A time that has passed has been seen beside a limit that still held.
    try:
        reset = datetime.fromisoformat((value or "").strip())
        seconds = (reset if reset.tzinfo else reset.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(round(seconds), MAX_SECONDS) if seconds >= 1 else None


def _spent(headers: Mapping[str, str]) -> tuple[str, int | None]:
    """The first policy of a structured RateLimit header (`"global-app-quota";r=0;t=50, …`) with nothing remaining."""
    for name, attributes in re.findall(r'"([^"]*)"([^,"]*)', headers.get("RateLimit", "")[:1_000]):
        values = dict(re.findall(r";\s*([a-z]+)=([0-9]{1,9})(?![0-9])", attributes))
        if int(values.get("r", 1)) == 0:
            return name, min(int(values["t"]), MAX_SECONDS) if "t" in values else None
    return "", None
