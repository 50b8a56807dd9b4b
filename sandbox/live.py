"""The journals in words, for whoever watches the front while the app responds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.journal import Journal
from sandbox.texts import Texts

MOST_LINES = 40
# Method and path of a call of the app -> what it is called. The first that matches counts; what none names is not told.
CALLS = (
    (r"(GET|POST) .*/marketplace/.*transactions", "live_transactions"),
    (r"(GET|POST) .*/marketplace/.*licenses?", "live_licences"),
    (r"PUT .*/wiki/api/v2/pages/", "live_page_written"),
    (r"POST .*/wiki/api/v2/pages$", "live_page_made"),
    (r"PUT .*/rest/api/3/issue/[^/]+/properties/", "live_index"),
    (r"GET .*/rest/api/3/attachment/content/", "live_attachment"),
    (r"GET .*/rest/api/3/issue/[^/]+$", "live_case"),
    (r"GET .*/rest/api/3/user/groups$", "live_groups"),
)


def lines(journal: Journal, texts: Texts, after: int) -> list[dict[str, Any]]:
    """`[{number, at, text, tone}]` of what happened after a number, oldest first; `tone` is `good` or `bad`."""
    entries = [*journal.requests(after=after), *journal.deliveries(after=after)]
    told = [line for entry in sorted(entries, key=lambda entry: entry["number"]) for line in _line(entry, texts)]
    return told[-MOST_LINES:]


def _line(entry: Mapping[str, Any], texts: Texts) -> Iterator[dict[str, Any]]:
    text = _sent(entry, texts) if "attempts" in entry else _received(entry, texts)
    if text is None:
        return
    good = entry["acknowledged"] if "attempts" in entry else entry["status"] < 400
    at = entry["attempts"][-1]["at"] if entry.get("attempts") else entry.get("at", "")
    yield {"number": entry["number"], "at": str(at), "text": text, "tone": "good" if good else "bad"}


def _sent(entry: Mapping[str, Any], texts: Texts) -> str:
    tried = entry["attempts"][-1] if entry["attempts"] else {}
    answer = tried.get("status") or tried.get("error") or "–"
    key = "live_taken" if entry["acknowledged"] else "live_refused"
    return texts(key, event=entry["event"], answer=answer)


def _received(entry: Mapping[str, Any], texts: Texts) -> str | None:
    call = f"{entry['method']} {entry['path']}"
    key = next((key for pattern, key in CALLS if re.match(pattern, call)), None)
    if key is None:
        return None
    fault = texts("live_fault", kind=entry["fault"]) if entry.get("fault") else ""
    return f"{texts(key)} ({entry['status']}) {fault}".rstrip()
