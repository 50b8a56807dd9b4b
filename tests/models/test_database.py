"""Who writes much makes room for who writes little."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import database as module
from models import pace
from models.database import Database
from models.pace import Pace
from models.schema import upgrade
from models.vault import Vault
from services import inbox
from services.inbox import Delivery


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
    upgrade(importing)
    monkeypatch.setattr(pace, "UNHINDERED", 0)
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


@pytest.mark.parametrize(("seconds", "most"), [(None, 400), (1, 200), (60, 400)])
def test_much_is_written_at_once_while_no_event_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int | None, most: int
) -> None:
    database, vault = Database(f"sqlite:///{tmp_path / 'app.db'}"), Vault(["a-secret-key-for-the-tests"])
    upgrade(database)
    monkeypatch.setattr(pace, "UNHINDERED", 400)
    if seconds is not None:
        with database.write() as session:
            inbox.store(session, vault, Delivery("x", "1", b"{}", "x"), datetime.now(UTC) - timedelta(seconds=seconds))
    rows = Pace(database, 200, 40)
    assert [rows() for _ in range(6)][-1] == most
    database.dispose()
