"""Confluence v2 and v1: as the live observations and the official documents say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts import load
from tests.sandbox.conftest import Client, Control
from tests.sandbox.schemas import assert_conforms

V2, V1 = "/wiki/api/v2", "/wiki/rest/api"


def observed(name: str) -> dict[str, Any]:
    found = load("confluence/confluence-observed-responses.json")["observations"]
    return next(row for row in found if row["name"] == name)


def storage(value: str) -> dict[str, str]:
    return {"representation": "storage", "value": value}


@pytest.fixture
def space(call: Client) -> dict[str, Any]:
    body = assert_conforms("v2", "GET", "/spaces", call("GET", V2 + "/spaces?keys=LEGAL&limit=1"))
    (found,) = body["results"]
    return dict(found)


class Pages:
    """Creates and updates pages as the publisher does."""

    def __init__(self, call: Client, space_id: str) -> None:
        self.call, self.space_id = call, space_id

    def create(self, title: str, value: str = "<p>x</p>", **more: Any) -> Any:
        body = {"spaceId": self.space_id, "status": "current", "title": title, "body": storage(value), **more}
        return self.call("POST", V2 + "/pages", json=body)

    def update(self, page: str, number: int, title: str = "T", value: str = "<p>y</p>", message: str = "m") -> Any:
        version = {"number": number, "message": message}
        body = {"id": page, "status": "current", "title": title, "body": storage(value), "version": version}
        return self.call("PUT", f"{V2}/pages/{page}", json=body)


@pytest.fixture
def pages(call: Client, space: dict[str, Any]) -> Pages:
    return Pages(call, space["id"])


@pytest.fixture
def page(pages: Pages) -> str:
    return str(pages.create("T").json()["id"])


def test_a_space_is_as_observed(space: dict[str, Any]) -> None:
    assert set(observed("space_by_key")["body"]["results"][0]) <= set(space)


def test_an_unknown_space_is_an_empty_result(call: Client) -> None:
    assert call("GET", V2 + "/spaces?keys=NOPE").json()["results"] == []


def test_a_created_page_is_as_observed(pages: Pages, space: dict[str, Any]) -> None:
    created = assert_conforms("v2", "POST", "/pages", pages.create("T"))
    expected = observed("create_page")["body"]
    assert set(expected) <= set(created)
    assert created["body"] == {"storage": {"representation": "storage", "value": "<p>x</p>"}}
    assert created["version"]["number"] == 1
    assert created["parentId"] == space["homepageId"]


def test_a_title_clash_is_400_in_any_case_and_with_archived_pages(pages: Pages, page: str, installed: Control) -> None:
    clash = observed("create_page_title_clash")
    answer = pages.create("t")
    assert (answer.status_code, answer.json()) == (clash["status"], clash["body"])
    installed("POST", f"/pages/{page}/status", {"status": "archived"})
    assert pages.create("T").json() == clash["body"]
    installed("POST", f"/pages/{page}/status", {"status": "trashed"})
    assert pages.create("T").status_code == 200


def test_a_body_without_representation_is_500(call: Client, space: dict[str, Any]) -> None:
    broken = observed("create_page_body_without_representation")
    body = {"spaceId": space["id"], "title": "N", "body": {"storage": {"value": "<p>x</p>"}}}
    answer = call("POST", V2 + "/pages", json=body)
    assert (answer.status_code, answer.json()) == (broken["status"], broken["body"])


def test_an_update_counts_up_and_a_stale_one_is_409(pages: Pages, page: str) -> None:
    updated = assert_conforms("v2", "PUT", "/pages/{id}", pages.update(page, 2, message="spike"))
    assert (updated["version"]["number"], updated["version"]["message"]) == (2, "spike")
    stale = pages.update(page, 2)
    expected = observed("update_page_stale_version")["body"]["errors"][0]
    title = "Version must be incremented when updating a page. Current Version: [2]. Provided version: [2]"
    assert stale.json()["errors"][0] == {**expected, "title": title}
    assert stale.status_code == 409


def test_a_version_message_is_cut_at_255(pages: Pages, page: str) -> None:
    assert len(pages.update(page, 2, message="m" * 300).json()["version"]["message"]) == 255


@pytest.mark.parametrize("missing", ["id", "status", "title", "body", "version"])
def test_an_update_needs_all_that_the_document_requires(call: Client, page: str, missing: str) -> None:
    body = {"id": page, "status": "current", "title": "T", "body": storage("<p/>"), "version": {"number": 2}}
    del body[missing]
    assert call("PUT", f"{V2}/pages/{page}", json=body).status_code == 400


@pytest.mark.parametrize("value", ["<p>", "<p>&undefined;</p>", '<!DOCTYPE a [<!ENTITY x "y">]><p>&x;</p>'])
def test_markup_that_is_not_well_formed_is_400(pages: Pages, value: str) -> None:
    answer = pages.create("Broken", value)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["title"].startswith("Error parsing xhtml")


def test_markup_reads_back_byte_for_byte_but_for_macro_ids(pages: Pages) -> None:
    plain = "<p>&eacute;t&nbsp;<strong>x</strong></p><table><tbody><tr><td>1</td></tr></tbody></table>"
    macro = '<ac:structured-macro ac:name="toc"><ac:parameter ac:name="maxLevel">3</ac:parameter></ac:structured-macro>'
    saved = pages.create("Both", plain + macro).json()["body"]["storage"]["value"]
    assert saved.startswith(plain)
    assert "ac:macro-id=" in saved
    assert 'ac:schema-version="1"' in saved


def test_a_page_is_read_with_what_was_asked_for(call: Client, page: str) -> None:
    query = "body-format=storage&include-version=true&include-properties=true&include-labels=true"
    answer = call("GET", f"{V2}/pages/{page}?{query}&status=current,archived,trashed")
    read = assert_conforms("v2", "GET", "/pages/{id}", answer)
    assert read["body"]["storage"]["value"] == "<p>x</p>"
    assert read["labels"]["results"] == []
    assert "body" not in call("GET", f"{V2}/pages/{page}").json()


def test_values_outside_the_documents_enumerations_are_400(call: Client, page: str, space: dict[str, Any]) -> None:
    for path in (
        f"/pages/{page}?body-format=none",
        f"/spaces/{space['id']}/pages?status=any",
        f"/pages/{page}?bodyformat=1",
    ):
        assert call("GET", V2 + path).status_code == 400


def test_pages_are_found_by_title_in_any_case(
    call: Client, page: str, space: dict[str, Any], installed: Control
) -> None:
    path, template = f"{V2}/spaces/{space['id']}/pages?title=t", "/spaces/{id}/pages"
    found = assert_conforms("v2", "GET", template, call("GET", path))
    assert [row["id"] for row in found["results"]] == [page]
    installed("POST", f"/pages/{page}/status", {"status": "trashed"})
    assert call("GET", path).json()["results"] == []
    assert len(call("GET", path + "&status=current,archived,trashed").json()["results"]) == 1


def test_a_trashed_page_comes_back_without_its_new_body(call: Client, pages: Pages, page: str) -> None:
    assert call("DELETE", f"{V2}/pages/{page}").status_code == observed("delete_page_soft")["status"]
    assert call("GET", f"{V2}/pages/{page}").status_code == 404
    assert call("GET", f"{V2}/pages/{page}?status=trashed").json()["status"] == "trashed"
    back = pages.update(page, 2, value="<p>new</p>").json()
    assert (back["status"], back["body"]["storage"]["value"]) == ("current", "<p>x</p>")
    assert pages.update(page, 3, value="<p>new</p>").json()["body"]["storage"]["value"] == "<p>new</p>"


def test_an_archived_page_cannot_be_updated(pages: Pages, page: str, installed: Control) -> None:
    installed("POST", f"/pages/{page}/status", {"status": "archived"})
    assert pages.update(page, 2).status_code == 400


def test_a_body_over_five_megabytes_is_413(pages: Pages) -> None:
    assert pages.create("Big", "<p>" + "x" * (5 * 1024 * 1024) + "</p>").status_code == 413


def test_properties_are_as_observed(call: Client, page: str) -> None:
    path, template = f"{V2}/pages/{page}/properties", "/pages/{page-id}/properties"
    order = {"key": "alkaes.policy", "value": {"revision": 1}}
    created = assert_conforms("v2", "POST", template, call("POST", path, json=order))
    again = call("POST", path, json=order)
    exists = observed("property_create_exists")["body"]["errors"][0]
    assert again.json()["errors"][0] == {**exists, "title": "Property with key [alkaes.policy] already exists"}
    listed = assert_conforms("v2", "GET", template, call("GET", path))
    assert "page-title-property-published" in [row["key"] for row in listed["results"]]
    assert len(call("GET", path + "?key=alkaes.policy").json()["results"]) == 1
    one = f"{path}/{created['id']}"
    newer = {**order, "value": 2, "version": {"number": 2, "message": "m"}}
    assert assert_conforms("v2", "PUT", template + "/{property-id}", call("PUT", one, json=newer))["value"] == 2
    assert call("PUT", one, json=newer).status_code == 409
    assert call("DELETE", one).status_code == 204
    assert call("POST", path, json=order).json()["id"] != created["id"]


def test_a_property_is_not_addressed_by_its_key(call: Client, page: str) -> None:
    assert call("GET", f"{V2}/pages/{page}/properties/alkaes.policy").status_code == 404


def test_labels_are_written_by_v1_and_read_by_v2(call: Client, page: str) -> None:
    path, template = f"{V1}/content/{page}/label", "/wiki/rest/api/content/{id}/label"
    assert_conforms("v1", "POST", template, call("POST", path, json=[{"prefix": "global", "name": "policy"}]))
    read = assert_conforms("v2", "GET", "/pages/{id}/labels", call("GET", f"{V2}/pages/{page}/labels"))
    assert [row["name"] for row in read["results"]] == ["policy"]
    bad = call("POST", path, json=[{"prefix": "global"}])
    assert (bad.status_code, bad.json()["message"]) == (400, observed("labels_add_v1_missing_name")["body"]["message"])
    assert call("POST", f"{V2}/pages/{page}/labels", json=[]).status_code == 404
    assert call("DELETE", path + "?name=policy").status_code == 204


def test_restrictions_replace_and_must_not_lock_the_app_out(call: Client, page: str) -> None:
    path, template = f"{V1}/content/{page}/restriction", "/wiki/rest/api/content/{id}/restriction"
    fresh = assert_conforms("v1", "GET", template, call("GET", path))
    expected = observed("restrictions_fresh_page_v1")["body"]["results"]
    assert [row["operation"] for row in fresh["results"]] == [row["operation"] for row in expected]
    assert all(
        expected[0]["restrictions"][kind].items() <= row["restrictions"][kind].items()
        for row in fresh["results"]
        for kind in ("user", "group")
    )
    me = call("GET", V1 + "/user/current").json()["accountId"]
    kept = [{"operation": "update", "restrictions": {"user": [{"type": "known", "accountId": me}]}}]
    assert call("PUT", path, json=kept).json()["results"][1]["restrictions"]["user"]["size"] == 1
    assert call("PUT", path, json=[{"operation": "update", "restrictions": {"user": []}}]).status_code == 400


def test_versions_are_kept(call: Client, pages: Pages, page: str) -> None:
    pages.update(page, 2)
    listed = assert_conforms("v2", "GET", "/pages/{id}/versions", call("GET", f"{V2}/pages/{page}/versions?limit=1"))
    assert [row["number"] for row in listed["results"]] == [2]
    following = call("GET", listed["_links"]["next"]).json()
    assert [row["number"] for row in following["results"]] == [1]
    old = call("GET", f"{V2}/pages/{page}?version=1&body-format=storage").json()
    assert (old["status"], old["body"]["storage"]["value"]) == ("historical", "<p>x</p>")


def test_a_strangers_edit_is_a_version_of_theirs(call: Client, page: str, installed: Control, pages: Pages) -> None:
    installed("PUT", f"/pages/{page}", {"append": "<p>I was here</p>"})
    head = call("GET", f"{V2}/pages/{page}?body-format=storage").json()
    assert head["version"]["authorId"] == call.sandbox.world.account("stranger").account_id
    assert pages.update(page, 2).status_code == 409
