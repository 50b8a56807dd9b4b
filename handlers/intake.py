"""Group commit: requests that wait at the same moment share one transaction, and are answered after it.

The first of them commits for all; there is no timer and no extra thread. Alone a request commits at once. Who commits
with whom is settled when the database is ours: whoever comes while another process commits comes along.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database
from models.vault import Vault
from services import inbox
from services.inbox import Delivery, Ready, Stored


class _Ticket:
    """One delivery that waits for its commit."""

    def __init__(self, ready: Ready) -> None:
        self.ready = ready
        self.stored: Stored | None = None
        self.error: Exception | None = None
        self._gate = threading.Lock()
        self._gate.acquire()

    def wait(self) -> None:
        """Until somebody calls, once."""
        self._gate.acquire()

    def call(self) -> None:
        """Its thread goes on."""
        self._gate.release()

    def outcome(self) -> Stored:
        if self.error is not None:
            raise self.error
        # A ticket that nobody has worked on must never pass for an acknowledged one.
        if self.stored is None:
            raise RuntimeError("a delivery was left behind")
        return self.stored

    @property
    def is_settled(self) -> bool:
        return self.stored is not None or self.error is not None


class Intake:
    """Stores deliveries durably, many to a transaction. One for each process; safe to share between threads.

    `wake` is called after each transaction: somebody should look into the inbox.
    """

    def __init__(
        self, database: Database, vault: Vault, clock: Callable[[], datetime], wake: Callable[[], None] = lambda: None
    ) -> None:
        self._database, self._vault, self._clock, self._wake = database, vault, clock, wake
        self._waiting: list[_Ticket] = []
        self._is_busy = False
        self._swap = threading.Lock()

    def store(self, delivery: Delivery) -> Stored:
        """What became of `delivery`, after the commit that made it durable; an error where it is not."""
        # Sealed by its own thread, while others wait for the disk.
        ticket = _Ticket(inbox.ready(self._vault, delivery, self._clock()))
        with self._swap:
            self._waiting.append(ticket)
            is_first, self._is_busy = not self._is_busy, True
        if not is_first:
            ticket.wait()
        if not ticket.is_settled:
            self._commit_all(ticket)
        return ticket.outcome()

    def _commit_all(self, mine: _Ticket) -> None:
        batch: list[_Ticket] = []
        try:
            self._commit_each(batch)
        finally:
            if mine not in batch:
                # It ended before anybody was looked at: nobody may be left waiting for who is gone.
                batch += self._take()
            with self._swap:
                next_one = self._waiting[0] if self._waiting else None
                self._is_busy = next_one is not None
            # Each is called by itself: if all took turns at one lock, whoever commits next would queue behind them.
            if next_one is not None:
                next_one.call()
            for ticket in batch:
                if not ticket.is_settled:
                    ticket.error = RuntimeError("a delivery was left behind")
                if ticket is not mine:
                    ticket.call()
        # After all have gone on: nobody is answered later for it.
        self._wake()

    def _commit_each(self, batch: list[_Ticket]) -> None:
        """Commit all who wait; they are added to `batch`, whatever becomes of them."""
        try:
            with self._database.transaction() as connection:
                batch += self._take()
                found = self._insert(connection, batch)
            self._settle(batch, found)
        except (SQLAlchemyError, ValueError):
            batch += self._take()
            # One bad row fails its whole transaction: by itself each gets what it deserves.
            for ticket in batch:
                self._commit_alone(ticket)

    def _commit_alone(self, ticket: _Ticket) -> None:
        try:
            with self._database.transaction() as connection:
                found = self._insert(connection, [ticket])
            self._settle([ticket], found)
        except (SQLAlchemyError, ValueError) as error:
            ticket.error = error

    def _take(self) -> list[_Ticket]:
        # Without the lock a ticket could be added to the list between its copy and its clearing, and be lost.
        with self._swap:
            taken, self._waiting = self._waiting, []
        return taken

    def _insert(self, connection: Connection, batch: Sequence[_Ticket]) -> list[Stored]:
        return inbox.store_ready(connection, [ticket.ready for ticket in batch])

    def _settle(self, batch: Sequence[_Ticket], found: Sequence[Stored]) -> None:
        for ticket, stored in zip(batch, found, strict=True):
            ticket.stored = stored
