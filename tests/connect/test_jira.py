"""The calls to Jira: signed, valid by the official OpenAPI, and honest about failure."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connect.jira import Jira
from tests.connect.server import Reply
from tests.connect.site import Site, outcome, site

PROPERTY = "/rest/api/3/issue/CASE-1/properties/fairtrial.configuration"


@pytest.fixture
def acme() -> Iterator[Site]:
    """A Jira site."""
    with site("", "jira-v3") as running:
        yield running


@pytest.fixture
def jira(acme: Site) -> Jira:
    return Jira(acme.host, acme.http, time.time)


def test_groups_of_a_user(jira: Jira, acme: Site) -> None:
    acme.script(Reply(200, [{"name": "prospects-viewers", "groupId": "g1"}, {"groupId": "g2"}, {"name": "users"}]))
    assert jira.user_groups("5b10:ac 8d/é&") == ["prospects-viewers", "users"]
    assert acme.last.url == "/rest/api/3/user/groups?accountId=5b10%3Aac+8d%2F%C3%A9%26"


def test_who_may_see_an_issue(jira: Jira, acme: Site) -> None:
    granted = {"permission": "BROWSE_PROJECTS", "issues": [10001], "projects": []}
    other = {"permission": "EDIT_ISSUES", "issues": [10001], "projects": []}
    acme.script(*(Reply(200, {"projectPermissions": grants}) for grants in ([other, granted], [other], [])))
    assert [jira.may_browse("ada", "10001") for _ in range(3)] == [True, False, False]
    assert acme.last.json["projectPermissions"] == [{"issues": [10001], "permissions": ["BROWSE_PROJECTS"]}]


def test_nobody_sees_an_issue_that_has_no_number(jira: Jira, acme: Site) -> None:
    assert not any(jira.may_browse("ada", issue) for issue in ("CASE-1", "", "-1", "١", "1" * 30))
    assert not acme.asked


def test_an_issue_with_the_fields_asked_for(jira: Jira, acme: Site) -> None:
    acme.script(Reply(200, {"id": "10001", "fields": {"attachment": []}}))
    assert jira.issue("CASE-1", ["attachment", "summary"])["fields"] == {"attachment": []}
    assert acme.last.url == "/rest/api/3/issue/CASE-1?fields=attachment,summary"


def test_an_issue_key_cannot_lead_elsewhere(jira: Jira, acme: Site) -> None:
    acme.script(Reply(404))
    assert outcome(lambda: jira.issue("CASE-1/watchers?expand=a", ["summary"])) == "not-found"
    assert acme.last.path == "/rest/api/3/issue/CASE-1%2Fwatchers%3Fexpand%3Da"
    assert outcome(lambda: jira.issue("../user/groups?accountId=a", ["summary"])) == "refused-host"
    for key in ("..", ".", ""):
        with pytest.raises(ValueError, match="path segment"):
            jira.issue(key, ["summary"])


def test_an_attachment_becomes_a_file(jira: Jira, acme: Site) -> None:
    content = b"PK\x03\x04" + bytes(3_000_000)
    acme.script(Reply(200, content, {"Content-Type": "application/zip"}))
    path = jira.attachment("10021", max_bytes=4_000_000)
    assert path.read_bytes() == content
    path.unlink()
    assert acme.last.url == "/rest/api/3/attachment/content/10021?redirect=false"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, bytes(5_000)), "too-large"),
        (Reply(404, {"errorMessages": ["gone"]}), "not-found"),
        (Reply(303, b"", {"Location": "https://media.example/x"}), "redirected"),
        (Reply(raw=lambda write: write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nPK")), "unreachable"),
    ],
)
def test_a_failed_download_leaves_no_file(
    jira: Jira, acme: Site, reply: Reply, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    acme.script(reply)
    assert outcome(lambda: jira.attachment(10021, max_bytes=1_000)) == expected
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("attachment_id", ["", "1/../2", "https://evil.net/x", "1?redirect=true", "-1", "1e3"])
def test_an_attachment_id_is_a_number(jira: Jira, acme: Site, attachment_id: str) -> None:
    with pytest.raises(ValueError, match="number"):
        jira.attachment(attachment_id, max_bytes=10)
    assert not acme.asked


def test_an_issue_property_is_read_or_absent(jira: Jira, acme: Site) -> None:
    acme.script(Reply(200, {"key": "k", "value": {"product": "confluence"}}), Reply(404))
    assert jira.issue_property("CASE-1", "fairtrial.configuration") == {"product": "confluence"}
    assert jira.issue_property("CASE-1", "fairtrial.configuration") is None
    assert acme.last.url == PROPERTY


@pytest.mark.parametrize("value", [{"a": ["é"]}, [], 0, False, "text"])
def test_an_issue_property_is_written_as_it_is(jira: Jira, acme: Site, value: Any) -> None:
    acme.script(Reply(201))
    jira.set_issue_property("CASE-1", "fairtrial.configuration", value)
    assert (acme.last.method, acme.last.url, json.loads(acme.last.body)) == ("PUT", PROPERTY, value)


def test_search_goes_on_page_by_page_up_to_the_limit(jira: Jira, acme: Site) -> None:
    first = {"issues": [{"id": str(n)} for n in range(50)], "nextPageToken": "t1"}
    second = {"issues": [{"id": str(n)} for n in range(50, 100)], "nextPageToken": "t2"}
    acme.script(Reply(200, first), Reply(200, second))
    found = list(jira.search("project = CASE order by updated", ["summary"], 60))
    assert [issue["id"] for issue in found] == [str(n) for n in range(60)]
    assert [asked.json.get("nextPageToken") for asked in acme.asked] == [None, "t1"]
    assert acme.last.json["maxResults"] == 10


def test_a_short_search_is_one_call(jira: Jira, acme: Site) -> None:
    acme.script(Reply(200, {"issues": [{"id": "1"}], "isLast": True}))
    assert [issue["id"] for issue in jira.search("project = CASE", ["summary"], 10)] == ["1"]
    assert list(jira.search("project = CASE", ["summary"], 0)) == []
    assert len(acme.asked) == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(401), "unauthorized"),
        (Reply(403), "forbidden"),
        (Reply(500), "server-error"),
        (Reply(200, b"<html>log in</html>", {"Content-Type": "text/html"}), "bad-answer"),
        (Reply(302, b"", {"Location": "/login"}), "redirected"),
    ],
)
def test_no_failure_looks_like_an_answer(jira: Jira, acme: Site, reply: Reply, expected: str) -> None:
    acme.script(*[reply] * 4)
    assert outcome(lambda: jira.issue_property("CASE-1", "k")) == expected
    assert outcome(lambda: jira.user_groups("ada")) == expected
    assert outcome(lambda: jira.may_browse("ada", 1)) == expected
    assert outcome(lambda: list(jira.search("project = CASE", ["summary"], 5))) == expected
    assert len(acme.asked) == 4


def test_the_library_neither_waits_nor_retries(jira: Jira, acme: Site) -> None:
    acme.script(Reply(429, {}, {"Retry-After": "60"}), Reply(200, []))
    started = time.monotonic()
    assert outcome(lambda: jira.user_groups("ada")) == "rate-limited"
    assert (len(acme.asked), time.monotonic() - started < 5) == (1, True)


def test_no_body_and_no_query_reaches_the_log(jira: Jira, acme: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    acme.script(Reply(200, {"issues": [{"id": "1", "fields": {"summary": "Ada Lovelace"}}]}))
    list(jira.search('reporter = "ada@example.com"', ["summary"], 5))
    acme.script(Reply(200, []))
    jira.user_groups("ada-account")
    for private in ("Ada", "ada@example.com", "ada-account", "JWT "):
        assert private not in caplog.text
