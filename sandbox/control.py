"""The control API, `/_sandbox/…`: the README beside this file is its documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox import (
    control_content,
    control_forge,
    control_pages,
    control_wire,
    events,
    forge,
    hosting,
    jira_accounts,
    lifecycle,
)
from sandbox.accounts import OFFICER_GROUP, STAFF_GROUP
from sandbox.beans import issue_bean
from sandbox.confluence_beans import page_bean
from sandbox.context import world
from sandbox.desk_requests import DESK, REQUEST_TYPE
from sandbox.issues import PROJECTS, Issue
from sandbox.pages import Page
from sandbox.refusals import json_answer
from sandbox.state import Tenant

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")
for part in (control_content, control_forge, control_pages, control_wire):
    blueprint.register_blueprint(part.blueprint)
blueprint.register_blueprint(jira_accounts.control)
PRODUCTS = ("jira", "confluence")


def order() -> dict[str, Any]:
    """The JSON object of a control call; nothing sent means no options."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


@blueprint.errorhandler(KeyError)
def _no_such(error: KeyError) -> ResponseReturnValue:
    return json_answer({"error": f"no such thing: {error.args[0] if error.args else '?'}"}, 404)


@blueprint.errorhandler(ValueError)
def _bad(error: ValueError) -> ResponseReturnValue:
    return json_answer({"error": str(error)}, 400)


@blueprint.get("/state")
def state() -> ResponseReturnValue:
    """A summary, with the settings that the app needs. These credentials open nothing but this sandbox."""
    here = world()
    settings = asdict(here.settings)
    settings["marketplace_url"] = f"{here.site_url}/marketplace/rest/3"
    settings["install_keys_url"] = f"{here.site_url}/install-keys"
    settings["forge_app_id"] = forge.APP_ID
    settings["forge_jwks_url"] = f"{here.site_url}/.well-known/jwks.json"
    settings["exchange_url"] = here.site_url
    settings["exchange_service_desk"], settings["exchange_request_type"] = DESK, REQUEST_TYPE
    settings["bridge_url"] = f"{here.site_url}/all.js"
    with here.lock:
        counts = {
            "licences": len(here.reports.licences),
            "transactions": len(here.reports.transactions),
            "issues": len(here.issues.by_key),
            "pages": len(here.wiki.pages),
            "requests": len(here.journal.requests()),
            "deliveries": len(here.journal.deliveries()),
            "faults": len(here.faults.listed()),
        }
        return jsonify(
            {
                "url": here.site_url,
                "settings": settings,
                "tenants": [_tenant(tenant) for tenant in here.tenants.values()],
                "accounts": [asdict(account) for account in here.accounts.values()],
                "groups": {"staff": STAFF_GROUP, "officers": OFFICER_GROUP},
                "projects": list(PROJECTS),
                "spaces": [space.key for space in here.wiki.spaces.values()],
                "counts": counts,
            }
        )


def _tenant(tenant: Tenant) -> dict[str, Any]:
    return {
        "product": tenant.product,
        "client_key": tenant.client_key,
        "base_url": tenant.base_url,
        "installed": tenant.secret is not None,
        "enabled": tenant.enabled,
        "app_key": tenant.app_key,
        "properties": tenant.properties,
    }


@blueprint.get("/state/<part>")
def state_part(part: str) -> ResponseReturnValue:
    """One part as a whole."""
    here = world()
    parts: dict[str, Callable[[], Any]] = {
        "licences": lambda: here.reports.licences,
        "transactions": lambda: here.reports.transactions,
        "issues": lambda: [_issue(issue) for issue in here.issues.by_key.values()],
        "pages": lambda: [_page(page) for page in here.wiki.pages.values()],
        "desk-requests": lambda: [one.told() for one in here.desk.requests.values()],
        "exports": lambda: [export.summary() for export in here.reports.exports.values()],
        "tenants": lambda: [_tenant(tenant) for tenant in here.tenants.values()],
        "accounts": lambda: [asdict(account) for account in here.accounts.values()],
    }
    with here.lock:
        return jsonify(parts[part]())


def _page(page: Page) -> dict[str, Any]:
    return page_bean(world().wiki, page, body=True, single=True, includes=("labels", "properties", "versions"))


def _issue(issue: Issue) -> dict[str, Any]:
    return issue_bean(world().site_url, issue, ["*all"], ["*all"])


@blueprint.post("/reset")
def reset() -> ResponseReturnValue:
    with world().lock:
        world().reset()
    return jsonify({"reset": True})


@blueprint.post("/install")
def install() -> ResponseReturnValue:
    """502 when the app, or its descriptor, did not go along."""
    wish = order()
    try:
        done = [
            lifecycle.install(
                world(), product, enable=wish.get("enable", True), new_client_key=wish.get("new_client_key", False)
            )
            for product in wish.get("products", PRODUCTS)
        ]
    except lifecycle.DescriptorError as error:
        return json_answer({"error": str(error)}, 502)
    return json_answer({"results": done}, 200 if all(one["installed"] for one in done) else 502)


@blueprint.post("/uninstall")
def uninstall() -> ResponseReturnValue:
    return jsonify({"results": [lifecycle.uninstall(world(), name) for name in order().get("products", PRODUCTS)]})


@blueprint.post("/<any(enable, disable):event>")
def switch(event: str) -> ResponseReturnValue:
    wanted = order().get("products", PRODUCTS)
    return jsonify({"results": [lifecycle.callback(world(), name, event + "d") for name in wanted]})


@blueprint.post("/events")
def send_events() -> ResponseReturnValue:
    return jsonify(events.send(world(), order()))


def _place() -> tuple[Tenant, Issue | None]:
    """Which tenant and issue a token or a frame is for."""
    issue_name = request.args.get("issue")
    issue = world().issues.find(issue_name) if issue_name else None
    if issue_name and issue is None:
        raise KeyError(issue_name)
    return world().tenants[request.args.get("product", "jira")], issue


@blueprint.get("/context-token")
def context_token() -> ResponseReturnValue:
    tenant, issue = _place()
    account = world().account(request.args.get("account", "alice"))
    return jsonify({"token": hosting.context_token(tenant, account, issue)})


@blueprint.get("/page-url")
def page_url() -> ResponseReturnValue:
    tenant, issue = _place()
    extra = {name.removeprefix("ac."): value for name, value in request.args.items() if name.startswith("ac.")}
    key = request.args["module"]
    account = world().account(request.args.get("account", "alice"))
    return jsonify(
        {
            "url": hosting.page_url(tenant, key, account, issue=issue, extra=extra),
            "module": hosting.find_module(tenant, key),
        }
    )
