"""Anchors of the staff journal: where its chain ended, in a file outside the database.

Whoever can write to the database could cut the chain and mend its head. What was anchored shows it all the same, as
long as the file is out of their reach (docs/operations.md). A line each day; the file is chained and authenticated as
that of erasures is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.audit import Anchor
from services.erasure.journal import Journal

EVERY = timedelta(days=1)


def is_due(file: Journal, now: datetime) -> bool:
    """Is the newest anchor a day old?"""
    lines = file.entries()
    return not lines or now - datetime.fromisoformat(lines[-1]["id"]) >= EVERY


def drop(file: Journal, anchor: Anchor, now: datetime, *, restored: bool = False) -> None:
    """Add a line. `restored`: the database came back from a backup; what was anchored before counts no more."""
    told = {"kind": "anchor", "id": now.isoformat(), "seq": anchor.seq, "hash": anchor.hash, "restored": restored}
    file.append([told])


def valid(file: Journal) -> list[Anchor]:
    """Every anchor since the newest restore; `JournalError` when the file was changed."""
    lines = file.entries()
    restores = [number for number, line in enumerate(lines) if line["restored"]]
    return [Anchor(line["seq"], line["hash"]) for line in lines[restores[-1] if restores else 0 :]]
