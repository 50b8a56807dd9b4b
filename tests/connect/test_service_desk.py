"""The customer API of Jira Service Management, by its official document."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest

from connect.http import Outbound, UpstreamError
from connect.service_desk import ServiceDesk
from tests.connect.server import Reply, Server
from tests.openapi import check

SPEC = "jsm.derived-2024-07.openapi"
NAME, SUMMARY = "configuration-x1.json", "Configuration of a support case (x1)"


@pytest.fixture
def desk(server: Server) -> Iterator[ServiceDesk]:
    with Outbound([server.netloc], timeout=2) as http:
        yield ServiceDesk(server.base, "vendor@alkaes.example", "an-invented-tokén", "10", "25", http)


def request(key: Any, summary: str = SUMMARY) -> dict[str, Any]:
    return {
        "issueKey": key,
        "requestFieldValues": [{"fieldId": "description"}, {"fieldId": "summary", "value": summary}],
    }


def page(*values: Any, **more: Any) -> dict[str, Any]:
    return {"start": 0, "limit": 50, "size": len(values), "isLastPage": True, "values": list(values)} | more


def test_an_upload_is_a_form_with_the_headers_that_let_it_in(desk: ServiceDesk, server: Server) -> None:
    server.script(Reply(201, {"temporaryAttachments": [{"temporaryAttachmentId": "temp1", "fileName": NAME}]}))
    assert desk.upload(NAME, b'{"a": "\xc3\xa9"}\n') == "temp1"
    [asked] = server.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert (asked.method, asked.url) == ("POST", "/rest/servicedeskapi/servicedesk/10/attachTemporaryFile")
    assert (headers["x-atlassian-token"], headers["x-experimentalapi"]) == ("no-check", "opt-in")
    told = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()
    assert told == "vendor@alkaes.example:an-invented-tokén"
    form = message_from_bytes(f"Content-Type: {headers['content-type']}\n\n".encode() + asked.body)
    [part] = form.get_payload()
    assert (part.get_param("name", header="content-disposition"), part.get_filename()) == ("file", NAME)
    assert part.get_payload(decode=True) == b'{"a": "\xc3\xa9"}\n'


def test_every_call_is_one_of_the_document(desk: ServiceDesk, server: Server) -> None:
    server.script(
        Reply(201, request("CA-1")), Reply(200, page(request("CA-1"))), Reply(200, page({"filename": NAME})),
        Reply(201, {"comment": {}}),
    )  # fmt: skip
    assert desk.create(SUMMARY, "Why?") == desk.find(SUMMARY, "x1") == "CA-1"
    assert desk.has_attachment("CA-1", NAME)
    desk.attach("CA-1", "temp1")
    assert len(server.asked) == 4
    for asked in server.asked:
        check(SPEC, asked.method, asked.url, asked.json)
    # What a customer may not use.
    assert not {"raiseOnBehalfOf", "requestParticipants"} & set(server.asked[0].json)
    assert server.asked[3].json == {"temporaryAttachmentIds": ["temp1"], "public": True}


def test_what_is_found_is_ours_to_the_letter_and_the_first(desk: ServiceDesk, server: Server) -> None:
    others = [request("CA-10"), request("CA-9"), request("CA-1", f"Re: {SUMMARY}")]
    server.script(Reply(200, page(*others)), Reply(200, page(request("CA-1", "x1"))), Reply(200, page()))
    assert desk.find(SUMMARY, "x1") == "CA-9"
    assert desk.find(SUMMARY, "x1") is None
    assert desk.find(SUMMARY, "x1") is None


def test_attachments_are_looked_through_page_by_page(desk: ServiceDesk, server: Server) -> None:
    first = page({"filename": "a"}, {"filename": "b"}, isLastPage=False)
    server.script(Reply(200, first), Reply(200, page({"filename": NAME})), Reply(200, first), Reply(200, page()))
    assert desk.has_attachment("CA-1", NAME)
    assert not desk.has_attachment("CA-1", NAME)
    assert [asked.url.partition("?")[2] for asked in server.asked] == ["start=0&limit=50", "start=2&limit=50"] * 2


@pytest.mark.parametrize("key", ["../../admin", "ca-1", "CA-0", "", None, 7, "CA-1/attachment?x="])
def test_a_key_that_is_none_goes_into_no_url(desk: ServiceDesk, server: Server, key: Any) -> None:
    server.answer = lambda _: Reply(201, request(key))
    with pytest.raises(UpstreamError, match="bad-answer"):
        desk.create(SUMMARY, "Why?")
    with pytest.raises(UpstreamError, match="bad-answer"):
        desk.attach(key, "temp1")
    assert len(server.asked) == 1


@pytest.mark.parametrize("answer", [b"<html>sign in</html>", {}, {"temporaryAttachments": [{}]}, []])
def test_an_answer_that_is_none_is_a_bad_one(desk: ServiceDesk, server: Server, answer: Any) -> None:
    server.answer = lambda _: Reply(200, answer)
    for call in (lambda: desk.upload(NAME, b""), lambda: desk.find(SUMMARY, "x1")):
        with pytest.raises(UpstreamError, match="bad-answer"):
            call()
