"""Reading support files without trusting them: each in a child process with limits, its answer bounded and checked."""

from __future__ import annotations

import hashlib
import json
import os
import selectors
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.support import limits
from services.support.findings import KINDS, Component, Facts, Reading, add_facts, refused
from services.support.parts import Fetch, OverstepError, Supply
from services.support.redaction import redact

CHILD = Path(__file__).with_name("child.py")
HASH_CHUNK_BYTES = 1024 * 1024
STATUSES = ("parsed", "unknown", "refused")


def extract(paths: Sequence[str | Path]) -> dict[str, Any]:
    """What files tell together, in the shape of interface.md (`support extract FILE --json`). Needs no database and no
    settings, never raises for what is in a file, and leaves nothing on the disk."""
    files, components, warnings, facts, redactions = [], [], [], Facts(), 0
    for path in paths:
        name, hidden = display_name(Path(path).name)
        reading = read_file(path, name)
        files.append({"name": name, "sha256": reading.sha256, "format": reading.format, **_outcome(reading)})
        components += [component.as_dict() for component in reading.components]
        warnings += [f"{name}: {warning}" for warning in reading.warnings]
        add_facts(facts, reading.facts)
        redactions += reading.redactions + hidden
    return {"files": files, "components": components, "facts": facts, "redactions": redactions, "warnings": warnings}


def display_name(file_name: str) -> tuple[str, int]:
    """A file's name as it may be stored and shown: one bounded line, redacted, and how much was taken out."""
    printable = "".join(char if char.isprintable() else "_" for char in file_name)
    return redact(printable.rpartition("/")[2][: limits.MAX_NAME_CHARS] or "file")


def read_file(path: str | Path, name: str) -> Reading:
    """What one file tells; `name` is how `source` calls it. Never raises for what the file is or holds."""
    try:
        # O_NONBLOCK: a named pipe must not hold us up before we see that it is one.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return refused("cannot-open")
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return refused("not-a-file")
        if status.st_size > limits.MAX_FILE_BYTES:
            return refused("file-too-large")
        return _in_child(descriptor, name)
    finally:
        os.close(descriptor)


def _outcome(reading: Reading) -> dict[str, str | None]:
    return {"status": reading.status, "reason": reading.reason}


def read_remote(fetch: Fetch, size: int, name: str) -> Reading:
    """As `read_file`, of a file of `size` bytes that is elsewhere. Only what is looked at is fetched, so its hash is
    not known. What `fetch` raises passes through; the time it takes is not counted."""
    if size > limits.MAX_FILE_BYTES:
        return refused("file-too-large")
    ours, theirs = socket.socketpair()
    with ours, theirs, _child(theirs.fileno(), name, str(size)) as process:
        theirs.close()
        try:
            answer = _bounded_answer(process, Supply(ours, fetch, size))
        except OverstepError:
            return refused("limits-exceeded")
        finally:
            process.kill()
    return _told(answer, None)


def _in_child(descriptor: int, name: str) -> Reading:
    with _child(descriptor, name) as process:
        try:
            # Meanwhile the child reads. A file that kills it has its hash all the same.
            digest = _sha256(descriptor)
            answer = _bounded_answer(process)
        finally:
            process.kill()
    return _told(answer, digest)


def _child(descriptor: int, *arguments: str) -> subprocess.Popen[bytes]:
    # -I and -S: no environment, no site-packages; the child sees the standard library and our own files.
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(CHILD), *arguments],
        stdin=descriptor,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )


def _told(answer: bytes | None, digest: str | None) -> Reading:
    if answer is None:
        return refused("time-limit", digest)
    try:
        reading = _reading(json.loads(answer))
    except (ValueError, KeyError, TypeError):
        # It was killed by a limit, or stopped in the middle of a word.
        return refused("limits-exceeded", digest)
    reading.sha256 = digest
    return reading


def _sha256(descriptor: int) -> str:
    # The child shares the place at which the descriptor reads: it is left alone.
    digest, at = hashlib.sha256(), 0
    while chunk := os.pread(descriptor, HASH_CHUNK_BYTES, at):
        digest.update(chunk)
        at += len(chunk)
        if at > limits.MAX_FILE_BYTES:
            break
    return digest.hexdigest()


def _bounded_answer(process: subprocess.Popen[bytes], supply: Supply | None = None) -> bytes | None:
    """All that the child wrote; None when it took too long. An answer that is too long is cut, and so refused."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    pipe, pieces, size = process.stdout.fileno(), [], 0
    deadline = time.monotonic() + limits.CHILD_WALL_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        if supply is not None:
            selector.register(supply, selectors.EVENT_READ)
        while size <= limits.MAX_RESULT_BYTES:
            ready = {key.fd for key, _ in selector.select(max(0.0, deadline - time.monotonic()))}
            if not ready:
                return None
            if supply is not None and supply.fileno() in ready:
                begun = time.monotonic()
                if not supply.serve():
                    selector.unregister(supply)
                    supply = None
                deadline += time.monotonic() - begun
            if pipe not in ready:
                continue
            piece = os.read(pipe, 64 * 1024)
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
    return b"".join(pieces)[: limits.MAX_RESULT_BYTES]


def _reading(told: dict[str, Any]) -> Reading:
    """The child's answer, type by type: it has been in hostile company."""
    components = [
        Component(
            _one_of(item["kind"], KINDS),
            _text(item["name"]),
            _text_or_none(item["version"]),
            _text(item["raw"]),
            _text(item["source"]),
            bundled=item["bundled"] is True,
        )
        for item in told["components"]
    ]
    return Reading(
        _one_of(told["status"], STATUSES),
        _text_or_none(told["format"]),
        _text_or_none(told["reason"]),
        components,
        {key: value for key, value in told["facts"].items() if key in _FACTS and isinstance(value, _FACTS[key])},
        [_text(warning) for warning in told["warnings"]],
        redactions=int(told["redactions"]),
    )


_FACTS = {"memory_mb": int, "cpu_count": int, "clustered": bool, "deployment": str}


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 2 * limits.MAX_LINE_CHARS or "\0" in value:
        raise ValueError("not a bounded text")
    # Half a surrogate pair is a ValueError, too.
    value.encode()
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _one_of(value: Any, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError("not a known word")
    return str(value)
