"""Control calls about Forge, `/_sandbox/forge/…`: who has the app, its events, calls of its pages, and Forge's keys."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox import forge
from sandbox.context import world
from sandbox.keys import SigningKey
from sandbox.refusals import json_answer

blueprint = Blueprint("forge", __name__, url_prefix="/forge")
PRODUCTS = ("jira", "confluence")
CALL_SECONDS = 25


def _wish() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _lifecycle(product: str, module: str, event: str) -> dict[str, Any]:
    """The payload names no event: the app is to know it by the route."""
    installation = world().forge.installations[product]
    body = {
        "id": installation.installation_id.rpartition("/")[2],
        "context": f"ari:cloud:{product}::site/{world().forge.cloud_id}",
        "installerAccountId": world().account("alice").account_id,
        "app": {"id": forge.APP_ID.rpartition("/")[2], "version": "1.0.0"},
        "environment": {"id": "1"},
    }
    entry = forge.send(world(), product, module, event, body)
    return {"product": product, "event": event, "installation": installation.installation_id, "delivery": entry}


@blueprint.post("/install")
def install() -> ResponseReturnValue:
    """502 when the app did not take it. Again = a re-install: another installation id."""
    wish, here = _wish(), world().forge
    here.environment = wish.get("environment", here.environment)
    here.licence = wish.get("licence", here.licence)
    done = []
    for product in wish.get("products", PRODUCTS):
        here.installations[product] = forge.Installation(product)
        done.append(_lifecycle(product, "app-installed", "avi:forge:installed:app"))
    return json_answer({"results": done}, 200 if all(one["delivery"]["acknowledged"] for one in done) else 502)


@blueprint.post("/<any(upgrade, hourly, uninstall):what>")
def tell(what: str) -> ResponseReturnValue:
    """`hourly` brings a new system token. `uninstall` tells the app before it happens, and happens whatever it says."""
    module, event = {
        "upgrade": ("app-upgraded", "avi:forge:upgraded:app"),
        "hourly": ("every-hour", "scheduledTrigger"),
        "uninstall": ("before-uninstall", "preUninstall"),
    }[what]
    installed = world().forge.installations
    wanted = [product for product in _wish().get("products", PRODUCTS) if product in installed]
    done = [_lifecycle(product, module, event) for product in wanted]
    if what == "uninstall":
        for product in wanted:
            del installed[product]
    return jsonify({"results": done})


@blueprint.put("/licence")
def licence() -> ResponseReturnValue:
    """The licence claims of every token from now on; `null` takes them away."""
    world().forge.licence = request.get_json(silent=True)
    return jsonify({"licence": world().forge.licence})


def _claims(wish: Mapping[str, Any]) -> dict[str, Any]:
    here = world()
    issue = here.issues.find(str(wish["issue"])) if wish.get("issue") else None
    if wish.get("issue") and issue is None:
        raise KeyError(wish["issue"])
    account = here.account(wish["account"]) if wish.get("account") else None
    product = wish.get("product", "jira")
    made = forge.claims(here, product, str(wish["module"]), account=account, issue=issue)
    return _merged(made, wish.get("claims", {}))


def _merged(made: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7396: a change of null takes a member away."""
    for name, value in changes.items():
        if value is None:
            made.pop(name, None)
        else:
            inner = made.get(name)
            made[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return made


@blueprint.post("/token")
def token() -> ResponseReturnValue:
    """An invocation token, and the system token that would go with it."""
    wish = _wish()
    made = forge.headers(world(), wish.get("product", "jira"), _claims(wish))
    return jsonify({"token": made["Authorization"].partition(" ")[2], "system_token": made["x-forge-oauth-system"]})


@blueprint.post("/call")
def call() -> ResponseReturnValue:
    """Call any route of the app as one of its modules; gives what it answered."""
    wish = _wish()
    sent = forge.headers(
        world(), wish.get("product", "jira"), _claims(wish), system_token=wish.get("system_token", True)
    )
    answer = requests.request(
        wish.get("method", "POST"),
        world().settings.app_url + str(wish["path"]),
        json=None if "text" in wish else wish.get("body"),
        data=str(wish["text"]).encode() if "text" in wish else None,
        headers=sent | {"Accept": "application/json"} | dict(wish.get("headers", {})),
        timeout=CALL_SECONDS,
        allow_redirects=False,
    )
    return jsonify({"status": answer.status_code, "body": answer.text, "headers": dict(answer.headers)})


@blueprint.post("/keys")
def rotate_keys() -> ResponseReturnValue:
    """A new signing key; only the new one is served from now on."""
    world().forge_key = SigningKey.generate()
    return jsonify({"key_id": world().forge_key.key_id})


@blueprint.delete("/system-tokens")
def expire_system_tokens() -> ResponseReturnValue:
    """None of those that were given counts any more."""
    for installation in world().forge.installations.values():
        installation.tokens = dict.fromkeys(installation.tokens, int(time.time()))
    return "", 204
