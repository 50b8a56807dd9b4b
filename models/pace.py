"""How much to write in one transaction, so that who writes little waits for none of them long."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import select

from models.database import Database
from models.queues import InboxItem

# Seconds between two transactions, for so many seconds after somebody had to wait.
BREATH, LATELY = 0.01, 30.0
# Rows of a transaction that nobody is about to wait for.
UNHINDERED = 1_000


class Pace:
    """How many rows to write in the next transaction: `few` at first, then twice as many each time, up to `most`.

    The more of them, the fewer times each page of an index is written. While others have to wait it is `few` again, and
    each time after a breath. It is UNHINDERED where nobody is about to wait: on PostgreSQL, which lets all write at a
    time, and while no event has come in lately.
    """

    def __init__(self, database: Database, most: int, few: int) -> None:
        self._database, self._few = database, few
        self._most, self._next = most, few

    def __call__(self) -> int:
        """The number of rows; asked before each transaction."""
        if time.monotonic() - self._database.wanted_at < LATELY:
            self._next = self._few
            time.sleep(BREATH)
        # Asked now, not when the last one was begun: an event may have come in since.
        most = max(self._most, UNHINDERED) if self._next > self._most and self._is_unhindered() else self._most
        rows = min(self._next, most)
        self._next = 2 * rows
        return rows

    def _is_unhindered(self) -> bool:
        if not self._database.is_sqlite:
            return True
        with self._database.read() as session:
            last = session.scalar(select(InboxItem.received_at).order_by(InboxItem.id.desc()).limit(1))
        return last is None or (datetime.now(UTC) - last).total_seconds() > LATELY
