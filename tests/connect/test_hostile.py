"""A far side that means harm: whatever it sends, a call ends in one named outcome, and in its time."""

from __future__ import annotations

import gzip
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connect.confluence import Confluence
from connect.host import Host
from connect.http import Outbound, UpstreamError
from connect.jira import Jira
from connect.prompt import PromptAdapter
from tests.connect.server import Reply, Server, serving
from tests.connect.site import outcome

OK = b"HTTP/1.1 200 OK\r\n"
GZIP = OK + b"Content-Encoding: gzip\r\n\r\n"
# A header of gzip whose comment never ends: bytes come in and nothing ever comes out.
ENDLESS_COMMENT = b"\x1f\x8b\x08\x10" + bytes(6)
Write = Callable[[bytes], None]


def drip(head: bytes, piece: bytes) -> Reply:
    """`head` at once, then a piece now and then, for longer than anybody should wait."""

    def conversation(write: Write) -> None:
        write(head)
        for _ in range(50):
            time.sleep(0.1)
            write(piece)

    return Reply(raw=conversation)


def said(text: bytes) -> Reply:
    """Exactly these bytes."""
    return Reply(raw=lambda write: write(text))


DRIPS = {
    "status-line": drip(b"", b"H"),
    "headers": drip(OK, b"X-Slow: 1\r\n"),
    "one-header": drip(OK + b"X-Slow: ", b"1"),
    "interim-answers": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body-without-length": drip(OK + b"\r\n", b"x"),
    "body": drip(OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
    "chunks": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "length-of-a-chunk": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x"),
    "trailers": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: 1\r\n"),
    "gzip-without-content": drip(GZIP + ENDLESS_COMMENT, b"x"),
    "error-page": drip(b"HTTP/1.1 500 Oh\r\n\r\n", b"x"),
    # As it stands when it is cut off, it could be taken for whole.
    "whole-and-more": drip(OK + b"\r\n{}", b" "),
}


def test_a_drip_ends_when_the_time_is_up(http: Outbound, server: Server) -> None:
    server.answer = lambda asked: DRIPS[asked.path[1:]]

    def call(name: str) -> tuple[str, bool]:
        started = time.monotonic()
        found = outcome(lambda: http.request("GET", f"{server.base}/{name}", timeout=1))
        return found, time.monotonic() - started < 1.5

    with ThreadPoolExecutor(len(DRIPS)) as pool:
        assert dict(zip(DRIPS, pool.map(call, DRIPS), strict=True)) == dict.fromkeys(DRIPS, ("timeout", True))


def test_a_late_head_leaves_less_time_for_the_body(http: Outbound, server: Server) -> None:
    def late(write: Write) -> None:
        time.sleep(0.7)
        write(OK + b"Content-Length: 10\r\n\r\n")
        time.sleep(3)

    server.script(Reply(raw=late))
    started = time.monotonic()
    assert outcome(lambda: http.request("GET", server.base, timeout=1)) == "timeout"
    assert time.monotonic() - started < 1.4


def test_a_flood_of_headers_or_of_interim_answers_ends(http: Outbound, server: Server) -> None:
    for flood in (OK + b"X-More: 1\r\n" * 5_000, OK + b"x" * 5_000_000, b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000):
        server.script(said(flood))
        assert outcome(lambda: http.request("GET", server.base)) == "unreachable"


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_bomb_in_a_bomb_is_defused(http: Outbound, server: Server, layers: int) -> None:
    bomb = bytes(64 * 1024 * 1024)
    for _ in range(layers):
        bomb = gzip.compress(bomb, 1)
    server.script(Reply(200, bomb, {"Content-Encoding": ", ".join(["gzip"] * layers)}))
    assert outcome(lambda: http.request("GET", server.base)) == "too-large"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OK + b"Content-Length: -5\r\nConnection: close\r\n\r\n{}", "ok"),
        (OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}", "unreachable"),
        (OK + b"Content-Length: 99999999999999999999999\r\n\r\n{}", "unreachable"),
        (OK + b"Content-Length: two\r\n\r\n{}", "ok"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}", "unreachable"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}", "unreachable"),
        (OK + b"Content-Encoding: " + b"gzip, " * 50 + b"gzip\r\n\r\n{}", "bad-answer"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "bad-answer"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "bad-answer"),
        (b"HTTP/1.1 099 No\r\n\r\n", "unreachable"),
        (b"SSH-2.0-OpenSSH\r\n", "unreachable"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n", "redirected"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "ok"),
    ],
)
def test_a_strange_head_has_a_name(http: Outbound, server: Server, text: bytes, expected: str) -> None:
    server.script(said(text))
    assert outcome(lambda: http.request("GET", server.base)) == expected


def test_a_chain_of_redirects_is_one_call(http: Outbound, server: Server) -> None:
    numbers = itertools.count()
    server.answer = lambda _: Reply(307, b"", {"Location": f"/{next(numbers)}"})
    for method in ("GET", "POST"):
        assert outcome(lambda method=method: http.request(method, server.base, json={})) == "redirected"  # type: ignore[misc]
    assert len(server.asked) == 2


def test_nothing_is_left_over_for_the_next_call(http: Outbound, server: Server) -> None:
    # More than was announced: the rest must not be read as the answer to somebody else's question.
    server.script(said(OK + b"Content-Length: 2\r\n\r\n{}" + OK + b'Content-Length: 5\r\n\r\n"own"'), Reply(200, {}))
    assert http.request("GET", server.base).json() == {}
    try:
        later = http.request("GET", server.base).json()
    except UpstreamError as error:
        # The connection with the left-overs may be found closed only when it is used.
        later = error.outcome
    assert later in ({}, "unreachable")


def test_the_time_holds_behind_a_proxy_too() -> None:
    manager = PromptAdapter().proxy_manager_for("http://proxy.example:3128")
    assert manager.pool_classes_by_scheme == PromptAdapter().poolmanager.pool_classes_by_scheme


PIECES = [
    *(b"HTTP/1.1 ", OK, b"429 X\r\n", b"Content-Length: ", b"5\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    *(b"Content-Encoding: gzip, deflate\r\n", gzip.compress(b"{}"), b"\r\n", b"\r\n\r\n", b" folded\r\n", b": \r\n"),
    *(b"Set-Cookie: a=b; Expires=x\r\n", b"Retry-After: 1e9\r\n", b"RateLimit-Reason: \xff\r\n", b"\xff\x00", b"{}"),
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=12))
def test_any_bytes_end_in_a_named_outcome(server: Server, pieces: list[bytes]) -> None:
    server.script(said(OK[:9] + b"".join(pieces)))
    with Outbound([server.netloc], timeout=2) as http:
        assert outcome(lambda: http.request("GET", server.base))


KEYS = ["results", "issues", "projectPermissions", "permission", "name", "_links", "next", "key", "title", "value"]
LEAVES: list[Any] = [None, True, 0, 1, -1.5, "", "http://[", "?cursor=a", "BROWSE_PROJECTS", "k", "\ud800"]


def anything(chance: random.Random, depth: int = 0) -> Any:
    """Some JSON, in which the names that we look for are common."""
    kind = chance.choice(["leaf", "list", "object"]) if depth < 4 else "leaf"
    if kind == "leaf":
        return chance.choice(LEAVES)
    if kind == "list":
        return [anything(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(KEYS): anything(chance, depth + 1) for _ in range(chance.randint(0, 6))}


@pytest.fixture(scope="module")
def calls() -> Iterator[tuple[Server, dict[str, Callable[[], object]]]]:
    """A server, and every call of the clients that reads an answer of it."""
    with serving() as server, Outbound([server.netloc], timeout=5) as http:
        jira = Jira(Host(server.base, "c", "fairtrial", "s" * 40), http, time.time)
        wiki = Confluence(Host(server.base + "/wiki", "c", "fairtrial", "s" * 40), http, time.time)
        yield (
            server,
            {
                "user_groups": lambda: jira.user_groups("ada"),
                "may_browse": lambda: jira.may_browse("ada", 1),
                "issue": lambda: jira.issue("CASE-1", ["summary"]),
                "issue_property": lambda: jira.issue_property("CASE-1", "k"),
                "search": lambda: list(jira.search("project = CASE", ["summary"], 5)),
                "space": lambda: wiki.space("k"),
                "page": lambda: wiki.page("1"),
                "pages_titled": lambda: wiki.pages_titled("1", "k"),
                "create_page": lambda: wiki.create_page(space_id="1", title="t", body="b"),
                "page_property": lambda: wiki.page_property("1", "k"),
                "labels": lambda: wiki.labels("1"),
            },
        )


@pytest.mark.parametrize("seed", range(40))
def test_json_of_another_shape_is_a_bad_answer(
    calls: tuple[Server, dict[str, Callable[[], object]]], seed: int
) -> None:
    server, asked = calls
    chance = random.Random(seed)
    server.answer = lambda _: Reply(200, json.dumps({key: anything(chance) for key in chance.sample(KEYS, 5)}).encode())
    assert {outcome(call) for call in asked.values()} <= {"ok", "bad-answer"}


def test_a_grant_that_is_not_readable_grants_nothing(
    calls: tuple[Server, dict[str, Callable[[], object]]],
) -> None:
    server, asked = calls
    for issues in (None, 1, "1", {"1": 1}, [[1]], ["1"]):
        grant = {"permission": "BROWSE_PROJECTS", "issues": issues}
        server.answer = lambda _, grant=grant: Reply(200, {"projectPermissions": [grant]})  # type: ignore[misc]
        assert asked["may_browse"]() is False
    server.answer = lambda _: Reply(200, {})
    with pytest.raises(UpstreamError, match="bad-answer"):
        asked["may_browse"]()
