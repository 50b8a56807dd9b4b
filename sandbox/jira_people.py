"""Jira REST v3 about people and about the app itself: users, groups, permissions, app properties, failed webhooks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.accounts import APP_USER, Account
from sandbox.context import world
from sandbox.guard import api, empty, json_object, whole
from sandbox.issues import PROJECTS
from sandbox.jira import property_value
from sandbox.refusals import RefusedError, json_answer
from sandbox.state import Tenant

blueprint = Blueprint("jira_people", __name__)
PERMISSIONS = (
    "BROWSE_PROJECTS",
    "EDIT_ISSUES",
    "ADD_COMMENTS",
    "CREATE_ISSUES",
    "DELETE_ISSUES",
    "ADMINISTER_PROJECTS",
)
GLOBAL_PERMISSIONS = ("ADMINISTER", "USER_PICKER", "CREATE_SHARED_OBJECTS", "BULK_CHANGE")
ADDON = "/rest/atlassian-connect/1/addons/<app_key>"
NO_USER = "Specified user does not exist or you do not have required permissions"


def _account(account_id: str | None) -> Account:
    if not account_id:
        raise RefusedError(400, "The query parameter 'accountId' must be provided")
    account = world().accounts.get(account_id)
    if account is None:
        raise RefusedError(404, NO_USER)
    return account


def _user(site_url: str, account: Account) -> dict[str, Any]:
    groups = [
        {"name": row["name"], "groupId": row["groupId"], "self": row["self"]} for row in account.group_rows(site_url)
    ]
    return {**account.bean(site_url), "groups": {"size": len(groups), "items": groups}, "locale": "fr_FR"}


@api(blueprint, "jira", "/rest/api/3/user", scope="READ", query=("accountId", "username", "key", "expand"))
def user(tenant: Tenant) -> ResponseReturnValue:
    return jsonify(_user(tenant.base_url, _account(request.args.get("accountId"))))


@api(blueprint, "jira", "/rest/api/3/user/groups", scope="READ", query=("accountId", "username", "key"))
def groups(tenant: Tenant) -> ResponseReturnValue:
    return jsonify(_account(request.args.get("accountId")).group_rows(tenant.base_url))


@api(blueprint, "jira", "/rest/api/3/myself", scope="READ", query=("expand",))
def myself(tenant: Tenant) -> ResponseReturnValue:
    return jsonify(_user(tenant.base_url, world().account(APP_USER)))


@api(blueprint, "jira", "/rest/api/3/permissions/check", "POST", scope="READ")
def check_permissions(_: Tenant) -> ResponseReturnValue:
    order = json_object(allowed=("accountId", "globalPermissions", "projectPermissions"))
    account = world().accounts.get(str(order.get("accountId") or world().account(APP_USER).account_id))
    _require_known(order.get("globalPermissions", []), GLOBAL_PERMISSIONS)
    granted = []
    for wish in order.get("projectPermissions", []):
        if not isinstance(wish, dict) or not wish.get("permissions"):
            raise RefusedError(400, "permissions must be given for each project permission")
        if not all(type(number) is int for number in (*wish.get("issues", []), *wish.get("projects", []))):
            raise RefusedError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        _require_known(wish["permissions"], PERMISSIONS)
        granted += [_grant(account, name, wish) for name in wish["permissions"]]
    return jsonify({"globalPermissions": [], "projectPermissions": granted})


def _require_known(names: list[str], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            raise RefusedError(400, "Unrecognized permission")


def _grant(account: Account | None, permission: str, wish: dict[str, Any]) -> dict[str, Any]:
    """Only what is granted is listed; an unknown issue or person is granted nothing."""
    issues, projects = [], []
    if account is not None:
        for number in wish.get("issues", []):
            issue = world().issues.find(str(number))
            if issue is not None and issue.visible_to(account) and permission != "ADMINISTER_PROJECTS":
                issues.append(number)
        known = {int(row[0]) for row in PROJECTS.values()}
        projects = [number for number in wish.get("projects", []) if number in known and account.sees_all]
    return {"permission": permission, "issues": issues, "projects": projects}


@api(blueprint, "jira", "/rest/api/3/serverInfo", scope="READ")
def server_info(tenant: Tenant) -> ResponseReturnValue:
    return jsonify(
        {
            "baseUrl": tenant.base_url,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100_300,
            "serverTitle": "Jira",
        }
    )


@api(blueprint, "jira", "/rest/api/3/webhook/failed", scope="READ", query=("maxResults", "after"))
def failed_webhooks(tenant: Tenant) -> ResponseReturnValue:
    """Deliveries given up after the last retry; a real host keeps them 72 hours."""
    size = whole("maxResults", 100, low=1)
    failed = [entry for entry in world().journal.deliveries("jira") if entry.get("failed_at")]
    failed = [entry for entry in failed if entry["failed_at"] > whole("after", 0, high=2**62)][:size]
    values = [
        {"id": entry["id"], "body": entry["body"], "url": entry["url"], "failureTime": entry["failed_at"]}
        for entry in failed
    ]
    answer: dict[str, Any] = {"values": values, "maxResults": size}
    if values:
        last = values[-1]["failureTime"]
        answer["next"] = f"{tenant.base_url}/rest/api/3/webhook/failed?after={last}&maxResults={size}"
    return jsonify(answer)


def _own(tenant: Tenant, app_key: str) -> None:
    if app_key != tenant.app_key:
        raise RefusedError(404, "App not found.")


def _addon(tenant: Tenant, app_key: str) -> ResponseReturnValue:
    _own(tenant, app_key)
    name = tenant.product.title()
    return jsonify(
        {
            "key": tenant.app_key,
            "version": "1.0.0-AC",
            "state": "ENABLED" if tenant.enabled else "DISABLED",
            "host": {"product": name, "contacts": []},
            "license": {"active": True, "type": "COMMERCIAL", "evaluation": False},
            "links": {"self": [{"href": f"{tenant.base_url}/rest/atlassian-connect/1/addons/{app_key}"}]},
        }
    )


def _list(tenant: Tenant, app_key: str) -> ResponseReturnValue:
    _own(tenant, app_key)
    base = f"{tenant.base_url}/rest/atlassian-connect/1/addons/{app_key}/properties"
    return jsonify({"keys": [{"key": key, "self": f"{base}/{key}"} for key in tenant.properties]})


def _read(tenant: Tenant, app_key: str, key: str) -> ResponseReturnValue:
    _own(tenant, app_key)
    if key not in tenant.properties:
        raise RefusedError(404, f"Property with key {key} not found.")
    return jsonify({"key": key, "value": tenant.properties[key]})


def _write(tenant: Tenant, app_key: str, key: str) -> ResponseReturnValue:
    _own(tenant, app_key)
    if len(key) > 127:
        raise RefusedError(400, "The property key cannot be longer than 127 characters.")
    known = key in tenant.properties
    tenant.properties[key] = property_value()
    status = 200 if known else 201
    return json_answer({"message": f"Property {'updated' if known else 'created'}.", "statusCode": status}, status)


def _delete(tenant: Tenant, app_key: str, key: str) -> ResponseReturnValue:
    _own(tenant, app_key)
    if tenant.properties.pop(key, None) is None:
        raise RefusedError(404, f"Property with key {key} not found.")
    return empty()


for prefix, product in (("", "jira"), ("/wiki", "confluence")):
    api(blueprint, product, prefix + ADDON, scope="NONE")(_addon)
    api(blueprint, product, prefix + ADDON + "/properties", scope="NONE")(_list)
    api(blueprint, product, prefix + ADDON + "/properties/<key>", scope="NONE")(_read)
    api(blueprint, product, prefix + ADDON + "/properties/<key>", "PUT", scope="NONE")(_write)
    api(blueprint, product, prefix + ADDON + "/properties/<key>", "DELETE", scope="NONE")(_delete)
