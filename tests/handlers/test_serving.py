"""Workers and processors: one each where they are ours, and nobody's choice where the machine has more of them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from handlers.serving import choose_processor
from sandbox.stack import Stack

KNOWN = sorted(os.sched_getaffinity(0))


def workers_of(stack: Stack) -> list[int]:
    """The children of the process that listens."""
    arbiter = stack._processes["web"].pid
    return [int(pid) for pid in Path(f"/proc/{arbiter}/task/{arbiter}/children").read_text().split()]


def processors_of(stack: Stack) -> list[list[int]]:
    return sorted(sorted(os.sched_getaffinity(pid)) for pid in workers_of(stack))


def until(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    raise TimeoutError


def test_each_worker_keeps_to_its_own_and_so_does_who_follows_a_dead_one(tmp_path: Path) -> None:
    stack = Stack(tmp_path, settings={"FAIRTRIAL_DATABASE_URL": f"sqlite:///{tmp_path / 'app.db'}"})
    stack.settings["WEB_CONCURRENCY"] = str(len(KNOWN))
    own = [[processor] for processor in KNOWN]
    try:
        stack.start_web()
        until(lambda: processors_of(stack) == own)
        for dead in workers_of(stack):
            os.kill(dead, signal.SIGKILL)
            until(lambda gone=dead: gone not in workers_of(stack) and processors_of(stack) == own)
    finally:
        stack.stop()


@pytest.mark.parametrize(
    ("processors", "workers", "chosen"), [(2, 2, [0, 1]), (2, 3, [0, 1, 0]), (1, 2, [0, 0]), (4, 2, [None, None])]
)
def test_where_there_are_more_processors_than_workers_none_is_chosen(
    monkeypatch: pytest.MonkeyPatch, processors: int, workers: int, chosen: list[int | None]
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    arbiter = SimpleNamespace(WORKERS={}, num_workers=workers)
    for number in range(workers):
        worker = SimpleNamespace()
        choose_processor(arbiter, worker)
        arbiter.WORKERS[number] = worker
    assert [worker.processor for worker in arbiter.WORKERS.values()] == chosen
