"""The asynchronous export, played from the script in the contracts, and everything that goes wrong with it."""

from __future__ import annotations

import json
import tracemalloc
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connect.http import UpstreamError
from connect.marketplace import Reporting
from connect.marketplace_exports import MAX_WAIT_SECONDS
from tests.connect.reporting import ID, ROWS, Time, started, status
from tests.connect.server import Asked, Reply, Server
from tests.contracts import load

FLOW = "marketplace/marketplace-async-export-flow.json"
SPACE = "/marketplace/rest/3/reporting/developer-space/7b0e"
LICENCES = SPACE + "/licenses/async/export"


def paths(server: Server) -> list[str]:
    return [f"{asked.method} {asked.path}" for asked in server.asked]


def test_the_script_of_the_contract(reporting: Reporting, server: Server, time: Time) -> None:
    steps = [step for step in load(FLOW)["steps"] if step["request"] != "GET download too early"]
    replies = [Reply(step["status"], step.get("body", b""), step.get("headers", {})) for step in steps[:-1]]
    server.script(*replies, Reply(200, ROWS))
    assert list(reporting.licences()) == ROWS
    assert parse_qs(urlsplit(server.asked[0].url).query) == parse_qs(urlsplit(steps[0]["request"]).query)
    assert 7 in time.slept
    own = [f"POST {LICENCES}"] + [f"GET {LICENCES}/{ID}/status"] * 5 + [f"GET {LICENCES}/{ID}"]
    assert paths(server) == own


def test_only_what_changed_since(reporting: Reporting, server: Server) -> None:
    server.script(started(), status("COMPLETED"), Reply(200, []))
    assert list(reporting.transactions(since=date(2026, 11, 20))) == []
    assert server.asked[0].path == SPACE + "/sales/transactions/async/export"
    assert parse_qs(urlsplit(server.asked[0].url).query) == {"accept": ["json"], "lastUpdated": ["2026-11-20"]}


def test_a_download_that_is_too_early_is_asked_for_again(reporting: Reporting, server: Server) -> None:
    early = next(step for step in load(FLOW)["steps"] if step["request"] == "GET download too early")
    server.script(started(), status("COMPLETED"), Reply(early["status"], early["body"]), Reply(200, ROWS))
    assert list(reporting.licences()) == ROWS


def test_links_are_not_followed(reporting: Reporting, server: Server, second_server: Server) -> None:
    old = next(failure["body"] for failure in load(FLOW)["failures"] if "_links" in failure.get("body", {}))
    foreign = {"href": second_server.base + "/steal"}
    server.script(started(**old["_links"], download=foreign), status("COMPLETED"), Reply(200, ROWS))
    assert list(reporting.licences()) == ROWS
    assert all(asked.path.startswith(LICENCES) for asked in server.asked) and not second_server.asked


def outcome(reporting: Reporting) -> tuple[str, int | None, bool]:
    """How `licences` fails. It is not iterated: failures come before the first row or not at all."""
    with pytest.raises(UpstreamError) as caught:
        reporting.licences()
    return caught.value.outcome, caught.value.status, caught.value.permanent


def test_a_failed_export_is_told_and_may_be_tried_later(reporting: Reporting, server: Server) -> None:
    failed = next(one for one in load(FLOW)["failures"] if one.get("body") == {"export": {"status": "FAILED"}})
    server.script(started(), Reply(failed["status"], failed["body"]))
    assert outcome(reporting) == ("server-error", 200, False)


def test_wrong_credentials_are_no_reason_to_storm(reporting: Reporting, server: Server, time: Time) -> None:
    server.answer = lambda _: Reply(401)
    assert outcome(reporting) == ("unauthorized", 401, True)
    assert len(server.asked) == 1 and not time.slept


@pytest.mark.parametrize(
    "file",
    [
        json.dumps(ROWS)[:-1],
        json.dumps(ROWS)[:40],
        json.dumps(ROWS) + "]",
        json.dumps(ROWS) + json.dumps(ROWS),
        "",
        "   ",
        "{}",
        '{"item": [{"a": 1}]}',
        '"Export is being processed"',
        "[1, 2]",
        "[[]]",
        "<html>log in</html>",
        "[{}, NaN]",
        b'[{"a": "\xff"}]',
    ],
)
def test_half_a_file_is_no_file(reporting: Reporting, server: Server, file: str | bytes) -> None:
    body = file if isinstance(file, bytes) else file.encode()
    server.script(started(), status("COMPLETED"), Reply(200, body))
    assert outcome(reporting) == ("bad-answer", 200, False)


def test_a_connection_that_drops_in_the_file_starts_the_file_again(reporting: Reporting, server: Server) -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b'[{"half": 1}, '
    server.script(started(), status("COMPLETED"), Reply(raw=lambda write: write(half)), Reply(200, ROWS))
    assert list(reporting.licences()) == ROWS


def test_an_export_that_never_ends_is_given_up(reporting: Reporting, server: Server, time: Time) -> None:
    server.answer = lambda asked: started() if asked.method == "POST" else status("IN_PROGRESS")
    assert outcome(reporting) == ("timeout", None, False)
    assert time.now <= MAX_WAIT_SECONDS and len(server.asked) < 100


def test_a_server_that_stays_ill_is_given_up(reporting: Reporting, server: Server, time: Time) -> None:
    server.answer = lambda asked: started() if asked.method == "POST" else Reply(503)
    assert outcome(reporting) == ("server-error", 503, False)
    assert time.now <= MAX_WAIT_SECONDS


def test_a_long_retry_after_is_handed_up_and_not_slept(reporting: Reporting, server: Server, time: Time) -> None:
    server.script(Reply(429, b"", {"Retry-After": "3600"}))
    with pytest.raises(UpstreamError) as caught:
        reporting.licences()
    assert (caught.value.retry_after, time.slept) == (3600, [])


@pytest.mark.parametrize("retry_after", ["0", "", "-1", "never"])
def test_a_server_that_always_says_now_is_given_up(
    reporting: Reporting, server: Server, time: Time, retry_after: str
) -> None:
    server.answer = lambda _: Reply(429, b"", {"Retry-After": retry_after})
    assert outcome(reporting) == ("rate-limited", 429, False)
    assert len(server.asked) <= 100 and time.now >= 99


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"export": "x"},
        {"export": {"id": 7}},
        {"export": {"id": "../../users"}},
        {"export": {"id": "a/b"}},
        {"export": {"id": ""}},
        b"<html>",
    ],
)
def test_a_start_without_a_plain_id_is_a_bad_answer(reporting: Reporting, server: Server, body: Any) -> None:
    server.script(Reply(200, body))
    assert outcome(reporting)[0] == "bad-answer"
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", [{}, {"export": {}}, {"export": {"status": 3}}, b"soon"])
def test_a_status_that_says_nothing_is_a_bad_answer(reporting: Reporting, server: Server, body: Any) -> None:
    server.script(started(), Reply(200, body))
    assert outcome(reporting)[0] == "bad-answer"


def test_an_unknown_status_is_waited_out(reporting: Reporting, server: Server) -> None:
    server.script(started(), status("PREPARING"), status("COMPLETED"), Reply(200, ROWS))
    assert list(reporting.licences()) == ROWS


def test_a_large_export_passes_through_in_constant_memory(reporting: Reporting, server: Server) -> None:
    rows = b"[" + b",".join(b'{"n": %d, "text": "%s"}' % (n, b"x" * 200) for n in range(60_000)) + b"]"
    server.script(started(), status("COMPLETED"), Reply(200, rows))
    tracemalloc.start()
    count = sum(1 for _ in reporting.licences())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000
    assert peak < len(rows) / 4


def test_the_real_sample_comes_through_unchanged(reporting: Reporting, server: Server) -> None:
    rows = [case["record"] for case in load("marketplace/marketplace-sample-licences.json")]
    server.answer = lambda asked: _script(asked, rows)
    assert list(reporting.licences()) == rows


def _script(asked: Asked, rows: list[Any]) -> Reply:
    if asked.method == "POST":
        return started()
    return status("COMPLETED") if asked.path.endswith("/status") else Reply(200, rows)


def test_a_paged_report_is_asked_for_fifty_at_a_time(reporting: Reporting, server: Server) -> None:
    pages = [[{"date": "2026-01-15", "n": n} for n in range(start, stop)] for start, stop in ((0, 50), (50, 61))]
    server.script(*(Reply(200, {"feedback": page, "totalCount": 61, "_links": {"next": "x"}}) for page in pages))
    assert list(reporting.feedback(since=date(2026, 1, 1))) == pages[0] + pages[1]
    asked = [parse_qs(urlsplit(one.url).query) for one in server.asked]
    assert [(one["limit"], one["offset"]) for one in asked] == [(["50"], ["0"]), (["50"], ["50"])]
    assert {one["startDate"][0] for one in asked} == {"2026-01-01"}


def test_the_history_of_one_licence(reporting: Reporting, server: Server) -> None:
    server.script(Reply(200, {"licenses": ROWS}))
    assert list(reporting.history("E-1")) == ROWS
    query = parse_qs(urlsplit(server.asked[0].url).query)
    assert (query["text"], query["showLicensesHistory"]) == (["E-1"], ["true"])


@pytest.mark.parametrize("body", [{}, {"feedback": {}}, [], "no"])
def test_a_page_that_is_none_is_an_error(reporting: Reporting, server: Server, body: Any) -> None:
    server.script(Reply(200, body))
    with pytest.raises(UpstreamError):
        list(reporting.feedback())
