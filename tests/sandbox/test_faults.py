"""Faults do what they say, and as often as they say."""

from __future__ import annotations

import time

import pytest
import requests

from tests.sandbox.conftest import Client, Control


def _page(call: Client) -> str:
    space = call.sandbox.world.wiki.space("LEGAL")
    assert space is not None
    return space.homepage_id


def _put(call: Client, number: int = 2) -> requests.Response:
    page = _page(call)
    body = {"id": page, "status": "current", "title": "T", "version": {"number": number}}
    body["body"] = {"representation": "storage", "value": "<p>y</p>"}
    return call("PUT", f"/wiki/api/v2/pages/{page}", json=body)


def _head(call: Client) -> int:
    return call.sandbox.world.wiki.pages[_page(call)].head.number


PUT_PAGE = "PUT /wiki/api/v2/pages"


def test_a_reply_is_dropped_after_the_request_was_applied(call: Client, installed: Control) -> None:
    installed("POST", "/faults", {"match": PUT_PAGE, "kind": "drop-after"})
    with pytest.raises(requests.ConnectionError):
        _put(call)
    assert _head(call) == 2
    assert _put(call).status_code == 409


def test_a_reply_is_dropped_before_anything_happened(call: Client, installed: Control) -> None:
    installed("POST", "/faults", {"match": PUT_PAGE, "kind": "drop-before"})
    with pytest.raises(requests.ConnectionError):
        _put(call)
    assert _head(call) == 1
    assert _put(call).status_code == 200


@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "401", "403", "409"])
def test_a_refusal_changes_nothing_and_is_over(call: Client, installed: Control, kind: str) -> None:
    installed("POST", "/faults", {"match": PUT_PAGE, "kind": kind})
    assert _put(call).status_code == int(kind)
    assert _head(call) == 1
    assert _put(call).status_code == 200


def test_rate_limits_with_and_without_retry_after(call: Client, installed: Control) -> None:
    installed("POST", "/faults", {"match": "* /rest/api/3", "kind": "429", "retry_after": 7})
    installed("POST", "/faults", {"match": "* /rest/api/3", "kind": "429-bare"})
    first, second = call("GET", "/rest/api/3/myself"), call("GET", "/rest/api/3/myself")
    assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
    assert (second.status_code, "Retry-After" in second.headers) == (429, False)


def test_a_foreign_edit_comes_in_between(call: Client, installed: Control) -> None:
    installed("POST", "/faults", {"match": PUT_PAGE, "kind": "foreign-edit"})
    assert _put(call).status_code == 409
    assert _head(call) == 2
    assert _put(call, 3).status_code == 200


def test_slow_and_redirect(call: Client, installed: Control) -> None:
    installed("POST", "/faults", {"match": "GET /rest/api/3/myself", "kind": "slow", "seconds": 0.3})
    installed("POST", "/faults", {"match": "GET /rest/api/3/myself", "kind": "redirect", "to": "http://evil.example/"})
    before = time.monotonic()
    assert call("GET", "/rest/api/3/myself").status_code == 200
    assert time.monotonic() - before >= 0.3
    assert call("GET", "/rest/api/3/myself").headers["Location"] == "http://evil.example/"


def test_times_and_skip(call: Client, installed: Control) -> None:
    installed("POST", "/faults", {"match": "/rest/api/3/myself", "kind": "503", "times": 2, "skip": 1})
    assert [call("GET", "/rest/api/3/myself").status_code for _ in range(4)] == [200, 503, 503, 200]
    (listed,) = installed("GET", "/faults")
    assert listed["hits"] == 2


def test_faults_are_cleared(call: Client, installed: Control) -> None:
    number = installed("POST", "/faults", {"match": "* /*", "kind": "500", "times": 0})["number"]
    assert call("GET", "/rest/api/3/myself").status_code == 500
    installed("DELETE", f"/faults/{number}")
    assert call("GET", "/rest/api/3/myself").status_code == 200


def test_an_order_with_a_typo_is_400(control: Control) -> None:
    for order in ({"match": "* /", "kind": "drop"}, {"kind": "500"}, {"match": "* /", "kind": "500", "time": 1}):
        assert requests.post(control.base + "/faults", json=order, timeout=5).status_code == 400


def test_the_journal_has_each_request_without_its_token(call: Client, installed: Control) -> None:
    installed("DELETE", "/requests")
    installed("POST", "/faults", {"match": PUT_PAGE, "kind": "503"})
    _put(call)
    call("GET", "/rest/api/3/user/groups?accountId=x&jwt=secret")
    put, get = installed("GET", "/requests")
    assert (put["method"], put["status"], put["fault"]) == ("PUT", 503, "503")
    assert put["body"]["version"] == {"number": 2}
    assert get["query"] == [["accountId", "x"]]
    assert get["refused"] == "no-token"
