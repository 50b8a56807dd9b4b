"""Brought to a service desk over real HTTP: one request and one attachment, whatever is lost, killed or run again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from connect.http import Outbound, UpstreamError
from connect.service_desk import ServiceDesk
from models.people import Person
from models.register import RECIPIENTS
from models.support import SupportCase
from sandbox import Sandbox
from sandbox.desk_requests import DESK, REQUEST_TYPE
from services import audit, disclosure
from services.exchange import ExchangeError, packages, sending
from services.marketplace.poll import take_all
from tests.handlers.faces import evaluation
from tests.services.exchange.world import BOB, World

API = "/rest/servicedeskapi"
UPLOAD, CREATE = f"POST {API}/servicedesk", f"POST {API}/request"
ATTACH, SEARCH = f"POST {API}/request/*/attachment", f"GET {API}/request"


class KilledError(BaseException):
    """The process ends here: nothing in the code may catch this."""


@dataclass
class Line:
    """A desk at the other end, and a worker that brings one approved package there."""

    world: World
    sandbox: Sandbox
    desk: ServiceDesk
    package: str
    later: timedelta = timedelta(0)
    opened: int = 0
    killed_at: int = 0
    shown: bytes = field(default=b"")

    def clock(self) -> datetime:
        return self.world.now + self.later

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction of the service; the one after which the process is killed has been committed."""
        self.opened += 1
        with self.world.database.write() as session:
            yield session
        if self.opened == self.killed_at:
            raise KilledError

    def send(self) -> None:
        sending.send(self.transaction, self.world.vault, self.desk, self.package, self.clock)

    def fault(self, match: str, kind: str, **more: Any) -> None:
        self.sandbox.world.faults.add({"match": match, "kind": kind, **more})

    def requests(self) -> list[dict[str, Any]]:
        return [one.told() for one in self.sandbox.world.desk.requests.values()]

    def calls(self, method: str, end: str) -> int:
        found = self.sandbox.world.journal.requests(path=API, method=method)
        return sum(1 for one in found if one["path"].endswith(end))

    def require_once(self) -> None:
        """There is one request with the very bytes that were shown, once, and one entry in the register."""
        [request] = self.requests()
        assert [file["text"].encode() for file in request["files"]] == [self.shown]
        assert request["comments"] == 1
        with self.world.at(self.package) as (session, row):
            assert (row.state, row.atlassian_key, row.tried_at) == ("handed_over", request["key"], None)
            assert row.digest == hashlib.sha256(self.shown).hexdigest()
            assert audit.verify(session) is None
        assert self.world.entries() == 1


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def line(world: World, sandbox: Sandbox) -> Iterator[Line]:
    sandbox.world.reset()
    package = world.propose()
    world.approve(package)
    shown = world.content(package)
    assert shown is not None
    with world.at(package) as (session, row):
        sending.order(session, world.vault, row, actor="olivia", now=world.now)
    with Outbound([sandbox.url.removeprefix("http://")], timeout=5) as http:
        s = sandbox.settings
        desk = ServiceDesk(sandbox.url, s.marketplace_user, s.marketplace_token, DESK, REQUEST_TYPE, http)
        yield Line(world, sandbox, desk, package, shown=shown)


def test_the_bytes_that_were_shown_arrive_with_their_question(line: Line) -> None:
    assert line.world.entries() == 0
    line.send()
    line.require_once()
    [request] = line.requests()
    assert request["fields"]["description"] == "Why is it slow?"
    assert line.package in request["fields"]["summary"]
    assert request["files"][0]["name"] == f"configuration-{line.package}.json"


def test_run_twice_it_is_one_request(line: Line) -> None:
    line.send()
    line.send()
    line.require_once()


@pytest.mark.parametrize("step", [UPLOAD, CREATE, ATTACH])
def test_a_lost_reply_makes_no_second_request_and_no_second_comment(line: Line, step: str) -> None:
    line.fault(step, "drop-after")
    with pytest.raises(UpstreamError) as lost:
        line.send()
    assert not lost.value.permanent
    line.later += timedelta(seconds=2)
    line.send()
    line.require_once()
    assert line.calls("POST", "/request") == line.calls("POST", "/attachment") == 1


def test_a_half_answer_is_no_reason_to_do_it_again(line: Line) -> None:
    line.fault(CREATE, "truncate")
    with pytest.raises(UpstreamError):
        line.send()
    line.later += timedelta(seconds=2)
    line.send()
    line.require_once()


@pytest.mark.parametrize("step", [CREATE, ATTACH])
@pytest.mark.parametrize("kind", ["drop-before", "503"])
def test_what_nobody_can_say_was_not_done_is_done_again_only_when_it_must_have_arrived(
    line: Line, step: str, kind: str
) -> None:
    line.fault(step, kind)
    with pytest.raises(UpstreamError):
        line.send()
    line.later = timedelta(seconds=30)
    with pytest.raises(UpstreamError) as early:
        line.send()
    assert (early.value.outcome, early.value.permanent) == ("conflict", False)
    assert 565 <= (early.value.retry_after or 0) <= 571
    line.later = sending.SETTLE
    line.send()
    line.require_once()


@pytest.mark.parametrize(("kind", "permanent"), [("429", False), ("403", True), ("401", True)])
@pytest.mark.parametrize("step", [UPLOAD, CREATE, ATTACH])
def test_what_was_refused_can_be_tried_again_at_once(line: Line, step: str, kind: str, permanent: bool) -> None:
    line.fault(step, kind, retry_after=0)
    with pytest.raises(UpstreamError) as refused:
        line.send()
    assert refused.value.permanent is permanent
    line.send()
    line.require_once()


def test_a_search_that_does_not_answer_makes_nobody_guess(line: Line) -> None:
    line.fault(CREATE, "drop-after")
    with pytest.raises(UpstreamError):
        line.send()
    line.fault(SEARCH, "500")
    line.later = timedelta(hours=1)
    with pytest.raises(UpstreamError):
        line.send()
    line.send()
    line.require_once()


# Transactions of one sending: begin, before the request, its key, before the attachment, end.
@pytest.mark.parametrize("killed_at", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("lost", [None, CREATE, ATTACH])
def test_killed_between_any_two_steps_it_goes_on(line: Line, killed_at: int, lost: str | None) -> None:
    if lost:
        line.fault(lost, "drop-after")
    line.killed_at = killed_at
    with pytest.raises((KilledError, UpstreamError)):
        line.send()
    line.killed_at = 0
    for _ in range(3):
        line.later += sending.SETTLE
        try:
            line.send()
        except UpstreamError:
            continue
    line.require_once()


def stopped(line: Line) -> str | None:
    """Why the worker withdrew the package."""
    with line.world.at(line.package) as (_, row):
        assert (row.state, row.content) == ("withdrawn", None)
        return row.reason


def test_a_case_that_changes_on_the_way_stops_it(line: Line) -> None:
    line.world.change()
    line.send()
    assert (stopped(line), line.requests(), line.world.entries()) == ("changed-since", [], 0)


def test_somebody_restricted_on_the_way_stops_it_even_half_done(line: Line) -> None:
    take_all(line.world.database, line.world.vault, [evaluation(1, "Bob", BOB)], source="file", as_of=None,
             now=line.world.now)  # fmt: skip
    line.fault(ATTACH, "403")
    with pytest.raises(UpstreamError):
        line.send()
    with line.world.database.write() as session:
        session.query(Person).one().restricted_at = line.world.now
    line.send()
    [request] = line.requests()
    assert (stopped(line), request["files"]) == ("person-blocked", [])


def test_the_gate_is_asked_by_the_worker_too(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    off = {**RECIPIENTS, "atlassian": replace(RECIPIENTS["atlassian"], on=False)}
    monkeypatch.setattr(disclosure, "REGISTER", replace(disclosure.REGISTER, recipients=off))
    line.send()
    assert (stopped(line), line.requests()) == ("recipient-switched-off", [])


def test_a_key_that_staff_found_is_gone_on_with(line: Line) -> None:
    line.fault(CREATE, "drop-after")
    with pytest.raises(UpstreamError):
        line.send()
    [request] = line.requests()
    with line.world.at(line.package) as (session, row):
        with pytest.raises(ExchangeError, match="wrong-state"):
            packages.withdraw(session, row, actor="alice", now=line.world.now)
        packages.record_key(session, row, request["key"], actor="alice", now=line.world.now)
    line.send()
    line.require_once()
    assert line.calls("GET", "/request") == 0


def test_what_was_withdrawn_before_it_left_stays(line: Line) -> None:
    line.fault(UPLOAD, "401")
    with pytest.raises(UpstreamError):
        line.send()
    with line.world.at(line.package) as (session, row):
        packages.withdraw(session, row, actor="alice", now=line.world.now)
    line.send()
    assert line.requests() == []


def test_a_package_that_is_gone_with_its_case_is_done(line: Line) -> None:
    with line.world.database.write() as session:
        session.delete(session.get_one(SupportCase, 1))
    line.send()
    assert line.requests() == []
