"""Who writes much makes room for who writes little."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from models import database as module
from models import pace
from models.database import Database
from models.pace import Pace


def test_fewer_rows_are_written_at_once_while_somebody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    # Each has a lock of its own on the file, as two processes have.
    importing, serving = Database(url), Database(url)
    monkeypatch.setattr(module, "SHORT", 0.0)

    def write() -> None:
        with serving.write():
            pass

    waiting = threading.Thread(target=write)
    with importing.write():
        pass
    rows = Pace(importing, 200, 40)
    assert [rows() for _ in range(5)] == [40, 80, 160, 200, 200]
    with importing.write():
        waiting.start()
        # Until it stands before the lock.
        while not importing._writer.is_wanted():  # type: ignore[union-attr]
            time.sleep(0.001)
    waiting.join(10)
    assert [rows(), rows()] == [40, 40]
    monkeypatch.setattr(pace, "LATELY", 0.0)
    assert [rows() for _ in range(4)] == [80, 160, 200, 200]
    for one in (importing, serving):
        one.dispose()
