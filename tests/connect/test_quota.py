"""A pause that one call was told of is kept by every other call to the same place, and by no more than those."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from connect.confluence import Confluence
from connect.host import Host
from connect.http import Outbound, UpstreamError
from connect.jira import Jira
from connect.quota import MAX_PAUSES, Quota
from tests.connect.server import Reply, Server
from tests.connect.site import outcome

HOUR = 1_790_000_000 // 3600 * 3600
ACME = "https://acme.atlassian.net"
ISSUE = f"{ACME}/rest/api/3/issue"
ON_THE_SITE = {"same", "other method", "other endpoint", "other issue"}


@dataclass
class Clock:
    now: float = HOUR + 600.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(clock: Clock) -> Quota:
    return Quota(clock)


def held(quota: Quota, method: str, url: str) -> int | None:
    """Seconds until a call is let through."""
    try:
        quota.require(method, url)
    except UpstreamError as error:
        assert (error.outcome, error.permanent, error.status) == ("rate-limited", False, None)
        return error.retry_after
    return None


def told(reason: str, wait: str = "60") -> dict[str, str]:
    return {"RateLimit-Reason": reason, "Retry-After": wait}


@pytest.mark.parametrize(
    ("reason", "paused"),
    [
        (
            "jira-quota-global-based",
            {"same", "other method", "other endpoint", "other issue", "other site", "by Forge"},
        ),
        ("jira-quota-tenant-based", {"same", "other method", "other endpoint", "other issue"}),
        ("jira-burst-based", {"same", "other issue"}),
        ("jira-per-issue-on-write", {"same", "other method"}),
        ("something-new", {"same", "other issue"}),
    ],
)
def test_who_has_to_wait(quota: Quota, reason: str, paused: set[str]) -> None:
    calls = {
        "same": ("PUT", f"{ISSUE}/CASE-1/properties/k"),
        "other method": ("DELETE", f"{ISSUE}/CASE-1/properties/k"),
        "other endpoint": ("GET", f"{ACME}/rest/api/3/user/groups?accountId=a"),
        "other issue": ("PUT", f"{ISSUE}/CASE-2/properties/k"),
        "other site": ("PUT", f"{ISSUE}/CASE-1/properties/k".replace("acme", "other")),
        "by Forge": ("PUT", "https://api.atlassian.com/ex/jira/c1/rest/api/3/issue/CASE-1/properties/k"),
        "other product": ("PUT", f"{ACME}/wiki/api/v2/pages/1"),
        "other product by Forge": ("GET", "https://api.atlassian.com/ex/confluence/c1/wiki/api/v2/pages/1"),
        "Marketplace": ("GET", "https://api.atlassian.com/marketplace/rest/3/reporting"),
        "key host": ("GET", "https://keys.example/kid"),
    }
    quota.learn(*calls["same"], 429, told(reason))
    assert {name for name, call in calls.items() if held(quota, *call)} == paused


def test_sites_behind_the_gateway_are_told_apart(quota: Quota) -> None:
    gateway = "https://api.atlassian.com/ex/confluence/"
    quota.learn("GET", gateway + "c1/wiki/api/v2/pages/1", 429, told("confluence-quota-tenant-based"))
    assert held(quota, "GET", gateway + "c1/wiki/api/v2/spaces") == 60
    assert held(quota, "GET", gateway + "c2/wiki/api/v2/spaces") is None


def test_the_names_seen_live_count_too(quota: Quota) -> None:
    quota.learn("GET", f"{ACME}/wiki/api/v2/pages/1", 429, told("conf-global-based"))
    assert held(quota, "GET", "https://other.atlassian.net/wiki/api/v2/pages/2") == 60


def test_a_read_of_an_issue_goes_on_while_writes_wait(quota: Quota) -> None:
    quota.learn("PUT", f"{ISSUE}/CASE-1/properties/k", 429, told("jira-per-issue-on-write"))
    assert held(quota, "GET", f"{ISSUE}/CASE-1") is None


def test_a_pause_ends_on_time(quota: Quota, clock: Clock) -> None:
    quota.learn("GET", ISSUE, 429, told("jira-quota-tenant-based", "10"))
    clock.now += 9.5
    assert held(quota, "GET", ISSUE) == 1
    clock.now += 0.5
    assert held(quota, "GET", ISSUE) is None


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [("jira-quota-global-based", 3000), ("jira-burst-based", 1), ("jira-per-issue-on-write", 30)],
)
def test_a_limit_without_a_time_has_its_own(quota: Quota, reason: str, seconds: int) -> None:
    quota.learn("PUT", f"{ISSUE}/1", 429, {"RateLimit-Reason": reason})
    assert held(quota, "PUT", f"{ISSUE}/1") == seconds


def test_nobody_silences_us_for_more_than_an_hour(quota: Quota, clock: Clock) -> None:
    quota.learn("GET", ISSUE, 429, told("jira-quota-global-based", "86400"))
    assert held(quota, "GET", ISSUE) == 3600
    clock.now -= 5
    assert held(quota, "GET", ISSUE) is None, "the clock was set back"


def test_a_shorter_pause_does_not_end_a_longer_one(quota: Quota) -> None:
    for wait in ("50", "5", "0"):
        quota.learn("GET", ISSUE, 429, told("jira-quota-tenant-based", wait))
    assert held(quota, "GET", ISSUE) == 50


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {"Retry-After": "60", "X-Failure-Category": "FAILURE CLIENT RATE LIMITED"}),
        (429, {"Beta-RateLimit": '"global-app-quota";r=0;t=50', "X-Beta-RateLimit-Reason": "jira-quota-global-based"}),
        (200, told("jira-quota-global-based") | {"RateLimit": '"global-app-quota";r=0;t=50'}),
        (503, told("jira-quota-global-based")),
        (429, told("jira-per-issue-on-write")),
    ],
)
def test_what_is_no_order(quota: Quota, status: int, headers: dict[str, str]) -> None:
    quota.learn("GET", ISSUE, status, headers)
    assert held(quota, "GET", ISSUE) is None


def test_memory_is_bounded_and_what_ends_last_is_kept(quota: Quota, clock: Clock) -> None:
    quota.learn("GET", ISSUE, 429, told("jira-quota-tenant-based", "3000"))
    for number in range(3 * MAX_PAUSES):
        quota.learn("PUT", f"{ISSUE}/{number}", 429, told("jira-per-issue-on-write", "900"))
    assert len(quota._until) == MAX_PAUSES
    assert held(quota, "GET", ISSUE) == 3000
    clock.now += 1000
    quota.learn("PUT", f"{ISSUE}/x", 429, told("jira-per-issue-on-write"))
    assert len(quota._until) == 2


def test_many_threads_at_once(quota: Quota) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(300):
                quota.learn("PUT", f"{ISSUE}/{number}-{turn}", 429, told("jira-per-issue-on-write"))
                assert held(quota, "PUT", f"{ISSUE}/{number}-{turn}") == 60
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(quota._until) <= MAX_PAUSES


@pytest.fixture
def timed(server: Server, clock: Clock) -> Iterator[Outbound]:
    """A client of the server that goes by our clock."""
    with Outbound([server.netloc], timeout=5, clock=clock) as http:
        yield http


def test_no_call_leaves_while_the_site_is_paused(timed: Outbound, server: Server, clock: Clock) -> None:
    jira = Jira(Host(server.base, "c", "fairtrial", "s" * 40), timed, clock)
    wiki = Confluence(Host(server.base + "/wiki", "c", "fairtrial", "s" * 40), timed, clock)
    reset = {"RateLimit-Reason": "jira-quota-global-based", "X-RateLimit-Reset": "2026-09-21T15:00Z"}
    server.script(Reply(429, {}, reset), Reply(200, {"results": []}), Reply(200, []))
    calls: list[Callable[[], object]] = [
        lambda: jira.user_groups("ada"),
        lambda: jira.may_browse("ada", 1),
        lambda: jira.set_issue_property("CASE-1", "k", 1),
        lambda: list(jira.search("project = CASE", ["summary"], 5)),
        lambda: jira.attachment(1, max_bytes=10),
    ]
    for call in calls:
        with pytest.raises(UpstreamError, match="rate-limited") as caught:
            call()
        assert caught.value.retry_after == 3000
    assert len(server.asked) == 1
    assert wiki.space("LEGAL") is None
    clock.now += 3000
    assert jira.user_groups("ada") == []


def test_another_site_goes_on(server: Server, second_server: Server, clock: Clock) -> None:
    with Outbound([server.netloc, second_server.netloc], timeout=5, clock=clock) as http:
        server.script(Reply(429, {}, told("jira-quota-tenant-based")))
        second_server.script(Reply(200, []))
        outcomes = [
            outcome(lambda base=base: http.request("GET", base + "/rest/api/3/user/groups"))  # type: ignore[misc]
            for base in (server.base, second_server.base, server.base)
        ]
    assert outcomes == ["rate-limited", "ok", "rate-limited"]
    assert (len(server.asked), len(second_server.asked)) == (1, 1)


def test_a_429_without_a_reason_stops_nobody_else(timed: Outbound, server: Server) -> None:
    server.script(Reply(429, {}, {"Retry-After": "60"}), Reply(200, {}))
    assert outcome(lambda: timed.request("GET", server.base + "/rest/a")) == "rate-limited"
    assert outcome(lambda: timed.request("GET", server.base + "/rest/a")) == "ok"
