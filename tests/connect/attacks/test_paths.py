"""Percent signs, dots and letters of other alphabets: no way of writing a path leads past its guard."""

from __future__ import annotations

import pytest

from tests.connect.attacks.siege import counts
from tests.connect.server import Reply
from tests.handlers.edge import Edge
from tests.handlers.test_guards import browsing
from tests.handlers.test_logs import our_log

CANARY = "canary7f3a"
PATHS = [
    "//staff/api/prospects",
    "/staff//api/prospects",
    "/staff/./api/prospects",
    "/staff/../staff/api/prospects",
    "/static/../staff/api/prospects",
    "/static/%2e%2e/staff/api/prospects",
    "/static/..%2fapp.py",
    "/static/%2e%2e%2fapp.py",
    "/static/..%5capp.py",
    "/static/%252e%252e%252fapp.py",
    "/static/....//app.py",
    "/static//etc/passwd",
    "/static/%2fetc%2fpasswd",
    "/static/icon.svg%00.py",
    "/static/%c0%ae%c0%ae/app.py",
    "/staff/api/prospects/",
    "/staff/api/prospects/..;/x",
    "/staff/api/prospects;jwt=x",
    "/staff/api/prospects%2f",
    "/staff/api/prospects%00",
    "/staff/api/prospects%0d%0aX-Evil:1",
    "/staff/api/prospects%3fjwt=x",
    "/staff/api/%70rospects",
    "/staff%2fapi%2fprospects",
    "/STAFF/API/PROSPECTS",
    "/staff/api/prospectſ",
    "/ｓtaff/api/prospects",
    "/staff/api/prospects%ff",
    "/staff/api/prospects/%2e%2e%2f%2e%2e",
    "/staff/api/prospects/..%2f..%2fatlassian-connect.json",
    "/privacy/choices/..%2f..%2fstaff",
    "/policy/..%2fen",
    "/u/%",
    "/%",
    "/%zz",
    "/%u002e%u002e",
    "http://evil.example/staff/api/prospects",
    "/connect/installed%20",
    "/connect/%69nstalled",
    "/webhooks/jira/..%2fmarketplace",
    "/webhooks/jira/%00",
    "/forge/%65vents",
]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_no_spelling_of_a_path_is_let_in(edge: Edge, method: str) -> None:
    before, rows, written = edge.snapshot(), counts(edge), our_log()
    headers = {"X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz", "X-Forwarded-Prefix": "/static"}
    headers |= {"X-HTTP-Method-Override": "OPTIONS", "Accept": "application/json"}
    for path in PATHS:
        # The token is a good one, of a page that staff look at, for another address.
        token = edge.site.token("GET", "/staff/prospects", sub=CANARY)
        answer = edge.client.open(path, method=method, headers=headers | {"Authorization": f"JWT {token}"})
        assert answer.status_code in (400, 401, 404, 405), (path, answer.status_code)
        assert not {"Location", "X-Evil"} & set(answer.headers.keys()), path
        assert len(answer.data) < 200, path
        assert not [word for word in (token, "evil", "root:", "create_app") if word in answer.text], path
    assert (edge.snapshot(), counts(edge)) == (before, rows)
    assert not [word for word in (CANARY, "eyJ", "evil", "passwd") if word in written.getvalue()]


QUERIES = [
    "issueId=10002",
    "issueId=10002&issueId=10001",
    "issueId=10001%00",
    "issueId=10001%20",
    "issueId=%EF%BC%91%EF%BC%90001",
    "issueId=10001/../10002",
    "issueId=10001%2F..%2F10002",
    "issueId=+10001",
    "issueId=10001.0",
    "issueId[]=10001",
    "IssueId=10001",
    "issueId=",
    "",
]


def test_no_spelling_of_an_issue_stands_for_another(edge: Edge) -> None:
    edge.jira.answer = lambda _: browsing(10001, 10002)
    for query in QUERIES:
        answer = edge.call(f"/support/api/panel?{query}", edge.site.context_token("alice", "10001"))
        assert answer.status_code in (403, 404), (query, answer.status_code)
    assert edge.jira.asked == []


def test_an_issue_of_the_token_is_never_an_address(edge: Edge) -> None:
    edge.jira.answer = lambda _: Reply(200, {"projectPermissions": []})
    for issue in ("../../../myself", "10001?x=1", "１０００１", "10001/../2", "a" * 500):
        answer = edge.call(f"/support/api/panel?issueId={issue}", edge.site.context_token("alice", issue))
        assert answer.status_code in (403, 404), (issue, answer.status_code)
    assert {asked.path for asked in edge.jira.asked} <= {"/rest/api/3/permissions/check"}
