"""What goes with a report that is asked for: patience, a bookmark, and an export that is whole or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO, Any

import ijson

from connect.http import Answer, UpstreamError

FIRST_POLL_SECONDS = 0.5
MAX_POLL_SECONDS = 30
MAX_WAIT_SECONDS = 15 * 60
MAX_ATTEMPTS = 100
RETRIED = frozenset({"rate-limited", "timeout", "unreachable"})
RETRIED_STATUSES = frozenset({502, 503, 504})
FAILED = "the export failed"
PAGE = 50
# Stands for the id of an export where there is none.
PAGED = "pages"


class Bookmark:
    """Where the reading of a report was cut off: by which `export` it was, and how many rows of it were `taken`.

    `began` is told the id of an export that is begun anew, before anything of it is read.
    """

    def __init__(self, export: str | None = None, taken: int = 0, began: Callable[[str], None] = lambda export: None):
        self.export, self.taken, self._began = export, taken, began

    def begin(self, export: str) -> None:
        """From the first row of `export`."""
        self.export, self.taken = export, 0
        self._began(export)


class Patience:
    """Waits between the calls of one export, for so long and no longer."""

    def __init__(self, sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._sleep = sleep
        self._clock = clock
        self._until = clock() + MAX_WAIT_SECONDS
        self._attempts = 0

    def call(self, action: Callable[[], Answer], too_early: str = "") -> Answer:
        """The answer of `action`, which is called again while the far side asks for time."""
        while True:
            try:
                return action()
            except UpstreamError as error:
                retried = error.outcome in RETRIED or error.status in RETRIED_STATUSES or error.outcome == too_early
                if not retried or not self._wait(error.retry_after):
                    raise

    def pause(self) -> None:
        """Wait before the next look; raises `timeout` when the patience is at its end."""
        if not self._wait(None):
            raise UpstreamError("timeout")

    def _wait(self, seconds: int | None) -> bool:
        self._attempts += 1
        wait = max(seconds, 1) if seconds is not None else self._growing()
        if self._attempts >= MAX_ATTEMPTS or self._clock() + wait > self._until:
            return False
        self._sleep(wait)
        return True

    def _growing(self) -> float:
        # A small report is ready at once, a large one takes minutes: neither should wait for the other's pace.
        return min(FIRST_POLL_SECONDS * 2.0 ** (self._attempts - 1), MAX_POLL_SECONDS)


def first_page(mark: Bookmark | None) -> int:
    """Pages are of a list that changes meanwhile: the last one that was taken is read once more."""
    if mark is None:
        return 0
    if mark.export != PAGED:
        mark.begin(PAGED)
    first = max(mark.taken // PAGE - 1, 0)
    mark.taken = first * PAGE
    return first


def export_id(started: Answer) -> str:
    """The id of an export that was begun."""
    # The links beside it may be of an older version or of another host: our own URLs are built from the id alone.
    export = started.json_object().get("export")
    found = export.get("id") if isinstance(export, dict) else None
    if not isinstance(found, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", found):
        raise UpstreamError("bad-answer", status=started.status)
    return found


def status_of(answer: Answer) -> str:
    """How far an export is; an error once it has failed."""
    export = answer.json_object().get("export")
    status = export.get("status") if isinstance(export, dict) else None
    if not isinstance(status, str):
        raise UpstreamError("bad-answer", status=answer.status)
    if status == "FAILED":
        raise UpstreamError("server-error", status=answer.status, title=FAILED)
    return status


def require_whole_array(file: IO[bytes]) -> None:
    """An error unless it is one array of rows to its end."""
    file.seek(0)
    try:
        if next(ijson.basic_parse(file), (None, None))[0] != "start_array":
            raise UpstreamError("bad-answer", status=200)
        file.seek(0)
        for row in ijson.items(file, "item", use_float=True):
            if not isinstance(row, dict):
                raise UpstreamError("bad-answer", status=200)
    except (ijson.JSONError, UnicodeDecodeError):
        raise UpstreamError("bad-answer", status=200) from None


def rows_of(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Its rows, one by one; the file is closed after the last."""
    with file:
        file.seek(0)
        yield from ijson.items(file, "item", use_float=True)
