"""Confluence: v2 content properties and labels, and what only v1 can write (labels, restrictions)."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.accounts import APP_USER
from sandbox.confluence import V2, page_or_404, paged
from sandbox.confluence_beans import label_beans, property_bean
from sandbox.context import world
from sandbox.guard import api, empty, json_object, listed
from sandbox.issues import MAX_PROPERTY_CHARS
from sandbox.pages import Page, Property
from sandbox.refusals import RefusedError
from sandbox.state import Tenant

blueprint = Blueprint("confluence_v1", __name__)
PROPERTIES = V2 + "/pages/<int:page_id>/properties"
CONTENT = "/wiki/rest/api/content/<int:page_id>"
OPERATIONS = ("read", "update")


@api(blueprint, "confluence", PROPERTIES, scope="READ", query=("key", "sort", "cursor", "limit"))
def properties(_: Tenant, page_id: int) -> ResponseReturnValue:
    page, key = page_or_404(str(page_id)), request.args.get("key")
    return paged([property_bean(found) for found in page.properties.values() if key in (None, found.key)])


def _property(page_id: int, property_id: int) -> tuple[Page, Property]:
    page = page_or_404(str(page_id))
    found = page.properties.get(str(property_id))
    if found is None:
        raise RefusedError(404)
    return page, found


def _key_and_value(order: dict[str, Any]) -> tuple[str, Any]:
    key = order["key"]
    if not isinstance(key, str) or not 0 < len(key) <= 255:
        raise RefusedError(400, "The property key must have 1 to 255 characters")
    if len(json.dumps(order["value"], ensure_ascii=False)) > MAX_PROPERTY_CHARS:
        raise RefusedError(400, "The property value is too long")
    return key, order["value"]


@api(blueprint, "confluence", PROPERTIES, "POST", scope="WRITE")
def create_property(_: Tenant, page_id: int) -> ResponseReturnValue:
    page = page_or_404(str(page_id))
    key, value = _key_and_value(json_object(required=("key", "value")))
    if page.property_by_key(key) is not None:
        raise RefusedError(409, f"Property with key [{key}] already exists")
    return jsonify(property_bean(world().wiki.add_property(page, key, value)))


@api(blueprint, "confluence", PROPERTIES + "/<int:property_id>", scope="READ")
def read_property(_: Tenant, page_id: int, property_id: int) -> ResponseReturnValue:
    return jsonify(property_bean(_property(page_id, property_id)[1]))


@api(blueprint, "confluence", PROPERTIES + "/<int:property_id>", "PUT", scope="WRITE")
def update_property(_: Tenant, page_id: int, property_id: int) -> ResponseReturnValue:
    _page, found = _property(page_id, property_id)
    order = json_object(required=("key", "value", "version"))
    key, value = _key_and_value(order)
    version = order["version"]
    number = version.get("number") if isinstance(version, dict) else None
    if key != found.key:
        raise RefusedError(400, "The key of a property cannot be changed")
    if number != found.number + 1:
        raise RefusedError(
            409,
            f"Version must be incremented when updating a property. "
            f"Current Version: [{found.number}]. Provided version: [{number}]",
        )
    found.value, found.number, found.message = value, number, str(version.get("message") or "")
    return jsonify(property_bean(found))


@api(blueprint, "confluence", PROPERTIES + "/<int:property_id>", "DELETE", scope="WRITE")
def delete_property(_: Tenant, page_id: int, property_id: int) -> ResponseReturnValue:
    page, found = _property(page_id, property_id)
    del page.properties[found.property_id]
    return empty()


@api(
    blueprint,
    "confluence",
    V2 + "/pages/<int:page_id>/labels",
    scope="READ",
    query=("prefix", "sort", "cursor", "limit"),
)
def labels(_: Tenant, page_id: int) -> ResponseReturnValue:
    listed("prefix", ("my", "team", "global", "system"))
    return paged(label_beans(page_or_404(str(page_id))))


@api(blueprint, "confluence", CONTENT + "/label", "POST", scope="WRITE")
def add_labels(_: Tenant, page_id: int) -> ResponseReturnValue:
    page, order = page_or_404(str(page_id)), request.get_json(silent=True)
    names = [_label_name(label) for label in (order if isinstance(order, list) else [order])]
    if not names:
        raise RefusedError(400, "Could not parse Labels")
    for name in names:
        page.labels.setdefault(name, world().wiki.new_id())
    beans = [{**bean, "label": bean["name"]} for bean in label_beans(page)]
    return jsonify({"results": beans, "start": 0, "limit": 200, "size": len(beans), "_links": {}})


def _label_name(label: object) -> str:
    if not isinstance(label, dict) or not label.get("name") or not label.get("prefix"):
        raise RefusedError(400, "Could not parse Labels")
    return str(label["name"]).lower()


def _remove_label(page_id: int, name: str) -> ResponseReturnValue:
    if page_or_404(str(page_id)).labels.pop(name, None) is None:
        raise RefusedError(404, "The content has no such label")
    return empty()


@api(blueprint, "confluence", CONTENT + "/label", "DELETE", scope="WRITE", query=("name",))
def remove_label(_: Tenant, page_id: int) -> ResponseReturnValue:
    return _remove_label(page_id, request.args.get("name", ""))


@api(blueprint, "confluence", CONTENT + "/label/<name>", "DELETE", scope="WRITE")
def remove_label_by_path(_: Tenant, page_id: int, name: str) -> ResponseReturnValue:
    return _remove_label(page_id, name)


def _results(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"results": found, "start": 0, "limit": 200, "size": len(found)}


def _restrictions(page: Page) -> ResponseReturnValue:
    results = []
    for operation in OPERATIONS:
        held = page.restrictions.get(operation, {})
        kinds = {kind: _results(held.get(kind, [])) for kind in ("user", "group")}
        results.append({"operation": operation, "restrictions": kinds, "_expandable": {}, "_links": {}})
    outer = {"start": 0, "limit": 100, "size": len(results), "restrictionsHash": "", "_links": {}}
    return jsonify({"results": results, **outer})


@api(blueprint, "confluence", CONTENT + "/restriction", scope="READ", query=("expand", "start", "limit"))
def restrictions(_: Tenant, page_id: int) -> ResponseReturnValue:
    return _restrictions(page_or_404(str(page_id)))


@api(blueprint, "confluence", CONTENT + "/restriction", "PUT", scope="WRITE", query=("expand",))
def replace_restrictions(_: Tenant, page_id: int) -> ResponseReturnValue:
    """PUT replaces everything; leaving the app out of `update` locks it out, so that is refused as a mistake."""
    page, order = page_or_404(str(page_id)), request.get_json(silent=True)
    wanted = order.get("results") if isinstance(order, dict) else order
    if not isinstance(wanted, list) or not all(
        isinstance(row, dict) and row.get("operation") in OPERATIONS for row in wanted
    ):
        raise RefusedError(400, "Could not parse restrictions")
    held = {row["operation"]: _subjects(row) for row in wanted}
    users = [user.get("accountId") for user in held.get("update", {}).get("user", [])]
    if "update" in held and world().account(APP_USER).account_id not in users:
        raise RefusedError(400, "The restriction would lock out the user who sets it")
    page.restrictions = held
    return _restrictions(page)


def _subjects(row: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Users and groups of one restriction, given as a bare list or as a page of results."""
    given, found = row.get("restrictions") or {}, {}
    for kind in ("user", "group"):
        listed_ = given.get(kind, [])
        found[kind] = listed_.get("results", []) if isinstance(listed_, dict) else listed_
    return found


@api(blueprint, "confluence", "/wiki/rest/api/user/current", scope="READ", query=("expand",))
def current_user(tenant: Tenant) -> ResponseReturnValue:
    account = world().account(APP_USER)
    return jsonify(
        {"type": "known", "accountId": account.account_id, "accountType": "app", "displayName": account.name}
    )
