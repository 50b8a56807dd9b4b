"""The calls to Confluence: signed, valid by the official OpenAPI, answers as observed live."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connect.confluence import Confluence
from connect.http import UpstreamError
from tests.connect.server import Reply
from tests.connect.site import Site, outcome, site
from tests.contracts import load

V2 = "/wiki/api/v2"


@pytest.fixture
def acme() -> Iterator[Site]:
    """A Confluence site, with its context path."""
    with site("/wiki", "confluence-v2", "confluence-v1") as running:
        yield running


@pytest.fixture
def confluence(acme: Site) -> Confluence:
    return Confluence(acme.host, acme.http, time.time)


def observed(name: str) -> Reply:
    """An answer of the real Confluence Cloud."""
    found = load("confluence/confluence-observed-responses.json")["observations"]
    one = next(observation for observation in found if observation["name"] == name)
    return Reply(one["status"], one.get("body", {}), one.get("headers", {}))


def query(site: Site) -> dict[str, list[str]]:
    return parse_qs(urlsplit(site.last.url).query)


def test_a_space_by_its_key(confluence: Confluence, acme: Site) -> None:
    acme.script(observed("space_by_key"), observed("space_by_key"), Reply(200, {"results": []}))
    assert (confluence.space("marksyncte") or {})["homepageId"] == "39223464"
    assert confluence.space("other") is None
    assert confluence.space("other") is None
    assert acme.last.url == f"{V2}/spaces?keys=other&limit=1"


def test_a_page_in_any_state(confluence: Confluence, acme: Site) -> None:
    acme.script(observed("update_page"), Reply(404))
    page = confluence.page("39813121") or {}
    assert (page["version"]["number"], page["body"]["storage"]["value"]) == (2, "<p>y</p>")
    assert query(acme)["status"] == ["current,archived,trashed"]
    assert confluence.page("39813121") is None


def test_a_page_is_created(confluence: Confluence, acme: Site) -> None:
    acme.script(observed("create_page"), observed("create_page"))
    assert confluence.create_page(space_id="7", title="T", body="<p>x</p>", parent_id="8")["id"] == "39813121"
    assert acme.last.json == {
        "spaceId": "7",
        "status": "current",
        "title": "T",
        "parentId": "8",
        "body": {"representation": "storage", "value": "<p>x</p>"},
    }
    confluence.create_page(space_id="7", title="T", body="<p>x</p>")
    assert "parentId" not in acme.last.json


def test_a_title_clash_tells_itself_apart(confluence: Confluence, acme: Site) -> None:
    acme.script(observed("create_page_title_clash"))
    with pytest.raises(UpstreamError, match=r"^bad-request \(400\)$") as caught:
        confluence.create_page(space_id="7", title="T", body="<p>x</p>")
    assert (caught.value.title or "").startswith("A page with this title already exists")


def test_a_page_is_updated_to_the_version_named(confluence: Confluence, acme: Site) -> None:
    acme.script(observed("update_page"), observed("update_page_stale_version"))
    change: dict[str, Any] = {"page_id": "39813121", "title": "T", "body": "<p>y</p>", "message": "fairtrial é 2"}
    assert confluence.update_page(**change, version=2)["version"]["number"] == 2
    assert acme.last.json["version"] == {"number": 2, "message": "fairtrial é 2"}
    assert (acme.last.json["id"], acme.last.json["status"]) == ("39813121", "current")
    assert outcome(lambda: confluence.update_page(**change, version=2)) == "conflict"


def test_pages_of_a_title_over_several_lists(confluence: Confluence, acme: Site) -> None:
    next_page = {"next": "https://evil.net/wiki/api/v2/spaces/7/pages?limit=25&cursor=c%3D1"}
    acme.script(
        Reply(
            200, {"results": [{"id": "1", "title": "PRIVACY é"}, {"id": "2", "title": "Privacy"}], "_links": next_page}
        ),
        Reply(200, {"results": [{"id": "3", "title": "privacy é", "status": "archived"}], "_links": {}}),
    )
    assert [page["id"] for page in confluence.pages_titled("7", "Privacy é")] == ["1", "3"]
    assert query(acme)["cursor"] == ["c=1"]
    assert query(acme)["title"] == ["Privacy é"]


def test_a_list_without_end_is_given_up(confluence: Confluence, acme: Site) -> None:
    endless = Reply(200, {"results": [], "_links": {"next": "/wiki/api/v2/x?cursor=again"}})
    acme.script(*[endless] * 50)
    assert outcome(lambda: confluence.pages_titled("7", "T")) == "bad-answer"


def test_a_page_property_among_foreign_ones(confluence: Confluence, acme: Site) -> None:
    listed = observed("property_list_contains_foreign_keys")
    acme.script(listed, listed)
    assert (confluence.page_property("1", "marksync.metadata") or {})["id"] == "39485462"
    assert confluence.page_property("1", "fairtrial.policy") is None
    assert acme.last.url == f"{V2}/pages/1/properties?key=fairtrial.policy"


def test_a_page_property_is_created_then_updated(confluence: Confluence, acme: Site) -> None:
    acme.script(observed("property_create"), observed("property_update"), observed("property_create_exists"))
    confluence.set_page_property("1", "k", {"v": 1})
    assert (acme.last.method, acme.last.json) == ("POST", {"key": "k", "value": {"v": 1}})
    confluence.set_page_property("1", "k", {"v": 2}, property_id="39518220", version=2)
    assert (acme.last.method, acme.last.path) == ("PUT", f"{V2}/pages/1/properties/39518220")
    assert acme.last.json["version"] == {"number": 2}
    assert outcome(lambda: confluence.set_page_property("1", "k", 1)) == "conflict"


def test_labels_are_read_by_v2_and_written_by_v1(confluence: Confluence, acme: Site) -> None:
    acme.script(Reply(200, {"results": [{"name": "policy"}, {"name": "fr"}]}), Reply(200, {}))
    assert confluence.labels("1") == {"policy", "fr"}
    confluence.add_labels("1", ["policy", "fr"])
    assert (acme.last.method, acme.last.url) == ("POST", "/wiki/rest/api/content/1/label")
    assert acme.last.json == [{"prefix": "global", "name": "policy"}, {"prefix": "global", "name": "fr"}]
    confluence.add_labels("1", [])
    assert len(acme.asked) == 2


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(401), "unauthorized"),
        (Reply(403), "forbidden"),
        (Reply(429), "rate-limited"),
        (Reply(500), "server-error"),
        (Reply(200, b"<html>log in</html>"), "bad-answer"),
        (Reply(200, {"message": "what?"}), "bad-answer"),
        (Reply(raw=lambda write: write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")), "unreachable"),
    ],
)
def test_an_outage_never_looks_like_absence(confluence: Confluence, acme: Site, reply: Reply, expected: str) -> None:
    acme.script(*[reply] * 4)
    assert outcome(lambda: confluence.space("K")) == expected
    assert outcome(lambda: confluence.pages_titled("7", "T")) == expected
    assert outcome(lambda: confluence.page_property("1", "k")) == expected
    if "message" not in str(reply.body):
        assert outcome(lambda: confluence.page("1")) == expected


def test_the_missing_page_of_a_property_is_an_error(confluence: Confluence, acme: Site) -> None:
    acme.script(Reply(404))
    assert outcome(lambda: confluence.page_property("1", "k")) == "not-found"


@pytest.mark.parametrize("page_id", ["", "..", "1/properties", "1?x", "١"])
def test_an_id_is_a_number(confluence: Confluence, acme: Site, page_id: str) -> None:
    with pytest.raises(ValueError, match="number"):
        confluence.page(page_id)
    assert not acme.asked


def test_the_library_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, connect.confluence, connect.jira; sys.exit('atlassian' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
