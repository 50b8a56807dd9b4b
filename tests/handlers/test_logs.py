"""No token, secret, address or body is ever in a log, ours or gunicorn's; canaries are planted wherever input goes."""

from __future__ import annotations

import io
import json
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from handlers import logs, work
from sandbox.stack import Stack
from tests.connect.server import Reply
from tests.handlers.edge import HOOK_SECRET, SECRET, Edge

CANARY = "canary7f3a"
ADDRESS = f"{CANARY}@harbour.example"
ROW = {"appEntitlementNumber": CANARY, "contactDetails": {"technicalContact": {"email": ADDRESS, "name": CANARY}}}


def require_silent(log: str, *secrets: str) -> None:
    for secret in (CANARY, SECRET, HOOK_SECRET, "eyJ", "whsec_", *secrets):
        assert secret not in log, f"{secret} in {log}"


def our_log() -> io.StringIO:
    """What our handler writes from now on."""
    (ours,) = (handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler)
    written = io.StringIO()
    ours.setStream(written)
    return written


def visit_everything(edge: Edge) -> list[str]:
    """Plant the canary in every kind of input; gives the tokens that were sent."""
    header = {"User-Agent": CANARY, "Referer": f"https://x.example/?jwt={CANARY}", "X-Forwarded-For": CANARY}
    tokens = [edge.site.token("GET", f"/staff/prospect?id={CANARY}"), edge.site.context_token(CANARY)]
    edge.client.get(f"/staff/prospect?id={CANARY}&jwt={tokens[0]}", headers=header)
    edge.client.get(f"/staff/prospect?id={CANARY}&jwt={tokens[0]}x", headers=header)
    edge.call(f"/staff/api/prospects?q={ADDRESS}", tokens[1])
    edge.call(f"/support/api/panel?issueId=1&x={CANARY}", edge.site.context_token(CANARY, "1"))
    edge.client.get(f"/privacy/choices/{CANARY}?email={ADDRESS}", headers=header)
    edge.client.post(f"/u/{CANARY}", data={"email": ADDRESS})
    edge.client.get(f"/nowhere/{CANARY}")
    edge.lifecycle("installed", sharedSecret=f"{CANARY}-{'s' * 32}", description=CANARY, displayUrl=ADDRESS)
    edge.lifecycle("installed", baseUrl=f"https://{CANARY}.example")
    edge.post("/connect/installed", {"sharedSecret": CANARY}, f"JWT {CANARY}.{CANARY}.{CANARY}")
    edge.hook("issue_created", {"issue": {"id": "1", "key": CANARY, "fields": {"reporter": ADDRESS}}})
    edge.market({"type": "licence.observed", "data": ROW}, CANARY)
    edge.market({"type": CANARY, "data": [ROW]}, CANARY + "-2")
    edge.market(f'{{"{CANARY}'.encode(), CANARY + "-3")
    edge.post("/webhooks/marketplace", ROW, **{"X-Hub-Signature": CANARY})
    return tokens


def test_nothing_that_came_in_is_logged(edge: Edge) -> None:
    written = our_log()
    edge.jira.answer = lambda _: Reply(500, {"errorMessages": [CANARY]})
    tokens = visit_everything(edge)
    work.drain(edge.parts)
    log = written.getvalue()
    require_silent(log, *tokens)
    lines = [json.loads(line) for line in log.splitlines()]
    seen = {line["event"] for line in lines}
    assert {"request", "token.refused", "signature.refused", "groups.unknown"} <= seen
    routes = {line.get("route") for line in lines if line["event"] == "request"}
    assert {"/staff/prospect", "/privacy/choices/<token>", None} <= routes


def test_a_fault_is_logged_by_kind_and_place(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    written = our_log()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("services.prospects.list_prospects", broken)
    assert edge.call("/staff/api/prospects", edge.site.context_token()).status_code == 500
    log = written.getvalue()
    require_silent(log)
    (fault,) = [line for line in map(json.loads, log.splitlines()) if line["event"] == "request.failed"]
    assert (fault["kind"], fault["endpoint"]) == ("RuntimeError", "staff.list_prospects")
    assert fault["frames"][-1].startswith("broken:")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_what_libraries_say_is_scrubbed(log_format: str) -> None:
    logs.configure(log_format)
    written = our_log()
    library = logging.getLogger("some.library")
    token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl"
    library.warning("GET %s?jwt=%s", "/staff", token)
    library.warning("Authorization: JWT %s, Bearer %s", CANARY * 3, CANARY * 2)
    library.warning("secret %s for %s at postgresql://u:%s@db/x?token=%s", HOOK_SECRET, ADDRESS, CANARY, CANARY)
    try:
        raise ValueError(f"{CANARY} of {ADDRESS}")
    except ValueError:
        library.exception("it failed")
        library.warning("again", exc_info=sys.exc_info())
    log = written.getvalue()
    require_silent(log, token)
    assert log.count("ValueError") == 2
    assert "test_what_libraries_say_is_scrubbed" in log


def test_chatty_libraries_are_quiet() -> None:
    logs.configure("json")
    for name in ("werkzeug", "urllib3", "atlassian", "huey", "alembic"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


# gunicorn, as production runs it.


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("served")
    stack = Stack(home, settings={"FAIRTRIAL_DATABASE_URL": f"sqlite:///{home / 'app.db'}", "WEB_CONCURRENCY": "1"})
    stack.settings["WEB_CONCURRENCY"] = "1"
    try:
        stack.start_web()
        yield stack
    finally:
        stack.stop()


def exchange(stack: Stack, raw: bytes) -> str:
    """What the server says to these bytes, to the end of the connection."""
    with socket.create_connection(("127.0.0.1", stack.app_port), timeout=10) as connection:
        connection.sendall(raw)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
            if b"\r\n\r\n" in answer and b"Connection: close" not in answer:
                break
    return answer.decode("latin-1")


MALFORMED = {
    "bad version": b"GET /staff/prospects?jwt=" + CANARY.encode() + b" HTTP/9.9\r\nHost: x\r\n\r\n",
    "no version": b"GET /staff?jwt=" + CANARY.encode() + b"\r\n\r\n",
    "bad method": b"g\x01t /?jwt=" + CANARY.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "long line": b"GET /?jwt=" + CANARY.encode() * 1_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "bad header": b"GET / HTTP/1.1\r\nHost: x\r\n" + CANARY.encode() + b" : y\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: JWT " + CANARY.encode() * 1_000 + b"\r\n\r\n",
    "two lengths": b"POST /webhooks/marketplace HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "odd coding": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + CANARY.encode() + b"\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_gunicorn_refuses_by_itself_is_not_repeated(served: Stack, name: str) -> None:
    answer = exchange(served, MALFORMED[name])
    status, _, rest = answer.partition("\r\n")
    assert status.split(" ")[1] in ("400", "414", "431", "501"), answer
    assert CANARY not in answer
    for header in ("Strict-Transport-Security", "Content-Security-Policy", "Referrer-Policy: no-referrer", "no-store"):
        assert header in rest


def test_a_chunked_body_without_a_length_is_bounded_too(served: Stack) -> None:
    sent = (b"x" * 65_536 for _ in range(17))
    answer = requests.post(f"{served.app_url}/webhooks/marketplace", data=sent, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
    fine = requests.post(f"{served.app_url}/webhooks/marketplace", data=(one for one in [b"{}"]), timeout=10)
    assert fine.status_code == 401


def test_a_broken_chunk_is_a_bad_request(served: Stack) -> None:
    head = b"POST /webhooks/marketplace HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer = exchange(served, head + b"zz\r\n" + CANARY.encode() + b"\r\n0\r\n\r\n")
    assert " 400 " in answer.partition("\r\n")[0]
    assert CANARY not in answer


def test_a_length_that_lies_is_not_believed(served: Stack) -> None:
    head = b"POST /webhooks/marketplace HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n"
    assert " 413 " in exchange(served, head + b"{}").partition("\r\n")[0]


def test_no_header_moves_the_path_away_from_the_signature(served: Stack) -> None:
    for name in ("PATH_INFO", "SCRIPT_NAME", "Path-Info", "X-Script-Name", "X-Original-URL"):
        answer = requests.get(f"{served.app_url}/healthz", headers={name: "/staff/prospects"}, timeout=10)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"}), name


def test_gunicorns_log_holds_nothing_of_what_was_asked(served: Stack) -> None:
    url = served.app_url
    token = f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.x"
    agent = {"User-Agent": CANARY, "Authorization": f"JWT {token}"}
    for path in (f"/staff/prospects?jwt={token}", f"/privacy/choices/{CANARY}", f"/{CANARY}", "/healthz"):
        requests.get(url + path, headers=agent, timeout=10)
    for raw in MALFORMED.values():
        exchange(served, raw)
    log = Path(served.log_of("web")).read_text()
    require_silent(log, token, "Traceback", "127.0.0.1 ")
    assert "request not served" in log
    assert '"route":"/staff/prospects"' in log
