"""The list of prospects as a file for a spreadsheet.

For prospecting nobody is on it who may not be mailed: they are counted, and left out. For any other purpose everybody
is, since nothing may be sent on its strength.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.vault import Vault
from services import prospects
from services.mailable import mailable
from services.prospects import MAX_LIMIT, Filters

MOST_ROWS = 10_000
COLUMNS = ("id", "name", "email", "organisation", "domain", "country", "state", "apps", "ends_on", "consent", "flags")
# What a spreadsheet would run (CWE-1236).
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Export:
    """The file, who is on it, and how many were left out because they may not be contacted."""

    text: str
    items: Sequence[dict[str, Any]]
    left_out: int


def export(session: Session, vault: Vault, filters: Filters, *, purpose: str, now: datetime) -> Export:
    """The first `MOST_ROWS` prospects that match, latest news first."""
    found = list(_pages(session, vault, filters))
    kept = found
    if purpose == "prospecting":
        allowed = mailable(session, [item["id"] for item in found], now)
        kept = [item for item in found if item["id"] in allowed]
    return Export(_csv(kept), kept, len(found) - len(kept))


def _pages(session: Session, vault: Vault, filters: Filters) -> Iterator[dict[str, Any]]:
    after, count = None, 0
    while count < MOST_ROWS:
        page = prospects.list_prospects(session, vault, filters, limit=MAX_LIMIT, after=after, count_to=0)
        yield from page["items"][: MOST_ROWS - count]
        count, after = count + len(page["items"]), page["next"]
        if after is None:
            return


def _csv(items: Sequence[dict[str, Any]]) -> str:
    # Spreadsheets take a file without the mark for one in the system's own encoding.
    file = io.StringIO("\ufeff", newline="")
    file.seek(0, io.SEEK_END)
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(item, column) for column in COLUMNS] for item in items)
    return file.getvalue()


def _cell(item: dict[str, Any], column: str) -> str:
    organisation = item["organisation"]
    row = item | {"organisation": organisation["name"], "domain": organisation["domain"]}
    value = (row | {"country": organisation["country"]})[column]
    text = ", ".join(value) if isinstance(value, list) else str(value or "")
    return f"'{text}" if text.startswith(RUNS) else text
