"""The worker process: huey's consumer, and a sweep beside it."""

from __future__ import annotations

import gc
import threading

import structlog
from huey.consumer import Consumer

from handlers import work
from handlers.parts import Parts

log = structlog.get_logger(__name__)

THREADS = 2


def run(parts: Parts) -> None:
    """Work until the process is told to stop. A stop, of whatever kind, loses nothing: leases run out."""
    # What has been loaded stays; to look it over for garbage lengthens a transaction by 40 ms, again and again.
    gc.freeze()
    # SIGTERM is what hosts send to stop a process; huey would drop the running task on it if not told otherwise.
    consumer = Consumer(parts.jobs.huey, workers=THREADS, periodic=False, graceful_signal="TERM")
    stopping = threading.Event()
    sweeper = threading.Thread(target=_sweep_for_ever, args=(parts, stopping), daemon=True)
    sweeper.start()
    log.info("worker.started", threads=THREADS)
    consumer.run()
    stopping.set()
    parts.database.dispose()


def _sweep_for_ever(parts: Parts, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            work.sweep(parts)
        except Exception as error:
            # The sweep is the safety net: it must outlive a database that is down for a while.
            log.error("sweep.failed", kind=type(error).__name__)
        stopping.wait(parts.settings.sweep_seconds)
