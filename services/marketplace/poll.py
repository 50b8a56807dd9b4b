"""Exports of the Marketplace: what no webhook tells. The rows take the same path as events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connect.marketplace_exports import Bookmark
from models.database import Database
from models.marketplace import Feed
from models.pace import Pace
from models.vault import Vault
from services.marketplace import ingest
from services.marketplace.garbage import looked_for_seldom
from services.marketplace.ingest import Summary, envelope_of_row, is_shallow, set_aside
from services.marketplace.merge import digest
from services.marketplace.relink import pieces, relink
from services.marketplace.resuming import FILE, Half, done, feed_of
from services.marketplace.rows import UnreadableRowError

# Rows of one transaction, which the first event to come in beside it waits for; and after that.
BATCH, FEW = 300, 40
# After so many new rows, and each time that there are so many times as many, the tables are not what they were.
OTHER, GROWN = 1_000, 4
# The reports are up to a day late, and `lastUpdated` has the precision of a day.
OVERLAP = timedelta(days=3)
# A whole report with less than this share of the last one's rows is taken for a broken one.
PLAUSIBLE = 0.9
AFTER_FAILURE = timedelta(minutes=30)

Fetch = Callable[[date | None, Bookmark], Iterable[object]]


def due(session: Session, names: Iterable[str], every: timedelta, now: datetime) -> list[str]:
    """Which of these feeds to ask for now: `every` so often, or after a while where the last try failed or was cut off.
    None, when `every` is nothing."""
    if not every:
        return []
    feeds = {feed.name: feed for feed in session.scalars(select(Feed))}
    return [name for name in names if name not in feeds or _is_due(feeds[name], every, now)]


def sync(
    database: Database,
    vault: Vault,
    fetch: Fetch,
    *,
    feed: str,
    since: date | None = None,
    full: bool = False,
    now: datetime,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Take in what `fetch(since, mark)` gives (a whole export, or an error and nothing), then move the feed's cursor.

    `since` None: from where the feed has come to, less an overlap; `full`: from the beginning. Safe to run twice and to
    be killed: a row that is known already changes nothing, the cursor moves last, and the same report is read on from
    where it was. What was in by then is counted as unchanged.
    """
    with database.write() as session:
        known = feed_of(session, feed)
        known.tried_at = now
        reached = known.cursor - OVERLAP if known.cursor and not full else None
    since = since or reached
    half = Half(database, feed, since, now)
    rows = fetch(since, half.mark)
    summary = take_all(database, vault, rows, source="export", as_of=half.as_of, now=now, progress=progress, half=half)
    with database.write() as session:
        _move(session, feed, summary.rows, is_whole=since is None, as_of=half.as_of, now=now)
    return summary


def take_file(
    database: Database,
    vault: Vault,
    rows: Iterable[object],
    *,
    digest: str,
    now: datetime,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Take in an export on disk, known by its digest; the same one is read on where it was cut off."""
    half = Half(database, FILE, None, now)
    if half.mark.export != digest:
        half.mark.begin(digest)
    rest = islice(rows, half.mark.taken, None)
    summary = take_all(database, vault, rest, source="file", as_of=None, now=now, progress=progress, half=half)
    with database.write() as session:
        session.execute(delete(Feed).where(Feed.name == FILE, Feed.half_export == digest))
    return summary


def _is_due(feed: Feed, every: timedelta, now: datetime) -> bool:
    if feed.tried_at is not None and (feed.finished_at is None or feed.finished_at < feed.tried_at):
        return feed.tried_at + min(every, AFTER_FAILURE) <= now
    return feed.finished_at is None or feed.finished_at + every <= now


def _move(session: Session, feed: str, rows: int, *, is_whole: bool, as_of: datetime, now: datetime) -> None:
    """Move the cursor; but a whole report that has lost a tenth of its rows is no base for what comes after it.

    Nothing is ever concluded from a row that is missing (marketplace.md 5, rule 6), so nothing is lost by such a report
    either: it is told, and the next run asks for everything again.
    """
    known = feed_of(session, feed)
    known.rows, known.finished_at = rows, now
    done(known)
    if is_whole and known.whole_rows and rows < PLAUSIBLE * known.whole_rows:
        known.shrunk_at, known.cursor = known.shrunk_at or now, None
        return
    if is_whole:
        known.whole_rows, known.shrunk_at = rows, None
    known.cursor = as_of.date()


def shrunk(session: Session) -> list[str]:
    """The feeds whose last whole report had far fewer rows than the one before."""
    return list(session.scalars(select(Feed.name).where(Feed.shrunk_at.is_not(None)).order_by(Feed.name)))


@looked_for_seldom()
def take_all(
    database: Database,
    vault: Vault,
    rows: Iterable[object],
    *,
    source: str,
    as_of: datetime | None,
    now: datetime,
    progress: Callable[[Summary], None] = lambda summary: None,
    half: Half | None = None,
) -> Summary:
    """Take rows in, a small transaction at a time, then link. `as_of` None: rows are as old as they say. `half`: where
    the position is written, and the rows begin."""
    taken = half.mark.taken if half else 0
    total, other = Summary(rows=taken, unchanged=taken), OTHER
    for batch in pieces(iter(rows), Pace(database, BATCH, FEW)):
        note = partial(half.note, taken=total.rows + len(batch)) if half else None
        total += take_rows(database, vault, batch, source=source, as_of=as_of, now=now, note=note)
        progress(total)
        if total.new >= other:
            database.look_over()
            other *= GROWN
    with database.read() as session:
        request = ingest.relink_requested(session)
    if request is not None:
        relink(database, vault, now)
        with database.write() as session:
            ingest.relinked(session, request, now)
    return total


def take_rows(
    database: Database,
    vault: Vault,
    rows: Iterable[object],
    *,
    source: str,
    as_of: datetime | None,
    now: datetime,
    note: Callable[[Session], None] | None = None,
) -> Summary:
    """Take rows in: read without a transaction, written within one, as is `note`. What is no row is quarantined."""
    envelopes, odd = [], []
    for row in rows:
        try:
            envelopes.append(envelope_of_row(row, source, as_of))
        except UnreadableRowError as error:
            odd.append((row if is_shallow(row) else "nested too deeply to be kept", str(error)))
    with database.read() as session:
        prepared = ingest.prepare(session, vault, envelopes)
    if not odd and prepared.says_nothing:
        return Summary(rows=len(envelopes), unchanged=len(envelopes))
    with database.write() as session:
        if note is not None:
            note(session)
        for row, reason in odd:
            set_aside(session, vault, source, digest({"row": row}), row, reason, now)
        return ingest.take(session, vault, prepared, now) + Summary(rows=len(odd), quarantined=len(odd))
