"""Which calls each report is made of, in the third version of the API and in the second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from connect.http import Outbound, UpstreamError
from connect.marketplace import Reporting
from connect.marketplace_exports import Bookmark
from tests import openapi
from tests.connect.reporting import ID, ROWS, Time, started, status
from tests.connect.server import Reply, Server

SPACE = "/marketplace/rest/3/reporting/developer-space/7b0e"
VENDOR = "/rest/2/vendors/1234/reporting"
SINCE = date(2026, 11, 20)


def paths(server: Server) -> list[str]:
    return [f"{asked.method} {asked.path}" for asked in server.asked]


def queries(server: Server) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(asked.url).query) for asked in server.asked]


def test_quotes_are_exported_whatever_the_links_say(reporting: Reporting, server: Server) -> None:
    broken = {"href": "/rest/2/vendors/123/reporting/quotes/async/export/x/status"}
    server.script(started(status=broken, download=broken), status("COMPLETED"), Reply(200, ROWS))
    assert list(reporting.quotes(since=SINCE)) == ROWS
    export = f"{SPACE}/quotes/async/export"
    assert paths(server) == [f"POST {export}", f"GET {export}/{ID}/status", f"GET {export}/{ID}"]
    assert queries(server)[0] == {"accept": ["json"]}


def test_attribution_is_kept_elsewhere_than_it_is_begun(reporting: Reporting, server: Server) -> None:
    server.script(started(), status("COMPLETED"), Reply(200, ROWS))
    assert list(reporting.attribution(since=SINCE)) == ROWS
    kept = f"{SPACE}/async/export/{ID}"
    assert paths(server) == [f"POST {SPACE}/marketing-attribution/async/export", f"GET {kept}/status", f"GET {kept}"]
    assert queries(server)[0]["startDate"] == ["2026-11-20"]


def test_what_began_before_there_were_insights_is_asked_for_too(reporting: Reporting, server: Server) -> None:
    server.script(started(), status("COMPLETED"), Reply(200, ROWS))
    assert list(reporting.older_licences()) == ROWS
    query = queries(server)[0]
    assert query["endDate"] == ["2018-06-30"] and "withDataInsights" not in query and "startDate" not in query


def test_every_report_is_named(reporting: Reporting, server: Server) -> None:
    names = ["licences", "licences-before-insights", "transactions", "feedback", "quotes", "attribution"]
    assert list(reporting.reports()) == names
    server.answer = lambda _: Reply(401)
    with pytest.raises(UpstreamError):
        reporting.reports()["quotes"](since=None, mark=Bookmark())


@pytest.fixture
def second(http: Outbound, server: Server, time: Time) -> Iterator[Reporting]:
    """A client of the second version; each of its calls is one that the official document has."""
    yield Reporting(server.base + "/rest/2", "1234", "vendor@example.com", "t0ken", http, time.sleep, lambda: time.now)
    for asked in server.asked:
        openapi.check("marketplace-v2.openapi.2021-09", asked.method, asked.url, None)


def test_the_second_version_gives_each_report_in_one_answer(second: Reporting, server: Server) -> None:
    server.script(Reply(200, ROWS), Reply(200, ROWS[:1]), Reply(200, ROWS), Reply(200, {"feedback": ROWS}))
    told = [list(report(since=SINCE, mark=Bookmark())) for report in second.reports().values()]
    assert told == [ROWS, ROWS[:1], ROWS, ROWS]
    reports = ("licenses/export", "licenses/export", "sales/transactions/export", "feedback/details")
    assert paths(server) == [f"GET {VENDOR}/{report}" for report in reports]
    assert [query.get("lastUpdated") for query in queries(server)] == [["2026-11-20"]] * 3 + [None]


def test_it_is_patient_and_takes_no_half_answer(second: Reporting, server: Server, time: Time) -> None:
    server.script(Reply(502), Reply(429, b"", {"Retry-After": "7"}), Reply(200, ROWS))
    assert list(second.licences()) == ROWS
    assert 7 in time.slept
    server.script(Reply(200, b'[{"a": 1},'))
    with pytest.raises(UpstreamError, match="bad-answer"):
        second.licences()
