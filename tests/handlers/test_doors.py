"""The short way of events: it says yes to what Flask's own way says yes to, in the same words, and no as Flask does."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from connect.webhooks import sign_standard
from handlers.doors import DOORS, MAX_BODY_BYTES
from handlers.guards import ROUTES, Access
from models.queues import InboxItem
from tests.handlers.edge import HOOK_SECRET, Edge, Site
from tests.handlers.test_logs import our_log

MARKETPLACE, JIRA = "/webhooks/marketplace", "/webhooks/jira/issue_updated"
EVENT = {"type": "licence.observed", "data": {"appEntitlementNumber": "E-1"}}
ISSUE = {"issue": {"id": "10001"}, "timestamp": 1}
STRANGER = Site("https://other.atlassian.net", "stranger")


def sent(edge: Edge, path: str, body: bytes, headers: dict[str, str], *, chunked: bool) -> TestResponse:
    """By the short way; or in chunks, whose length nobody is told, by Flask's."""
    unknown = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    return edge.client.post(path, data=body, headers=headers, environ_overrides=unknown if chunked else {})


def event(edge: Edge, number: int, body: bytes, **changes: str) -> tuple[str, bytes, dict[str, str]]:
    stamp = str(edge.begun)
    signature = sign_standard(HOOK_SECRET, message_id=f"msg_{number}", timestamp=stamp, body=body)
    headers = {"webhook-id": f"msg_{number}", "webhook-timestamp": stamp, "webhook-signature": signature}
    return MARKETPLACE, body, headers | changes


def hint(edge: Edge, body: bytes, site: Site | None = None, method: str = "POST") -> tuple[str, bytes, dict[str, str]]:
    times = {"iat": edge.begun, "exp": edge.begun + 900}
    return JIRA, body, {"Authorization": f"JWT {(site or edge.site).token(method, JIRA, **times)}"}


def asked(edge: Edge) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Requests of every outcome, each in its turn."""
    good, other = json.dumps(EVENT).encode(), json.dumps(EVENT | {"timestamp": "2026-11-20T08:00:00Z"}).encode()
    yield event(edge, 1, good)
    yield event(edge, 1, good)
    yield event(edge, 1, other)
    yield event(edge, 2, other, **{"webhook-signature": "v1,bm90aGluZw=="})
    yield event(edge, 2, other, **{"webhook-timestamp": "1"})
    yield event(edge, 2, b"{}")
    yield event(edge, 2, b"[]")
    yield event(edge, 2, b"\xff")
    yield event(edge, 2, b"x" * (MAX_BODY_BYTES + 1))
    yield MARKETPLACE, good, {}
    issue = json.dumps(ISSUE).encode()
    yield hint(edge, issue)
    yield hint(edge, b"{}")
    yield hint(edge, b"no")
    yield hint(edge, issue, STRANGER)
    yield hint(edge, issue, method="GET")
    yield JIRA, issue, {}


def told(answer: TestResponse) -> tuple[Any, ...]:
    # Flask names a type for a body that is empty.
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type" or answer.data}
    return answer.status, answer.data, headers


def test_both_ways_answer_alike_and_store_the_same(edge: Edge) -> None:
    answers = []
    for chunked in (False, True):
        with edge.parts.database.write() as session:
            session.query(InboxItem).delete()
        answers.append([told(sent(edge, *each, chunked=chunked)) for each in asked(edge)])
        with edge.parts.database.read() as session:
            answers[-1].append(tuple(sorted((item.source, item.delivery_id) for item in session.query(InboxItem))))
    assert answers[0] == answers[1]
    codes = [status[:3] for status, *_ in answers[0][:-1]]
    assert " ".join(codes) == "202 200 409 401 401 400 400 400 413 401 204 204 400 401 401 401"


def test_an_event_in_order_does_not_trouble_flask(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked_for(*_: object) -> None:
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(Flask, "wsgi_app", asked_for)
    monkeypatch.setattr(Flask, "request_context", asked_for)
    assert sent(edge, *event(edge, 1, json.dumps(EVENT).encode()), chunked=False).status_code == 202
    assert sent(edge, *hint(edge, json.dumps(ISSUE).encode()), chunked=False).status_code == 204


def test_each_door_is_a_route_with_the_guard_of_the_table(edge: Edge) -> None:
    routes = edge.app.url_map.bind("")
    for path, (route, _) in DOORS.items():
        rule, _ = routes.match(path, "POST", return_rule=True)
        assert rule.rule == route
        assert ROUTES[rule.endpoint] is (Access.MARKETPLACE if path == MARKETPLACE else Access.HOST)


def test_a_caller_who_goes_away_halfway_has_told_nothing(edge: Edge) -> None:
    path, body, headers = event(edge, 1, json.dumps(EVENT).encode())
    half = {"wsgi.input": io.BytesIO(body[:20])}
    answer = edge.client.post(path, data=body, headers=headers, environ_overrides=half)
    assert answer.status_code == 400
    with edge.parts.database.read() as session:
        assert session.query(InboxItem).count() == 0


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "9" * 5_000, "٣"])
def test_a_length_that_is_none_is_no_fault(edge: Edge, length: str) -> None:
    path, body, headers = event(edge, 1, json.dumps(EVENT).encode())
    answer = edge.client.post(path, data=body, headers=headers, environ_overrides={"CONTENT_LENGTH": length})
    assert answer.status_code in (400, 401, 413)


def test_both_ways_write_one_line_of_the_same_form(edge: Edge) -> None:
    written = our_log()
    for chunked in (False, True):
        sent(edge, *hint(edge, json.dumps(ISSUE).encode()), chunked=chunked)
        sent(edge, *hint(edge, b"no"), chunked=chunked)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["status"] for line in lines] == [204, 400, 204, 400]
    assert {line["route"] for line in lines} == {"/webhooks/jira/<event>"}
    assert {tuple(line) for line in lines} == {("route", "method", "status", "ms", "event", "level", "timestamp")}
