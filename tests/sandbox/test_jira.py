"""Jira REST v3: shapes as in the OpenAPI, and the refusals of the real one."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.conftest import Client, Control
from tests.sandbox.schemas import assert_conforms

SEARCH = "/rest/api/3/search/jql"
ISSUE = "/rest/api/3/issue/{issueIdOrKey}"
DOC = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hi"}]}]}


@pytest.fixture
def case(call: Client, installed: Control) -> str:
    body = {"summary": "Macro fails", "description": "line 1\nline 2", "environment": "Confluence 8.5", "sample": True}
    return str(installed("POST", "/cases", body)["key"])


def _attachment(call: Client, case: str) -> dict[str, Any]:
    found: dict[str, Any] = call("GET", f"/rest/api/3/issue/{case}?fields=attachment").json()["fields"]["attachment"][0]
    return found


def test_an_issue_has_the_fields_asked_for(call: Client, case: str) -> None:
    answer = call("GET", f"/rest/api/3/issue/{case}?fields=attachment,description")
    bean = assert_conforms("jira", "GET", ISSUE, answer)
    assert set(bean["fields"]) == {"attachment", "description"}
    assert bean["fields"]["description"]["type"] == "doc"
    assert bean["fields"]["attachment"][0]["content"].startswith(call.sandbox.url + "/rest/api/3/attachment/content/")


def test_an_issue_is_found_by_id_and_unknown_ones_are_404(call: Client, case: str) -> None:
    number = call("GET", f"/rest/api/3/issue/{case.lower()}").json()["id"]
    assert call("GET", f"/rest/api/3/issue/{number}").json()["key"] == case
    missing = call("GET", "/rest/api/3/issue/SUP-999")
    assert (missing.status_code, set(missing.json())) == (404, {"errorMessages", "errors"})


def test_unknown_paths_and_parameters_are_refused(call: Client, case: str) -> None:
    unknown = call("GET", "/rest/api/3/no-such-thing")
    assert (unknown.status_code, unknown.json()) == (404, {"errorMessages": [], "errors": {}})
    assert call("GET", f"/rest/api/3/issue/{case}?field=summary").status_code == 400
    assert call("GET", f"/rest/api/3/issue/{case}?fieldsByKeys=True").status_code == 400


@pytest.mark.parametrize("flaw", ["none", "unsigned", "other-path", "other-secret", "client-key"])
def test_a_wrong_token_is_401(sandbox: Sandbox, call: Client, flaw: str) -> None:
    url = sandbox.url + "/rest/api/3/myself"
    token = {
        "none": "",
        "unsigned": "eyJhbGciOiJub25lIn0.e30.",
        "other-path": call.token("GET", sandbox.url + "/rest/api/3/user"),
        "other-secret": call.token("GET", url, secret="x" * 40),
        "client-key": call.token("GET", url, issuer=sandbox.world.tenants["jira"].client_key),
    }[flaw]
    headers = {"Authorization": f"JWT {token}"} if token else {}
    assert requests.get(url, headers=headers, timeout=5).status_code == 401
    reason = sandbox.world.journal.requests(path="/rest/api/3/myself")[-1]["refused"]
    assert reason in {"no-token", "wrong-algorithm", "wrong-qsh", "bad-signature", "wrong-issuer"}


def test_the_scopes_of_the_descriptor_are_kept(call: Client, sandbox: Sandbox, case: str) -> None:
    sandbox.world.tenants["jira"].descriptor["scopes"] = ["READ"]
    assert call("GET", f"/rest/api/3/issue/{case}/properties").status_code == 200
    assert call("PUT", f"/rest/api/3/issue/{case}/properties/k", json=1).status_code == 403


def test_properties_are_created_changed_listed_and_deleted(call: Client, case: str) -> None:
    path, template = f"/rest/api/3/issue/{case}/properties", ISSUE + "/properties"
    assert call("PUT", path + "/alkaes.index", json={"product": "confluence"}).status_code == 201
    assert call("PUT", path + "/alkaes.index", json={"product": "jira"}).status_code == 200
    assert_conforms("jira", "GET", template, call("GET", path))
    held = assert_conforms("jira", "GET", template + "/{propertyKey}", call("GET", path + "/alkaes.index"))
    assert held == {"key": "alkaes.index", "value": {"product": "jira"}}
    assert call("DELETE", path + "/alkaes.index").status_code == 204
    assert call("GET", path + "/alkaes.index").status_code == 404


def test_a_property_longer_than_the_limit_is_refused(call: Client, case: str) -> None:
    path = f"/rest/api/3/issue/{case}/properties/k"
    assert call("PUT", path, data='"' + "x" * 32_766 + '"').status_code == 201
    assert call("PUT", path, data='"' + "x" * 32_767 + '"').status_code == 400
    assert call("PUT", path, data="not json").status_code == 400


def test_search_pages_with_tokens(call: Client, installed: Control) -> None:
    for number in range(5):
        installed("POST", "/cases", {"summary": f"case {number}"})
    order = {"jql": "project = SUP AND updated >= -30m ORDER BY created ASC", "fields": ["summary"], "maxResults": 2}
    seen: list[str] = []
    while True:
        page = assert_conforms("jira", "POST", SEARCH, call("POST", SEARCH, json=order))
        seen += [issue["fields"]["summary"] for issue in page["issues"]]
        if page["isLast"]:
            break
        order["nextPageToken"] = page["nextPageToken"]
    assert seen == [f"case {number}" for number in range(5)]


def test_search_reads_properties_and_refuses_what_it_cannot(call: Client, case: str) -> None:
    call("PUT", f"/rest/api/3/issue/{case}/properties/idx", json={"series": "8.5"})
    found = call("POST", SEARCH, json={"jql": 'issue.property[idx].series = "8.5"'}).json()
    assert [row["id"] for row in found["issues"]] == [call("GET", f"/rest/api/3/issue/{case}").json()["id"]]
    for jql in ("", "nonsense", "nofield = 1", "updated >= yesterday"):
        assert call("POST", SEARCH, json={"jql": jql}).status_code == 400
    assert call("POST", SEARCH, json={"jql": "project = SUP", "startAt": 0}).status_code == 400


def test_an_attachment_comes_whole_in_ranges_or_from_the_media_host(call: Client, case: str) -> None:
    record = _attachment(call, case)
    path = f"/rest/api/3/attachment/content/{record['id']}"
    whole = call("GET", path + "?redirect=false")
    assert (whole.status_code, len(whole.content)) == (200, record["size"])
    part = call("GET", path + "?redirect=false", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{record['size']}"
    assert call("GET", path + "?redirect=false", headers={"Range": "bytes=-4"}).content == whole.content[-4:]
    assert call("GET", path + "?redirect=false", headers={"Range": "bytes=99999999-"}).status_code == 416
    redirect = call("GET", path)
    assert redirect.status_code == 303
    assert requests.get(redirect.headers["Location"], timeout=5).content == whole.content


def test_the_entries_of_a_zip_are_listed(call: Client, case: str, installed: Control) -> None:
    record = _attachment(call, case)
    template = "/rest/api/3/attachment/{id}/expand/raw"
    listed = assert_conforms("jira", "GET", template, call("GET", f"/rest/api/3/attachment/{record['id']}/expand/raw"))
    data = call("GET", f"/rest/api/3/attachment/content/{record['id']}?redirect=false").content
    assert [row["name"] for row in listed["entries"]] == zipfile.ZipFile(io.BytesIO(data)).namelist()
    files = {"attachment": ("broken.zip", b"no zip", "application/zip")}
    added = requests.post(f"{installed.base}/cases/{case}/attachments", files=files, timeout=20).json()
    empty = call("GET", f"/rest/api/3/attachment/{added['attachments'][0]}/expand/raw").json()
    assert empty == {"entries": [], "totalEntryCount": 0}


def test_people_groups_and_permissions(call: Client, sandbox: Sandbox, case: str) -> None:
    ids = {name: sandbox.world.account(name).account_id for name in ("alice", "bob", "carol")}
    answer = call("GET", "/rest/api/3/user/groups", params={"accountId": ids["alice"]})
    groups = assert_conforms("jira", "GET", "/rest/api/3/user/groups", answer)
    assert "prospects-viewers" in [group["name"] for group in groups]
    assert_conforms("jira", "GET", "/rest/api/3/user", call("GET", f"/rest/api/3/user?accountId={ids['carol']}"))
    assert_conforms("jira", "GET", "/rest/api/3/myself", call("GET", "/rest/api/3/myself"))
    assert call("GET", "/rest/api/3/user/groups?accountId=nobody").status_code == 404
    number = int(call("GET", f"/rest/api/3/issue/{case}").json()["id"])
    seen = {}
    for name, account_id in ids.items():
        wish = {"permissions": ["BROWSE_PROJECTS"], "issues": [number]}
        order = {"accountId": account_id, "projectPermissions": [wish]}
        answer = call("POST", "/rest/api/3/permissions/check", json=order)
        body = assert_conforms("jira", "POST", "/rest/api/3/permissions/check", answer)
        seen[name] = body["projectPermissions"][0]["issues"]
    assert seen == {"alice": [number], "bob": [], "carol": [number]}


def test_a_permission_check_with_text_ids_or_unknown_names_is_400(call: Client) -> None:
    for wish in ({"permissions": ["BROWSE_PROJECTS"], "issues": ["10100"]}, {"permissions": ["FLY"], "issues": []}):
        assert call("POST", "/rest/api/3/permissions/check", json={"projectPermissions": [wish]}).status_code == 400


def test_comments_are_adf_only(call: Client, case: str) -> None:
    path = f"/rest/api/3/issue/{case}/comment"
    written = assert_conforms("jira", "POST", ISSUE + "/comment", call("POST", path, json={"body": DOC}))
    assert written["body"] == DOC
    assert call("POST", path, json={"body": "wiki text"}).status_code == 400
    read = assert_conforms("jira", "GET", ISSUE + "/comment", call("GET", path))
    assert read["total"] == 1


def test_app_properties(call: Client) -> None:
    addons = "/rest/atlassian-connect/1/addons/"
    base, template = addons + "com.alkaes.fairtrial", addons + "{addonKey}"
    one = "/properties/{propertyKey}"
    assert_conforms("jira", "PUT", template + one, call("PUT", base + "/properties/a", json={"b": 1}))
    assert call("GET", base + "/properties/a").json()["value"] == {"b": 1}
    assert_conforms("jira", "GET", template + "/properties", call("GET", base + "/properties"))
    assert_conforms("jira", "DELETE", template + one, call("DELETE", base + "/properties/none"))
    assert call("GET", "/wiki" + base).json()["state"] == "ENABLED"
