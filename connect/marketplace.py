"""The Marketplace's reporting API: bulk reports, by asynchronous export where there is one.

The third version, and the second one, which Atlassian calls deprecated: the address says which. All or nothing: rows
are handed out only after the whole file has parsed, because a truncated report looks like a mass deletion. For the same
reason an empty report is not proof of anything; whoever calls has to compare it with what was there before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import IO, Any

from requests.auth import HTTPBasicAuth

from connect.http import Answer, Outbound, UpstreamError
from connect.marketplace_exports import (
    FAILED,
    PAGE,
    Bookmark,
    Patience,
    export_id,
    first_page,
    require_whole_array,
    rows_of,
    status_of,
)

MAX_EXPORT_BYTES = 1024 * 1024 * 1024
DOWNLOAD_SECONDS = 10 * 60
MAX_PAGES = 2_000
# With data insights (evaluation dates and sizes) the API reaches back to this day and no further.
FIRST_INSIGHTS = date(2018, 7, 1)
Rows = Iterator[dict[str, Any]]
# Called with `since` and `mark`.
Report = Callable[..., Rows]


class Reporting:
    """Reports of one developer space. `user` and `token` are an Atlassian account and its API token.

    `base_url` ends in `/rest/3`, or in `/rest/2`, for which `developer_id` is the number of the vendor. `sleep` and
    `clock` count in seconds.
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
        base = base_url.rstrip("/")
        self._is_old = base.endswith("/rest/2")
        space = f"vendors/{developer_id}/reporting" if self._is_old else f"reporting/developer-space/{developer_id}"
        self._space = f"{base}/{space}"
        # requests would encode text as Latin-1.
        self._auth = HTTPBasicAuth(user.encode(), token.encode())
        self._http = http
        self._sleep = sleep
        self._clock = clock

    def reports(self) -> dict[str, Report]:
        """What this version of the API tells, by a name of ours; in the order in which it is best read."""
        common: dict[str, Report] = {
            "licences": self.licences,
            "licences-before-insights": self.older_licences,
            "transactions": self.transactions,
            "feedback": self.feedback,
        }
        return common if self._is_old else common | {"quotes": self.quotes, "attribution": self.attribution}

    def licences(self, *, since: date | None = None, mark: Bookmark | None = None) -> Rows:
        """Rows of the licence report, changed on or after `since` (a UTC day; reports are up to 24 h behind)."""
        insights = {"startDate": FIRST_INSIGHTS.isoformat(), "withDataInsights": "true"}
        return self._bulk("licenses", insights | self._atlassians_own, since, mark)

    def older_licences(self, *, since: date | None = None, mark: Bookmark | None = None) -> Rows:
        """Those that began before there were insights: with a later `startDate` the API leaves them out."""
        until = FIRST_INSIGHTS - timedelta(days=1)
        return self._bulk("licenses", {"endDate": until.isoformat()} | self._atlassians_own, since, mark)

    def transactions(self, *, since: date | None = None, mark: Bookmark | None = None) -> Rows:
        """Rows of the sales report, changed on or after `since`."""
        return self._bulk("sales/transactions", {}, since, mark)

    def feedback(self, *, since: date | None = None, mark: Bookmark | None = None) -> Rows:
        """Why people uninstalled, disabled or unsubscribed, on or after `since`, page by page."""
        params = {"startDate": since.isoformat()} if since else {}
        return self._paged("feedback/details", "feedback", params, first_page(mark))

    def quotes(self, *, since: date | None = None, mark: Bookmark | None = None) -> Rows:
        """Every quote that was accepted: no filter of them is known."""
        return self._export("quotes", {}, mark)

    def attribution(self, *, since: date | None = None, mark: Bookmark | None = None) -> Rows:
        """How licences came about, on or after `since`. Status and file of the export are not where it was begun."""
        params = {"startDate": since.isoformat()} if since else {}
        return self._export("marketing-attribution", params, mark, kept_at="async/export")

    def history(self, licence: str) -> Rows:
        """Every row that the Marketplace ever had of one licence, by any of its ids (undocumented, observed)."""
        wanted = {"text": licence, "showLicensesHistory": "true", "includeAtlassianLicenses": "true"}
        return self._paged("licenses", "licenses", wanted)

    def _paged(self, report: str, name: str, params: dict[str, str], first: int = 0) -> Rows:
        """Page by page. A page is never larger than 50, whatever is asked for, and the link to the next one may be of
        another version of the API: so it is asked for by its number, until a page is empty."""
        patience = Patience(self._sleep, self._clock)
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

    @property
    def _atlassians_own(self) -> dict[str, str]:
        return {} if self._is_old else {"includeAtlassianLicenses": "true"}

    def _bulk(self, report: str, params: dict[str, str], since: date | None, mark: Bookmark | None) -> Rows:
        if since:
            params = params | {"lastUpdated": since.isoformat()}
        return self._at_once(report, params) if self._is_old else self._export(report, params, mark)

    def _at_once(self, report: str, params: dict[str, str]) -> Rows:
        """The export of the second version, in one answer: the only one that its official document knows."""
        patience = Patience(self._sleep, self._clock)
        return self._downloaded(patience, f"{self._space}/{report}/export", {**params, "accept": "json"})

    def _export(self, report: str, params: dict[str, str], mark: Bookmark | None, kept_at: str = "") -> Rows:
        mark = mark or Bookmark()
        patience = Patience(self._sleep, self._clock)
        exports = f"{self._space}/{kept_at or f'{report}/async/export'}"
        if mark.export is None or not self._is_there(patience, f"{exports}/{mark.export}"):
            begin, wanted = f"{self._space}/{report}/async/export", {**params, "accept": "json"}
            started = patience.call(lambda: self._call("POST", begin, params=wanted))
            mark.begin(export_id(started))
        export = f"{exports}/{mark.export}"
        while status_of(patience.call(lambda: self._call("GET", f"{export}/status"))) != "COMPLETED":
            patience.pause()
        return islice(self._downloaded(patience, export, None, too_early="not-found"), mark.taken, None)

    def _downloaded(self, patience: Patience, url: str, params: dict[str, str] | None, too_early: str = "") -> Rows:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the iterator that reads it
        try:
            patience.call(lambda: self._download(url, params, file), too_early)
            require_whole_array(file)
        except BaseException:
            file.close()
            raise
        return rows_of(file)

    def _is_there(self, patience: Patience, export: str) -> bool:
        """Is an export that was begun before still to be had?"""
        try:
            status_of(patience.call(lambda: self._call("GET", f"{export}/status")))
        except UpstreamError as error:
            if error.outcome == "not-found" or error.title == FAILED:
                return False
            raise
        return True

    def _call(self, method: str, url: str, params: dict[str, str] | None = None) -> Answer:
        return self._http.request(method, url, auth=self._auth, params=params, headers={"Accept": "application/json"})

    def _download(self, url: str, params: dict[str, str] | None, file: IO[bytes]) -> Answer:
        file.seek(0)
        file.truncate()
        return self._http.request(
            "GET", url, auth=self._auth, params=params, into=file, max_bytes=MAX_EXPORT_BYTES, timeout=DOWNLOAD_SECONDS
        )
