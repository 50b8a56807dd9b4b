"""Servers that are measured: gunicorn with our own settings, whatever app it serves."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.stack import ROOT


@contextmanager
def server(app: str, folder: Path, settings: Mapping[str, str], workers: int = 1) -> Iterator[int]:
    """`app` behind gunicorn; gives the port."""
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", app]
    with process(command, ROOT, folder, {**settings, "WEB_CONCURRENCY": str(workers)}) as port:
        yield port


@contextmanager
def process(command: Sequence[str], cwd: Path, folder: Path, settings: Mapping[str, str]) -> Iterator[int]:
    """A server that listens on the port which `PORT` names; gives the port. What it says goes to a file in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with (folder / "server.log").open("ab") as log:
        running = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **settings, "PORT": str(port)}, stdout=log, stderr=log
        )
    try:
        _await(port)
        yield port
    finally:
        running.terminate()
        running.wait()


def _await(port: int) -> None:
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("a server did not start")
