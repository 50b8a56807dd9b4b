"""The report of accounts, as Atlassian answers it: by Connect on the site, by Forge on the API's host.

What an account has become is set by `POST /_sandbox/account-status`.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import Blueprint, g, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from sandbox.context import world
from sandbox.guard import api, empty, json_object
from sandbox.refusals import RefusedError
from sandbox.state import Tenant

blueprint = Blueprint("jira_accounts", __name__)
control = Blueprint("control_accounts", __name__)

MAX_ACCOUNTS = 90
ACCOUNT_ID = re.compile(r"[A-Za-z0-9:_-]{1,128}")
CYCLE = "P7D"


@api(blueprint, "jira", "/rest/atlassian-connect/latest/report-accounts", "POST", scope="NONE")
def by_connect(_: Tenant) -> ResponseReturnValue:
    return _answer()


@blueprint.post("/app/report-accounts/")
def by_forge() -> ResponseReturnValue:
    """Any bearer will do: what the scopes of the manifest allow is not looked at here."""
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        return jsonify({"message": "Unauthorized"}), 401
    try:
        return _answer()
    except RefusedError as refused:
        g.refused = refused.message
        return jsonify({"message": refused.message}), refused.status


def _answer() -> ResponseReturnValue:
    body = json_object(allowed=("accounts",))
    asked = body.get("accounts")
    if not isinstance(asked, list) or not 0 < len(asked) <= MAX_ACCOUNTS:
        raise RefusedError(400, "accounts must have 1 to 90 entries")
    for entry in asked:
        _require_shape(entry)
    statuses = world().account_statuses
    due = [{"accountId": entry["accountId"], "status": statuses[entry["accountId"]]}
           for entry in asked if entry["accountId"] in statuses]  # fmt: skip
    for entry in due:
        # An account that changed is told of once: after that the app's `updatedAt` is newer.
        if entry["status"] == "updated":
            del statuses[entry["accountId"]]
    response = make_response(jsonify({"accounts": due}) if due else empty())
    response.headers["Cycle-Period"] = CYCLE
    return response


def _require_shape(entry: object) -> None:
    if not isinstance(entry, dict) or set(entry) != {"accountId", "updatedAt"}:
        raise RefusedError(400, "each account has accountId and updatedAt")
    if not ACCOUNT_ID.fullmatch(str(entry["accountId"])):
        raise RefusedError(400, "accountId is not one")
    try:
        datetime.fromisoformat(str(entry["updatedAt"]))
    except ValueError:
        raise RefusedError(400, "updatedAt is not a time") from None


@control.post("/account-status")
def set_status() -> ResponseReturnValue:
    """`{"accountId", "status": "closed" | "updated" | null}`."""
    order: Any = request.get_json()
    if order.get("status") is None:
        world().account_statuses.pop(order["accountId"], None)
    elif order["status"] in ("closed", "updated"):
        world().account_statuses[order["accountId"]] = order["status"]
    else:
        raise ValueError("status is closed or updated")
    return "", 204
