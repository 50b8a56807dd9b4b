"""Jira REST v3 for the installed app: issues, their properties and comments, and the JQL search."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox import adf, jira_events
from sandbox.accounts import APP_USER
from sandbox.beans import comment_bean, comments_bean, issue_bean
from sandbox.context import world
from sandbox.guard import api, empty, flag, json_object, listed, whole
from sandbox.issues import MAX_PROPERTY_CHARS, Issue
from sandbox.jql import BadJqlError, select
from sandbox.refusals import RefusedError, json_answer
from sandbox.state import Tenant

blueprint = Blueprint("jira", __name__)
ISSUE = "/rest/api/3/issue/<id_or_key>"
GONE = "Issue does not exist or you do not have permission to see it."
SEARCH_FIELDS = (
    "expand",
    "fields",
    "fieldsByKeys",
    "jql",
    "maxResults",
    "nextPageToken",
    "properties",
    "reconcileIssues",
)
# Jira gives fewer than asked for when more than ids are asked.
MAX_FULL_PAGE = 100


def issue_or_404(id_or_key: str) -> Issue:
    issue = world().issues.find(id_or_key)
    if issue is None:
        raise RefusedError(404, GONE)
    return issue


@api(
    blueprint,
    "jira",
    ISSUE,
    scope="READ",
    query=("fields", "fieldsByKeys", "expand", "properties", "updateHistory", "failFast"),
)
def read_issue(tenant: Tenant, id_or_key: str) -> ResponseReturnValue:
    flag("fieldsByKeys")
    names = listed("fields") or ["*all"]
    return jsonify(issue_bean(tenant.base_url, issue_or_404(id_or_key), names, listed("properties")))


@api(blueprint, "jira", "/rest/api/3/search/jql", "POST", scope="READ")
def search(tenant: Tenant) -> ResponseReturnValue:
    order = json_object(allowed=SEARCH_FIELDS)
    jql, names = order.get("jql", ""), order.get("fields", ["id"])
    if not isinstance(jql, str) or not isinstance(names, list) or not isinstance(order.get("properties", []), list):
        raise RefusedError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    try:
        found = select(list(world().issues.by_key.values()), jql)
    except BadJqlError as error:
        raise RefusedError(400, str(error)) from None
    return _page(tenant, found, names, order)


def _page(tenant: Tenant, found: list[Issue], names: list[str], order: dict[str, Any]) -> ResponseReturnValue:
    size = order.get("maxResults", 50)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise RefusedError(400, "maxResults must be a positive whole number")
    if names not in (["id"], ["key"]):
        size = min(size, MAX_FULL_PAGE)
    start = _page_start(order.get("nextPageToken"))
    beans = [
        issue_bean(tenant.base_url, issue, names, order.get("properties", [])) for issue in found[start : start + size]
    ]
    answer: dict[str, Any] = {"issues": beans, "isLast": start + size >= len(found)}
    if not answer["isLast"]:
        token = secrets.token_urlsafe(12)
        world().page_tokens[token] = start + size
        answer["nextPageToken"] = token
    return jsonify(answer)


def _page_start(token: object) -> int:
    if token is None:
        return 0
    start = world().page_tokens.get(str(token))
    if start is None:
        raise RefusedError(400, "The nextPageToken is not valid.")
    return start


@api(blueprint, "jira", ISSUE + "/properties", scope="READ")
def list_properties(tenant: Tenant, id_or_key: str) -> ResponseReturnValue:
    issue = issue_or_404(id_or_key)
    base = f"{tenant.base_url}/rest/api/3/issue/{issue.issue_id}/properties"
    return jsonify({"keys": [{"key": key, "self": f"{base}/{key}"} for key in issue.properties]})


@api(blueprint, "jira", ISSUE + "/properties/<key>", scope="READ")
def read_property(_: Tenant, id_or_key: str, key: str) -> ResponseReturnValue:
    issue = issue_or_404(id_or_key)
    if key not in issue.properties:
        raise RefusedError(404, "The property with the given key does not exist.")
    return jsonify({"key": key, "value": issue.properties[key]})


def property_value() -> Any:
    """The JSON value of a property write; 400 when it is none or longer than 32,768 characters."""
    text = request.get_data(as_text=True)
    try:
        value = json.loads(text)
    except ValueError:
        raise RefusedError(400, "The property value must be a valid, non-empty JSON value.") from None
    if len(text) > MAX_PROPERTY_CHARS:
        raise RefusedError(400, f"The property value is longer than {MAX_PROPERTY_CHARS} characters.")
    return value


@api(blueprint, "jira", ISSUE + "/properties/<key>", "PUT", scope="WRITE")
def write_property(_: Tenant, id_or_key: str, key: str) -> ResponseReturnValue:
    issue = issue_or_404(id_or_key)
    if len(key) > 255:
        raise RefusedError(400, "The property key is longer than 255 characters.")
    created = key not in issue.properties
    issue.properties[key] = property_value()
    return empty(201 if created else 200)


@api(blueprint, "jira", ISSUE + "/properties/<key>", "DELETE", scope="DELETE")
def delete_property(_: Tenant, id_or_key: str, key: str) -> ResponseReturnValue:
    if issue_or_404(id_or_key).properties.pop(key, None) is None:
        raise RefusedError(404, "The property with the given key does not exist.")
    return empty()


@api(blueprint, "jira", ISSUE + "/comment", scope="READ", query=("startAt", "maxResults", "orderBy", "expand"))
def read_comments(tenant: Tenant, id_or_key: str) -> ResponseReturnValue:
    start, limit = whole("startAt", 0), whole("maxResults", 100, high=5000)
    return jsonify(comments_bean(tenant.base_url, issue_or_404(id_or_key), start=start, limit=limit))


@api(blueprint, "jira", ISSUE + "/comment", "POST", scope="WRITE", query=("expand",))
def write_comment(tenant: Tenant, id_or_key: str) -> ResponseReturnValue:
    issue = issue_or_404(id_or_key)
    body = json_object().get("body")
    if not adf.is_document(body):
        raise RefusedError(400, "Comment body is not valid!")
    author = world().account(APP_USER)
    comment = world().issues.comment(issue, body, author)  # type: ignore[arg-type]
    jira_events.commented(world(), issue, comment, author)
    return json_answer(comment_bean(tenant.base_url, issue, comment), 201)


def _unknown(_: Tenant, rest: str) -> ResponseReturnValue:
    raise RefusedError(404)


for method in ("GET", "PUT", "POST", "DELETE", "PATCH"):
    api(blueprint, "jira", "/rest/<path:rest>", method, scope="NONE", query=None)(_unknown)
