"""Wake-ups: one that waits is enough, whatever was stored after it."""

from __future__ import annotations

from models.database import Database
from tests.handlers.faces import running


def test_whoever_is_called_already_is_not_called_again(database: Database) -> None:
    with running(database) as face:
        jobs = face.parts.jobs
        jobs.huey.flush()
        for _ in range(3):
            jobs.wake_inbox()
            jobs.wake_outbox()
        assert len(jobs.huey.pending()) == 2
        # From here on it is at work, and may have looked before what comes now was there.
        begun = jobs.huey.dequeue()
        jobs.wake_inbox()
        jobs.wake_outbox()
        assert [type(task).__name__ for task in [begun, *jobs.huey.pending()]] == ["inbox", "outbox", "inbox"]
