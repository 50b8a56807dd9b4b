"""What no event told of is found once a day by asking Jira, a page for each hundred cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from handlers import reconcile, work
from models.queues import InboxItem, OutboxItem
from models.support import SupportCase
from services.support import reconcile as service
from tests.support.test_panel import NOW, Panel, shown, with_zip  # noqa: F401 - a fixture is found by its name


def listed(number: int, updated: datetime = NOW) -> dict[str, Any]:
    return {"id": str(number), "key": f"SUP-{number}", "fields": {"updated": updated.isoformat()}}


@pytest.fixture
def panel(shown: Panel) -> Panel:  # noqa: F811
    shown.parts.settings = shown.parts.settings.model_copy(update={"support_projects": ("SUP", "HELP")})
    return shown


def hints(panel: Panel) -> list[str]:
    with panel.parts.database.read() as session:
        return [item.subject for item in session.scalars(select(InboxItem).order_by(InboxItem.id))]


def case(panel: Panel) -> SupportCase:
    with panel.parts.database.read() as session:
        return session.scalars(select(SupportCase)).one()


def test_a_case_that_no_event_told_of_is_read(panel: Panel) -> None:
    name = "Confluence_support_2026-11-20-10-00-00.zip"
    from tests.contracts import contract

    panel.site.attach("501", name, contract(f"support/zip/{name}").read_bytes())
    panel.site.listed = [listed(10001)]
    work.sweep(panel.parts)
    work.drain(panel.parts)
    assert panel.fragment(Accept="application/json").json["configuration"]["product"]["version"] == "8.5.12"
    (question,) = panel.site.questions
    assert question["jql"] == "project in (SUP, HELP) ORDER BY created ASC"
    assert (question["fields"], question["maxResults"]) == (["updated"], 100)


def test_what_is_up_to_date_is_left_alone_and_the_next_look_is_tomorrow(panel: Panel) -> None:
    with_zip(panel)
    panel.site.listed = [listed(10001, NOW - timedelta(hours=1))]
    for hours in (0, 1, 23):
        panel.parts.clock = lambda hours=hours: NOW + timedelta(hours=hours)  # type: ignore[misc]
        work.sweep(panel.parts)
        work.drain_outbox(panel.parts)
    assert (hints(panel), len(panel.site.questions)) == ([], 1)
    panel.parts.clock = lambda: NOW + timedelta(hours=25)
    panel.site.listed = [listed(10001, NOW + timedelta(hours=2))]
    work.sweep(panel.parts)
    work.drain_outbox(panel.parts)
    assert (hints(panel), len(panel.site.questions)) == (["issue:10001"], 2)


def test_a_case_that_jira_no_longer_lists_is_deleted_once_jira_says_so_itself(panel: Panel) -> None:
    with_zip(panel)
    panel.site.listed, panel.site.issue_status = [], 404
    reconcile.compare(panel.parts, {})
    work.drain(panel.parts)
    assert case(panel).state == "deleted"


def test_a_case_that_is_still_there_stays_whatever_the_list_says(panel: Panel) -> None:
    with_zip(panel)
    panel.site.listed = []
    reconcile.compare(panel.parts, {})
    work.drain(panel.parts)
    assert case(panel).state == "open"


def test_twice_is_once_and_pages_are_followed(panel: Panel) -> None:
    panel.site.listed, panel.site.page = [listed(number) for number in range(1, 1_001)], 100
    for _ in range(2):
        reconcile.compare(panel.parts, {})
    assert len(hints(panel)) == 1_000 and len(panel.site.questions) == 2 * 10, "a page for each hundred cases"


def test_when_jira_cannot_be_asked_it_is_tried_again(panel: Panel) -> None:
    panel.site.search_status = 503
    work.sweep(panel.parts)
    work.drain_outbox(panel.parts)
    with panel.parts.database.read() as session:
        item = session.scalars(select(OutboxItem).filter_by(kind=reconcile.KIND)).one()
        assert (item.state, item.attempts) == ("ready", 1)
    assert hints(panel) == []


def test_without_named_projects_nobody_is_asked(shown: Panel) -> None:  # noqa: F811
    work.sweep(shown.parts)
    work.drain_outbox(shown.parts)
    assert shown.site.questions == []


def test_odd_issues_are_no_issues(panel: Panel) -> None:
    odd = [{}, {"id": "../1"}, {"id": "1" * 40}, {"id": None}, {"id": 7, "fields": None}]
    with panel.parts.database.read() as session:
        found = service.stale(session, "client-1", odd, NOW)
    assert found == [("7", "2026-11-22")]
