"""Calls out against a real server that lies, drips, redirects and drops."""

from __future__ import annotations

import gzip
import io
import time
from collections.abc import Callable

import pytest
from requests.auth import HTTPBasicAuth

from connect.http import Outbound, UpstreamError
from connect.outcomes import MAX_TITLE_CHARS, outcome_of
from connect.session import require_allowed
from tests.connect.server import Reply, Server

MIB = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def failing(http: Outbound, url: str, **arguments: object) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        http.request("GET", url, **arguments)  # type: ignore[arg-type]
    return caught.value


def test_an_answer_is_read_to_its_end(http: Outbound, server: Server) -> None:
    server.script(Reply(201, {"name": "Zoé"}, {"X-Trace": "t1"}))
    answer = http.request("POST", server.base + "/x", params={"q": "a b"}, json={"n": 1}, headers={"Accept": "x/y"})
    assert (answer.status, answer.json(), answer.headers["x-trace"]) == (201, {"name": "Zoé"}, "t1")
    assert "Zo" in answer.text and "Zo" not in repr(answer)
    asked = server.asked[0]
    assert (asked.method, asked.url, asked.json) == ("POST", "/x?q=a+b", {"n": 1})
    assert (asked.headers["Accept"], asked.headers["User-Agent"]) == ("x/y", "fairtrial")


@pytest.mark.parametrize("length", [None, 10, 3 * MIB])
def test_too_much_is_cut_off_whatever_the_length_says(http: Outbound, server: Server, length: int | None) -> None:
    def flood(write: Callable[[bytes], None]) -> None:
        write(OK + (f"Content-Length: {length}\r\n\r\n".encode() if length else b"\r\n"))
        for _ in range(3 * 16):
            write(b"x" * (MIB // 16))

    server.script(Reply(raw=flood))
    if length == 10:
        assert http.request("GET", server.base, max_bytes=MIB).content == b"x" * 10
    else:
        assert failing(http, server.base, max_bytes=MIB).outcome == "too-large"


def test_a_declared_excess_is_refused_before_it_is_read(http: Outbound, server: Server) -> None:
    def promise(write: Callable[[bytes], None]) -> None:
        write(OK + b"Content-Length: 9999999999\r\n\r\n")
        time.sleep(1)

    server.script(Reply(raw=promise))
    started = time.monotonic()
    assert failing(http, server.base).outcome == "too-large"
    assert time.monotonic() - started < 0.8


def test_a_compression_bomb_counts_by_what_it_becomes(http: Outbound, server: Server) -> None:
    server.script(Reply(200, gzip.compress(bytes(40 * MIB)), {"Content-Encoding": "gzip"}))
    assert failing(http, server.base).outcome == "too-large"


def test_an_encoding_that_is_none_is_a_bad_answer(http: Outbound, server: Server) -> None:
    server.script(Reply(200, b"plain", {"Content-Encoding": "gzip"}))
    assert failing(http, server.base).outcome == "bad-answer"


def test_a_silent_server_times_out(http: Outbound, server: Server) -> None:
    server.script(Reply(raw=lambda _: time.sleep(2)))
    error = failing(http, server.base, timeout=1)
    assert (error.outcome, error.permanent) == ("timeout", False)


@pytest.mark.parametrize("head", [OK + b"Content-Length: 1000\r\n\r\n", OK, b"HTTP/1.1 "])
def test_a_dripping_server_times_out_though_each_byte_is_prompt(http: Outbound, server: Server, head: bytes) -> None:
    def drip(write: Callable[[bytes], None]) -> None:
        write(head)
        for _ in range(40):
            write(b"1")
            time.sleep(0.1)

    server.script(Reply(raw=drip))
    started = time.monotonic()
    assert failing(http, server.base, timeout=1).outcome == "timeout"
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 2", OK + b"Content-Length: 100\r\n\r\nhalf", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"],
)
def test_a_reply_that_breaks_off_is_no_answer(http: Outbound, server: Server, said: bytes) -> None:
    server.script(Reply(raw=lambda write: write(said)))
    assert failing(http, server.base).outcome == "unreachable"


def test_nobody_there(http: Outbound, server: Server) -> None:
    with Outbound(["127.0.0.1:1"]) as nobody:
        error = failing(nobody, "http://127.0.0.1:1/secret?email=ada@example.com")
    assert (str(error), error.permanent, error.__cause__) == ("unreachable", False, None)


def test_redirects_are_not_followed(http: Outbound, server: Server, second_server: Server) -> None:
    for target in (second_server.base + "/login", server.base + "/elsewhere"):
        server.script(Reply(302, b"x" * 500_000, {"Location": target}))
        error = failing(http, server.base)
        assert (error.outcome, error.status, error.permanent) == ("redirected", 302, True)
    assert len(server.asked) == 2 and not second_server.asked


def test_the_librarys_own_session_follows_the_same_rules(http: Outbound, server: Server, second_server: Server) -> None:
    server.script(Reply(302, b"", {"Location": second_server.base}))
    assert http.session.get(server.base, allow_redirects=True).status_code == 302
    with pytest.raises(UpstreamError, match="refused-host"):
        http.session.get(second_server.base)
    server.script(Reply(200, bytes(9 * MIB)))
    with pytest.raises(UpstreamError, match="too-large"):
        http.session.get(server.base, stream=True, timeout=900)
    assert not second_server.asked


def test_hosts_that_are_not_listed_are_never_called(http: Outbound, server: Server, second_server: Server) -> None:
    for url in (second_server.base, server.base.replace("127.0.0.1", "localhost"), "file:///etc/passwd", "http://["):
        assert failing(http, url).outcome in ("refused-host", "bad-request")
    assert not server.asked and not second_server.asked


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://acme.atlassian.net/x", True),
        ("https://ACME.atlassian.net:443/x", True),
        ("http://acme.atlassian.net/x", False),
        ("https://acme.atlassian.net:8443/x", False),
        ("https://acme.atlassian.net.evil.net/x", False),
        ("https://evil.net/acme.atlassian.net", False),
        ("https://acme.atlassian.net@evil.net/", False),
        ("https://evil.net@acme.atlassian.net/", False),
        ("https://acme.atlassian.net:x/", False),
        ("https://keys.example:8443/", True),
        ("https://keys.example/", False),
        ("http://[::1]:81/", True),
        ("ftp://acme.atlassian.net/", False),
        ("acme.atlassian.net", False),
    ],
)
def test_the_allow_list(url: str, allowed: bool) -> None:
    listed = frozenset({"acme.atlassian.net", "keys.example:8443", "[::1]:81"})
    if allowed:
        require_allowed(url, listed)
    else:
        with pytest.raises(UpstreamError, match="refused-host"):
            require_allowed(url, listed)


def test_cookies_of_one_tenant_never_reach_another(http: Outbound, server: Server) -> None:
    server.answer = lambda _: Reply(200, {}, {"Set-Cookie": "tenant=one; Path=/"})
    for _ in range(2):
        http.request("GET", server.base)
    assert "Cookie" not in server.asked[1].headers


def test_no_password_comes_out_of_netrc(
    http: Outbound, server: Server, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password lovelace\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.script(Reply(200, {}))
    http.request("GET", server.base)
    assert "Authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    ("status", "outcome", "permanent"),
    [
        (400, "bad-request", True),
        (401, "unauthorized", True),
        (403, "forbidden", True),
        (404, "not-found", True),
        (408, "timeout", False),
        (409, "conflict", False),
        (410, "gone", True),
        (418, "bad-request", True),
        (429, "rate-limited", False),
        (500, "server-error", False),
        (503, "server-error", False),
        (304, "redirected", True),
    ],
)
def test_each_status_has_a_name(http: Outbound, server: Server, status: int, outcome: str, permanent: bool) -> None:
    server.script(Reply(status))
    error = failing(http, server.base)
    assert (error.outcome, error.permanent, error.status, str(error)) == (
        outcome,
        permanent,
        status,
        f"{outcome} ({status})",
    )
    assert outcome_of(999) == "bad-answer"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"errors": [{"status": 400, "title": "A page with this title already exists"}]}, "A page with this title"),
        ({"errorMessages": ["Issue does not exist"], "errors": {}}, "Issue does not exist"),
        ({"code": 401, "message": "scope does not match"}, "scope does not match"),
        ({"errors": [{"title": "x" * 9_000}]}, "x" * MAX_TITLE_CHARS),
        ({"errors": [{"title": 5}]}, None),
        ([], None),
        (b"<html>", None),
        (b"[" * 60_000, None),
    ],
)
def test_the_title_of_a_refusal_is_kept_apart(http: Outbound, server: Server, body: object, title: str | None) -> None:
    server.script(Reply(400, body))
    error = failing(http, server.base)
    assert (error.title or "").startswith(title or "") and (error.title is None) == (title is None)
    assert str(error) == "bad-request (400)"
    assert len(error.title or "") <= MAX_TITLE_CHARS


def test_a_huge_error_page_still_has_its_status(http: Outbound, server: Server) -> None:
    server.script(Reply(502, b"<p>" * 5 * MIB))
    assert failing(http, server.base).status == 502


def test_retry_after_comes_with_the_error(http: Outbound, server: Server) -> None:
    server.script(Reply(429, {}, {"Retry-After": "7"}))
    assert failing(http, server.base).retry_after == 7


@pytest.mark.parametrize("body", [b"<html>login</html>", b"", b"\xff", b"[" * 200_000])
def test_a_200_that_is_no_json_is_a_bad_answer(http: Outbound, server: Server, body: bytes) -> None:
    server.script(Reply(200, body))
    with pytest.raises(UpstreamError, match="bad-answer"):
        http.request("GET", server.base).json()


def test_an_object_is_promised(http: Outbound, server: Server) -> None:
    server.script(Reply(200, []))
    with pytest.raises(UpstreamError, match="bad-answer"):
        http.request("GET", server.base).json_object()


def test_a_download_goes_to_the_file_and_an_error_does_not(http: Outbound, server: Server) -> None:
    server.script(Reply(404, b"Export is being processed"), Reply(200, bytes(3 * MIB)))
    file = io.BytesIO()
    assert failing(http, server.base, into=file).status == 404
    assert file.getvalue() == b""
    assert http.request("GET", server.base, into=file).content == b""
    assert len(file.getvalue()) == 3 * MIB


def test_connections_are_kept_between_calls_and_shared_by_signing_sessions(http: Outbound, server: Server) -> None:
    server.answer = lambda _: Reply(200, {})
    for _ in range(3):
        http.request("GET", server.base)
        http.session_for(HTTPBasicAuth("a", "b")).get(server.base)
    assert len({asked.peer for asked in server.asked}) == 1
    assert ["Authorization" in asked.headers for asked in server.asked] == [False, True] * 3
