"""Retention at the edge: the run of the database and of the access log, by command and in small bites by the worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from handlers.parts import Parts
from services import anchors, audit, retention
from services.erasure.journal import JournalError
from services.retention import ClockError, Outcome

log = structlog.get_logger(__name__)

# What one sweep may spend on it: others wait for the writer.
BITE_SECONDS = 1.0


def run(
    parts: Parts,
    *,
    seconds: float | None = None,
    trusted_clock: bool = False,
    progress: Callable[[str, int], None] = lambda rule, rows: None,
) -> Outcome:
    """Do what is due now; `ClockError` when the clock has jumped."""
    return retention.apply(
        parts.database.write, parts.vault, parts.clock(), look=parts.database.read,
        extra=lambda: _access_log(parts), seconds=seconds, trusted_clock=trusted_clock, progress=progress,
    )  # fmt: skip


def bite(parts: Parts) -> None:
    """What the worker does at each sweep: some of today's run, files of the access log, the anchor of the day."""
    now = parts.clock()
    parts.access_log.purge(now)
    _anchor(parts)
    with parts.database.read() as session:
        if not retention.is_due(session, now):
            return
    try:
        outcome = run(parts, seconds=BITE_SECONDS)
    except ClockError:
        log.error("retention.clock-jumped")
        return
    if outcome.is_through and outcome.done:
        log.info("retention.done", run=outcome.run, **{f"rule_{name}": rows for name, rows in outcome.done.items()})


def _access_log(parts: Parts) -> dict[str, Any]:
    now = parts.clock()
    load = parts.access_log.load(now)
    files = parts.access_log.purge(now)
    return {"access_log": {"lines_yesterday": load.lines, "days_kept": load.days, "files_deleted": files}}


def _anchor(parts: Parts) -> None:
    now = parts.clock()
    try:
        if not anchors.is_due(parts.anchors, now):
            return
        with parts.database.read() as session:
            head = audit.head(session)
        if head is not None:
            anchors.drop(parts.anchors, head, now)
    except JournalError:
        log.error("anchors.unreadable")
