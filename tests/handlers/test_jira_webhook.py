"""Jira's events: hints that an issue is worth a look, stored once, acknowledged at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from handlers import work
from models.queues import InboxItem, ItemState
from services import inbox
from tests.connect.server import Reply
from tests.contracts import contract
from tests.handlers.edge import Edge, Site

EVENTS = ("issue_created", "issue_updated", "issue_deleted", "comment_created", "attachment_created")
ISSUE = {
    "webhookEvent": "jira:issue_created",
    "issue": {"id": "10001", "key": "SUP-1", "fields": {"summary": "canary"}},
}


def items(edge: Edge) -> list[InboxItem]:
    with edge.parts.database.read() as session:
        return list(session.scalars(select(InboxItem).order_by(InboxItem.id)))


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_a_hint_and_nothing_of_it_is_kept_but_the_issue(edge: Edge, event: str) -> None:
    answer = edge.hook(event, ISSUE)
    assert (answer.status_code, answer.data) == (204, b"")
    (item,) = items(edge)
    assert item.subject == "issue:10001"
    assert json.loads(inbox.body_of(item, edge.parts.vault)) == {"event": event, "issue_id": "10001"}


def test_a_retry_is_the_same_event(edge: Edge) -> None:
    for timestamp in (1_763_805_600_000, 1_763_805_600_000, 1_763_805_600_001):
        edge.hook("issue_updated", ISSUE | {"timestamp": timestamp})
    for _ in range(2):
        edge.hook("issue_updated", ISSUE)
    assert len(items(edge)) == 3


def test_a_body_nested_as_deeply_as_a_parser_takes_is_no_fault(edge: Edge) -> None:
    for depth in range(700, 1_000, 20):
        body = b'{"issue": {"id": "10001"}, "x": ' + b"[" * depth + b"]" * depth + b"}"
        assert edge.hook("issue_updated", body).status_code in (204, 400), depth


def test_events_of_two_tenants_are_two_whatever_they_are_called(edge: Edge) -> None:
    long = "k" * 100
    sites = [Site("https://other.atlassian.net", long + end, f"the-secret-of-tenant-number-{end}-here") for end in "ab"]
    for site in sites:
        assert edge.lifecycle("installed", site).status_code == 204
        assert edge.hook("issue_created", ISSUE, site).status_code == 204
    assert len({item.source for item in items(edge)}) == 2


def test_the_worker_asks_the_tenant_that_the_event_came_from(edge: Edge) -> None:
    edge.jira.answer = lambda _: Reply(404)
    edge.hook("issue_created", ISSUE)
    work.drain(edge.parts)
    assert [asked.path for asked in edge.jira.asked] == ["/rest/api/3/issue/10001"]
    assert [item.state for item in items(edge)] == [ItemState.DONE]


def test_an_event_of_a_site_that_has_gone_is_done_with(edge: Edge) -> None:
    edge.hook("issue_created", ISSUE)
    edge.lifecycle("uninstalled")
    work.drain(edge.parts)
    assert (edge.jira.asked, [item.state for item in items(edge)]) == ([], [ItemState.DONE])


@pytest.mark.parametrize("path", ["issue_moved", "jira:issue_created", "Issue_created", "%2e%2e", "issue_created%2F"])
def test_unknown_events_are_not_found(edge: Edge, path: str) -> None:
    assert edge.hook(path, ISSUE).status_code == 404
    assert items(edge) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 9_000, b'{"a": Infinity}'])
def test_malformed_bodies_are_400(edge: Edge, body: bytes) -> None:
    answer = edge.hook("issue_created", body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert items(edge) == []


def test_an_oversized_body_is_413(edge: Edge) -> None:
    assert edge.hook("issue_created", b" " * (1024 * 1024 + 1)).status_code == 413


def test_real_deliveries_are_taken(edge: Edge) -> None:
    files = sorted(contract("jira-webhooks").glob("*.json"))
    for file in files:
        assert edge.hook("issue_updated", file.read_bytes()).status_code == 204, file.name
    assert 0 < len(items(edge)) <= len(files)


def test_a_context_token_of_a_page_sends_no_events(edge: Edge) -> None:
    answer = edge.post("/webhooks/jira/issue_created", ISSUE, f"JWT {edge.site.context_token()}")
    assert (answer.status_code, items(edge)) == (401, [])


VALUES: Any = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.integers(), max_size=2)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(issue=st.dictionaries(st.sampled_from(["id", "key", "fields"]), VALUES, max_size=3) | VALUES)
def test_no_issue_whatever_breaks_the_door(edge: Edge, issue: Any) -> None:
    assert edge.hook("attachment_created", {"issue": issue}).status_code == 204
