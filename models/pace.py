"""How much to write in one transaction, so that who writes little waits for none of them long."""

from __future__ import annotations

import time

from models.database import Database

# So many seconds between, for so many seconds after somebody had to wait.
BREATH, LATELY = 0.01, 30.0


class Pace:
    """How many rows to write in the next transaction: `few` at first, then twice as many each time, up to `most`.

    The more of them, the fewer times each page of an index is written. While others have to wait it is `few` again, and
    each time after a breath.
    """

    def __init__(self, database: Database, most: int, few: int) -> None:
        self._database, self._most, self._few = database, most, few
        self._next = few

    def __call__(self) -> int:
        """The number of rows; asked before each transaction."""
        if time.monotonic() - self._database.wanted_at < LATELY:
            self._next = self._few
            time.sleep(BREATH)
        rows, self._next = self._next, min(2 * self._next, self._most)
        return rows
