"""The Marketplace's reporting API v3: bulk reports by asynchronous export.

Start, poll the status, download. All or nothing: rows are handed out only after the whole file has parsed, because a
truncated report looks like a mass deletion. For the same reason an empty report is not proof of anything; whoever
calls has to compare it with what was there before.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import islice
from typing import IO, Any

import ijson
from requests.auth import HTTPBasicAuth

from connect.http import Answer, Outbound, UpstreamError

FIRST_POLL_SECONDS = 0.5
MAX_POLL_SECONDS = 30
MAX_WAIT_SECONDS = 15 * 60
MAX_ATTEMPTS = 100
MAX_EXPORT_BYTES = 1024 * 1024 * 1024
DOWNLOAD_SECONDS = 10 * 60
RETRIED = frozenset({"rate-limited", "timeout", "unreachable"})
RETRIED_STATUSES = frozenset({502, 503, 504})
FAILED = "the export failed"
PAGE = 50
# Stands for the id of an export where there is none.
PAGED = "pages"
MAX_PAGES = 2_000
# With data insights (evaluation dates and sizes) the API reaches back to this day and no further.
FIRST_INSIGHTS = date(2018, 7, 1)


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


class Reporting:
    """Reports of one developer space. `user` and `token` are an Atlassian account and its API token.

    `base_url` ends in `/rest/3`. `sleep` and `clock` count in seconds.
    """

    def __init__(
        self,
        base_url: str,
        developer_id: str,
        user: str,
        token: str,
        http: Outbound,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._space = f"{base_url.rstrip('/')}/reporting/developer-space/{developer_id}"
        # requests would encode text as Latin-1.
        self._auth = HTTPBasicAuth(user.encode(), token.encode())
        self._http = http
        self._sleep = sleep
        self._clock = clock

    def licences(self, *, since: date | None = None, mark: Bookmark | None = None) -> Iterator[dict[str, Any]]:
        """Rows of the licence report, changed on or after `since` (a UTC day; reports are up to 24 h behind)."""
        insights = {"startDate": FIRST_INSIGHTS.isoformat(), "withDataInsights": "true"}
        return self._export("licenses", {**insights, "includeAtlassianLicenses": "true"}, since, mark)

    def transactions(self, *, since: date | None = None, mark: Bookmark | None = None) -> Iterator[dict[str, Any]]:
        """Rows of the sales report, changed on or after `since`."""
        return self._export("sales/transactions", {}, since, mark)

    def feedback(self, *, since: date | None = None, mark: Bookmark | None = None) -> Iterator[dict[str, Any]]:
        """Why people uninstalled, disabled or unsubscribed, on or after `since`. There is no export of it."""
        params = {"startDate": since.isoformat()} if since else {}
        return self._paged("feedback/details", "feedback", params, _first_page(mark))

    def history(self, licence: str) -> Iterator[dict[str, Any]]:
        """Every row that the Marketplace ever had of one licence, by any of its ids (undocumented, observed)."""
        wanted = {"text": licence, "showLicensesHistory": "true", "includeAtlassianLicenses": "true"}
        return self._paged("licenses", "licenses", wanted)

    def _paged(self, report: str, name: str, params: dict[str, str], first: int = 0) -> Iterator[dict[str, Any]]:
        """Page by page. A page is never larger than 50, whatever is asked for, and the link to the next one may be of
        another version of the API: so it is asked for by its number, until a page is empty."""
        patience = _Patience(self._sleep, self._clock)
        for number in range(first, MAX_PAGES):
            page = params | {"limit": str(PAGE), "offset": str(number * PAGE)}
            answer = patience.call(partial(self._call, "GET", f"{self._space}/{report}", page))
            rows = answer.json_object().get(name)
            if not isinstance(rows, list):
                raise UpstreamError("bad-answer", status=answer.status)
            yield from (row for row in rows if isinstance(row, dict))
            if len(rows) < PAGE:
                return
        raise UpstreamError("too-large")

    def _export(
        self, report: str, params: dict[str, str], since: date | None, mark: Bookmark | None
    ) -> Iterator[dict[str, Any]]:
        if since:
            params["lastUpdated"] = since.isoformat()
        mark = mark or Bookmark()
        patience = _Patience(self._sleep, self._clock)
        exports = f"{self._space}/{report}/async/export"
        if mark.export is None or not self._is_there(patience, f"{exports}/{mark.export}"):
            started = patience.call(lambda: self._call("POST", exports, params={**params, "accept": "json"}))
            mark.begin(_export_id(started))
        export = f"{exports}/{mark.export}"
        while _status(patience.call(lambda: self._call("GET", f"{export}/status"))) != "COMPLETED":
            patience.pause()
        file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the iterator that reads it
        try:
            patience.call(lambda: self._download(export, file), too_early="not-found")
            _require_whole_array(file)
        except BaseException:
            file.close()
            raise
        return islice(_rows(file), mark.taken, None)

    def _is_there(self, patience: _Patience, export: str) -> bool:
        """Is an export that was begun before still to be had?"""
        try:
            _status(patience.call(lambda: self._call("GET", f"{export}/status")))
        except UpstreamError as error:
            if error.outcome == "not-found" or error.title == FAILED:
                return False
            raise
        return True

    def _call(self, method: str, url: str, params: dict[str, str] | None = None) -> Answer:
        return self._http.request(method, url, auth=self._auth, params=params, headers={"Accept": "application/json"})

    def _download(self, url: str, file: IO[bytes]) -> Answer:
        file.seek(0)
        file.truncate()
        return self._http.request(
            "GET", url, auth=self._auth, into=file, max_bytes=MAX_EXPORT_BYTES, timeout=DOWNLOAD_SECONDS
        )


class _Patience:
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


def _first_page(mark: Bookmark | None) -> int:
    """Pages are of a list that changes meanwhile: the last one that was taken is read once more."""
    if mark is None:
        return 0
    if mark.export != PAGED:
        mark.begin(PAGED)
    first = max(mark.taken // PAGE - 1, 0)
    mark.taken = first * PAGE
    return first


def _export_id(started: Answer) -> str:
    # The links beside it may be of an older version or of another host: our own URLs are built from the id alone.
    export = started.json_object().get("export")
    export_id = export.get("id") if isinstance(export, dict) else None
    if not isinstance(export_id, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", export_id):
        raise UpstreamError("bad-answer", status=started.status)
    return export_id


def _status(answer: Answer) -> str:
    export = answer.json_object().get("export")
    status = export.get("status") if isinstance(export, dict) else None
    if not isinstance(status, str):
        raise UpstreamError("bad-answer", status=answer.status)
    if status == "FAILED":
        raise UpstreamError("server-error", status=answer.status, title=FAILED)
    return status


def _require_whole_array(file: IO[bytes]) -> None:
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


def _rows(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    with file:
        file.seek(0)
        yield from ijson.items(file, "item", use_float=True)
