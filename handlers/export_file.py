"""Rows of an export on disk: all of them or none, since a truncated export must not pass for a small one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import ijson

# Up to this size a file is read at once, which takes every number; beyond it rows are streamed in constant memory.
WHOLE_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 100


class UnreadableExportError(Exception):
    """Why a file can't be taken in, in words that repeat nothing of it."""


@contextmanager
def rows_of(path: Path) -> Iterator[Iterable[object]]:
    """The rows of a file that holds a bare JSON array; `UnreadableExportError` before the first one otherwise."""
    if path.stat().st_size <= WHOLE_BYTES:
        yield _whole(path)
        return
    with path.open("rb") as file:
        _require_whole_array(file)
        file.seek(0)
        yield ijson.items(file, "item", use_float=True)


def _whole(path: Path) -> list[object]:
    try:
        # Tools of Windows put a byte order mark in front.
        read = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableExportError("the file is not UTF-8") from None
    except RecursionError:
        raise UnreadableExportError("a row is nested too deeply") from None
    except ValueError:
        raise UnreadableExportError("the file is not whole, or not JSON") from None
    if not isinstance(read, list):
        raise UnreadableExportError("the file is not a JSON array of rows")
    return read


def _require_whole_array(file: IO[bytes]) -> None:
    first = file.read(4096).lstrip()[:1]
    file.seek(0)
    if first != b"[":
        raise UnreadableExportError("the file is not a JSON array of rows")
    depth = 0
    try:
        for event, _ in ijson.basic_parse(file, use_float=True):
            depth += event.startswith("start") - event.startswith("end_")
            if depth > MAX_DEPTH:
                raise UnreadableExportError("a row is nested too deeply")
    except (ijson.JSONError, ArithmeticError, ValueError, SystemError):
        raise UnreadableExportError("the file is not whole, or holds a number that is too large") from None
