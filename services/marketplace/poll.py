"""Exports of the Marketplace: what no webhook tells. The rows take the same path as events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.marketplace import Feed
from models.vault import Vault
from services.marketplace.ingest import Summary, envelope_of_row, is_shallow, observe, set_aside
from services.marketplace.merge import digest
from services.marketplace.relink import relink
from services.marketplace.rows import UnreadableRowError

# Small transactions: events that come in meanwhile wait for one of them at most.
BATCH = 100
# The reports are up to a day late, and `lastUpdated` has the precision of a day.
OVERLAP = timedelta(days=3)

Transaction = Callable[[], AbstractContextManager[Session]]
Fetch = Callable[[date | None], Iterable[object]]


def is_due(session: Session, every: timedelta, now: datetime) -> bool:
    """Is it time to ask the Marketplace again? Never, when `every` is nothing."""
    if not every:
        return False
    last = session.scalar(select(func.min(Feed.finished_at)))
    return last is None or last + every <= now


def sync(
    transaction: Transaction,
    vault: Vault,
    fetch: Fetch,
    *,
    feed: str,
    since: date | None = None,
    full: bool = False,
    now: datetime,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Take in what `fetch(since)` gives (a whole export, or an error and nothing), then move the feed's cursor.

    `since` None: from where the feed has come to, less an overlap; `full`: from the beginning. Safe to run twice and to
    be killed: a row that is known already changes nothing, and the cursor moves last.
    """
    with transaction() as session:
        known = session.get(Feed, feed)
        reached = known.cursor - OVERLAP if known and known.cursor and not full else None
    summary = take_all(
        transaction, vault, fetch(since or reached), source="export", as_of=now, now=now, progress=progress
    )
    with transaction() as session:
        session.merge(Feed(name=feed, cursor=now.date(), rows=summary.rows, finished_at=now))
    return summary


def take_all(
    transaction: Transaction,
    vault: Vault,
    rows: Iterable[object],
    *,
    source: str,
    as_of: datetime | None,
    now: datetime,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Take rows in, a small transaction at a time, then link. `as_of` None: rows are as old as they say."""
    total = Summary()
    for batch in _batches(rows):
        with transaction() as session:
            taken = take_rows(session, vault, batch, source=source, as_of=as_of, now=now)
        total += taken
        progress(total)
    with transaction() as session:
        relink(session, vault, now)
    return total


def take_rows(
    session: Session, vault: Vault, rows: Iterable[object], *, source: str, as_of: datetime | None, now: datetime
) -> Summary:
    """Take rows in within one transaction. What is no row at all is quarantined."""
    envelopes = []
    odd = 0
    for row in rows:
        try:
            envelopes.append(envelope_of_row(row, source, as_of))
        except UnreadableRowError as error:
            kept = row if is_shallow(row) else "nested too deeply to be kept"
            set_aside(session, vault, source, digest({"row": kept}), kept, str(error), now)
            odd += 1
    summary = observe(session, vault, envelopes, now)
    summary.rows += odd
    summary.quarantined += odd
    return summary


def _batches(rows: Iterable[object]) -> Iterator[list[object]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
