"""A report whose reading was cut off is read on from where it was: the position is written with the rows it speaks of.

What the Marketplace holds is its own copy, so that nothing of it lies on our disks meanwhile: an export goes by its id,
and one that is gone is begun anew.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from connect.marketplace_exports import Bookmark
from models.database import Database
from models.marketplace import Feed

# Later, a new export tells more than the rest of an old one.
FRESH = timedelta(hours=12)
# The feed under which an export on disk is read, while it is.
FILE = "file"


class Half:
    """The reading of one report: `mark` is where it begins, `as_of` when what it says was so."""

    def __init__(self, database: Database, feed: str, since: date | None, now: datetime) -> None:
        self._database, self._feed, self._since, self._now = database, feed, since, now
        self.as_of, self.mark = now, Bookmark(began=self._begin)
        with database.read() as session:
            known = session.get(Feed, feed)
        if known is None or known.half_export is None or known.half_as_of is None or known.half_since != since:
            return
        if now - known.half_as_of <= FRESH:
            self.as_of, self.mark = known.half_as_of, Bookmark(known.half_export, known.half_taken, self._begin)

    def note(self, session: Session, taken: int) -> None:
        """So many rows are in, as of the transaction of `session`."""
        mine = update(Feed).where(Feed.name == self._feed, Feed.half_export == self.mark.export)
        session.execute(mine.values(half_taken=taken))

    def _begin(self, export: str) -> None:
        self.as_of = self._now
        with self._database.write() as session:
            known = feed_of(session, self._feed)
            known.half_export, known.half_since, known.half_as_of = export, self._since, self._now
            known.half_taken = 0


def feed_of(session: Session, name: str) -> Feed:
    """How far the feed has come; a new row for one that is new."""
    feed = session.get(Feed, name) or Feed(name=name)
    session.add(feed)
    return feed


def done(feed: Feed) -> None:
    """The whole of it was read."""
    feed.half_export = feed.half_since = feed.half_as_of = None
    feed.half_taken = 0
