"""Engines and transactions for SQLite (default) and PostgreSQL.

On SQLite several processes need one writer at a time: without a lock around the write transaction the median looks fine
and the 99th percentile explodes, by the busy time-outs of colliding writers. `synchronous=FULL`: durable means power
loss too. `secure_delete`: what is deleted is overwritten.
"""

from __future__ import annotations

import fcntl
import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

# A connection for each thread of a server, and one more while it asks for a second thing.
MOST_CONNECTIONS = {"max_overflow": 27}
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "secure_delete": "ON",
    "busy_timeout": "30000",
    # KiB, where 2,000 is the default: an import comes back to the same pages of a dozen indexes all the time.
    "cache_size": "-8000",
    # While linking reads, the log of what it writes can't be begun anew; afterwards it need not stay as large.
    "journal_size_limit": "67108864",
}

# Seconds of a transaction that nobody can have waited for long.
SHORT = 0.005


def to_json(value: object, default: Callable[[Any], Any] | None = None) -> str:
    """JSON text; what the fast writer does not know (half a surrogate pair, a huge number) the slow one does.

    `default` makes something of what is no JSON; without it that is a TypeError.
    """
    try:
        return orjson.dumps(value, default=default).decode()
    except TypeError:
        return json.dumps(value, default=default)


def from_json(text: str | bytes) -> Any:
    """What `to_json` was given."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


JSON: Mapping[str, Any] = {"json_serializer": to_json, "json_deserializer": from_json}


def normalised_url(given: str) -> URL:
    """`given` as a URL that names its driver; some hosts still hand out `postgres://`."""
    if given.startswith("postgres://"):
        given = "postgresql://" + given.removeprefix("postgres://")
    url = make_url(given)
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


class Database:
    """One database. Make it after a fork, never before: connections do not survive one."""

    def __init__(self, url: str) -> None:
        self.url = normalised_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = _FileLock(self.url, "lock") if self.is_sqlite else None
        # When somebody had to wait for a transaction of this process, by the monotonic clock (models/pace.py).
        self.wanted_at = -math.inf
        self.engine = (
            _sqlite_engine(self.url)
            if self.is_sqlite
            else create_engine(self.url, pool_pre_ping=True, hide_parameters=True, **MOST_CONNECTIONS, **JSON)
        )
        self._writing = self.engine.execution_options(begin="IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading alone; nothing of it is written. The rows that were read stay readable after it."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.expunge_all()

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A session for reading alone, in which every statement sees the database as the first one did."""
        with self.read() as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at its end, and rolls back when an error passes through. No HTTP inside."""
        with self._writer or nullcontext(), Session(self._writing, expire_on_commit=False) as session:
            if self.is_sqlite:
                session.connection()
            begun = time.monotonic()
            yield session
            session.commit()
            now = time.monotonic()
            # To ask takes longer than a short transaction does, and nobody waits for one.
            if self._writer and now - begun > SHORT and self._writer.is_wanted():
                self.wanted_at = now

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection that commits at its end, for a few statements: a session costs as much as they do.

        It is there before it is our turn, and given back after it: others wait for the statements alone.
        """
        with self._writing.connect() as connection, self._writer or nullcontext(), connection.begin():
            yield connection

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Nobody else, in whatever process, is inside for the same `what`; ends with the process at the latest.

        Unlike a transaction it hinders nobody who does something else, so it may take as long as it needs.
        """
        if self.is_sqlite:
            with _FileLock(self.url, f"{what}.lock"):
                yield
            return
        with self.engine.connect() as connection:
            name = {"what": f"fairtrial {what}"}
            connection.execute(text("SELECT pg_advisory_lock(hashtext(:what))"), name)
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(hashtext(:what))"), name)

    def look_over(self) -> None:
        """Have PostgreSQL look at what its tables hold now. Its own look comes minutes after they were filled; until
        then it takes them for tiny, and reads all of an index instead of the few keys that are asked for."""
        if not self.is_sqlite:
            with self.write() as session:
                session.execute(text("ANALYZE"))

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def one_at_a_time(session: Session, what: str) -> None:
    """Until this transaction ends, nobody else is past this line for `what`. A chain or a projection needs it.

    On SQLite a write transaction is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"fairtrial {what}"})


def _sqlite_engine(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30}, hide_parameters=True, **MOST_CONNECTIONS, **JSON)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # The driver would begin on its own, late and deferred; the `begin` listener below does it by our rule.
        connection.isolation_level = None
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.connection.driver_connection.execute(f"BEGIN {mode}")

    return engine


class _FileLock:
    """At most one at a time, between threads and between processes: a lock on a file beside the database."""

    def __init__(self, url: URL, name: str) -> None:
        self._threads = threading.Lock()
        in_memory = not url.database or url.database == ":memory:"
        self._path = None if in_memory else Path(f"{url.database}.{name}")
        # Whoever waits holds a share of this one.
        self._waiting = None if in_memory else Path(f"{url.database}.{name}.waiting")

    def __enter__(self) -> None:
        self._threads.acquire()
        if self._path is None or self._waiting is None:
            return
        self._file = self._path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with self._waiting.open("a") as waiting:
                fcntl.flock(waiting, fcntl.LOCK_SH)
                fcntl.flock(self._file, fcntl.LOCK_EX)

    def is_wanted(self) -> bool:
        """Does another process wait for it?"""
        if self._waiting is None:
            return False
        with self._waiting.open("a") as waiting:
            try:
                fcntl.flock(waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            self._file.close()
        self._threads.release()
