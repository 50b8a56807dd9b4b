"""Waking workers. The database owns what is to be done; huey is at-most-once, so it only says `look now`.

A wake-up that is lost costs a few seconds, until the sweep of the worker looks on its own.
"""

from __future__ import annotations

import json
from typing import Any

import structlog
from huey.api import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.exceptions import HueyException
from huey.registry import Message
from huey.serializer import Serializer

from handlers import work
from handlers.parts import Parts

log = structlog.get_logger(__name__)
MOST_LOOKED_AT = 10


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Pickle, huey's default, would run whatever a stolen queue says. Our tasks carry names only, so JSON is enough."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data._asdict() if isinstance(data, Message) else data).encode()

    def _deserialize(self, data: bytes) -> Any:
        read = json.loads(data)
        return Message(**read) if isinstance(read, dict) and "id" in read and "name" in read else read


class Jobs:
    """The tasks of one app, on the queue that its database calls for."""

    def __init__(self, parts: Parts) -> None:
        self.huey = _huey(parts)
        self._inbox = self.huey.task(name="inbox")(lambda: work.drain_inbox(parts))
        self._outbox = self.huey.task(name="outbox")(lambda: work.drain_outbox(parts))
        self._poll = self.huey.task(name="poll")(lambda: work.poll(parts))

    def wake_inbox(self) -> None:
        """Somebody should look into the inbox."""
        self._wake(self._inbox)

    def wake_outbox(self) -> None:
        """Somebody should look into the outbox."""
        self._wake(self._outbox)

    def wake_poll(self) -> None:
        """Somebody should ask the Marketplace for news."""
        self._wake(self._poll)

    def _wake(self, task: Any) -> None:
        try:
            # Who has not begun yet will see this too, so the queue stays as short as it has kinds of tasks.
            if not any(isinstance(waiting, task.task_class) for waiting in self.huey.pending(limit=MOST_LOOKED_AT)):
                task()
        except (HueyException, OSError, RuntimeError) as error:
            # What was stored is safe; the sweep finds it.
            log.warning("wake.failed", kind=type(error).__name__)


def _huey(parts: Parts) -> Huey:
    options: dict[str, Any] = {"serializer": JsonSerializer(), "results": False, "utc": True}
    if parts.settings.redis_url:
        return RedisHuey("fairtrial", url=parts.settings.redis_url, **options)
    database = parts.database
    if database.is_sqlite:
        return SqliteHuey("fairtrial", filename=f"{database.url.database}.jobs", fsync=False, **options)
    dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return PostgresHuey("fairtrial", dsn=dsn, **options)
