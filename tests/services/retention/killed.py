"""A run of retention in a process of its own, which kills itself after so many batches: `python -m …killed URL N`."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime

from models.database import Database
from models.vault import Vault
from services import retention
from services.retention import engine

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def main(url: str, batches: int) -> None:
    # One person a batch, so that there are as many instants as people.
    engine.FIRST_BATCH = engine.LARGEST_BATCH = 1
    seen = 0

    def count(rule: str, rows: int) -> None:
        nonlocal seen
        seen += 1
        if seen == batches:
            os.kill(os.getpid(), signal.SIGKILL)

    retention.apply(Database(url).write, Vault(["a-secret-key-for-the-tests"]), NOW, progress=count)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
