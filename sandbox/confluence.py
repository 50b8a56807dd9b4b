"""Confluence REST v2 for the installed app: spaces and pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.accounts import APP_USER
from sandbox.confluence_beans import created_at, multi, page_bean, space_bean, version_bean
from sandbox.context import world
from sandbox.guard import api, empty, flag, json_object, listed, whole
from sandbox.pages import Page, TitleTakenError
from sandbox.refusals import RefusedError, stale_version
from sandbox.state import Tenant
from sandbox.storage import BadStorageError

blueprint = Blueprint("confluence", __name__)
V2 = "/wiki/api/v2"
MAX_BODY_BYTES = 5 * 1024 * 1024
STATUSES = ("current", "archived", "deleted", "trashed")
SINGLE_STATUSES = ("current", "archived", "trashed", "deleted", "historical", "draft")
FORMATS = ("storage", "atlas_doc_format")
SINGLE_FORMATS = (*FORMATS, "view", "export_view", "anonymous_export_view", "styled_view", "editor")
TITLE_TAKEN = "A page with this title already exists: A page already exists with the same TITLE in this space"
INCLUDES = ("labels", "properties", "versions")
SINGLE_QUERY = (
    *("body-format", "get-draft", "status", "version"),
    *(f"include-{name}" for name in (*INCLUDES, "operations", "likes", "version", "webresources", "collaborators")),
    *("include-direct-children", "include-favorited-by-current-user-status"),
)
SPACE_QUERY = (
    *("ids", "keys", "type", "status", "labels", "favorited-by", "not-favorited-by", "sort"),
    *("description-format", "include-icon", "cursor", "limit"),
)


def page_or_404(page_id: str) -> Page:
    page = world().wiki.pages.get(page_id)
    if page is None:
        raise RefusedError(404, code="NOT_FOUND")
    return page


def author() -> str:
    return world().account(APP_USER).account_id


def paged(beans: list[dict[str, Any]]) -> ResponseReturnValue:
    """One page of a multi-entity result; the cursor is opaque to clients."""
    limit, start = whole("limit", 25, low=1, high=250), whole("cursor", 0)
    return jsonify(multi(beans, request.path, request.args, start, limit, world().wiki.base_url))


@api(blueprint, "confluence", V2 + "/spaces", scope="READ", query=SPACE_QUERY)
def spaces(_: Tenant) -> ResponseReturnValue:
    keys, ids = listed("keys"), listed("ids")
    found = [
        space
        for space in world().wiki.spaces.values()
        if (not keys or space.key in keys) and (not ids or space.space_id in ids)
    ]
    return paged([space_bean(space, author()) for space in found])


@api(
    blueprint,
    "confluence",
    V2 + "/spaces/<int:space_id>/pages",
    scope="READ",
    query=("depth", "sort", "status", "title", "body-format", "cursor", "limit"),
)
def space_pages(_: Tenant, space_id: int) -> ResponseReturnValue:
    if str(space_id) not in world().wiki.spaces:
        raise RefusedError(404)
    statuses = listed("status", STATUSES) or ["current", "archived"]
    title, body_format = request.args.get("title"), _body_format(FORMATS)
    found = [page for page in world().wiki.pages.values() if page.space_id == str(space_id) and page.status in statuses]
    if title is not None:
        found = [page for page in found if page.title.casefold() == title.casefold()]
    return paged([page_bean(world().wiki, page, body=body_format is not None) for page in found])


def _body_format(known: tuple[str, ...]) -> str | None:
    wanted = listed("body-format", known)
    return wanted[0] if wanted else None


@api(blueprint, "confluence", V2 + "/pages", "POST", scope="WRITE", query=("embedded", "private", "root-level"))
def create_page(_: Tenant) -> ResponseReturnValue:
    _require_small()
    order = json_object(required=("spaceId",))
    space = world().wiki.spaces.get(str(order["spaceId"]))
    if space is None:
        raise RefusedError(404, "Space not found")
    title, parent = order.get("title"), order.get("parentId")
    if order.get("status", "current") != "current" or not isinstance(title, str) or not title.strip():
        raise RefusedError(400, "Title is required, and only current pages are made here")
    if parent is not None and str(parent) not in world().wiki.pages:
        raise RefusedError(404, "Parent page not found")
    root = flag("root-level")
    parent_id = str(parent) if parent is not None else None if root else space.homepage_id
    try:
        page = world().wiki.create(space.space_id, title, _storage(order.get("body")), parent_id, author())
    except TitleTakenError:
        raise RefusedError(400, TITLE_TAKEN, code="BAD_REQUEST") from None
    except BadStorageError as error:
        raise RefusedError(400, str(error), code="BAD_REQUEST") from None
    return jsonify(page_bean(world().wiki, page, body=True, single=True))


@api(blueprint, "confluence", V2 + "/pages/<int:page_id>", scope="READ", query=SINGLE_QUERY)
def read_page(_: Tenant, page_id: int) -> ResponseReturnValue:
    page = page_or_404(str(page_id))
    statuses = listed("status", SINGLE_STATUSES) or ["current", "archived"]
    if page.status not in statuses:
        raise RefusedError(404)
    number = whole("version", page.head.number, low=1)
    if number > page.head.number:
        raise RefusedError(404)
    includes = tuple(name for name in INCLUDES if flag(f"include-{name}"))
    shown = _body_format(SINGLE_FORMATS) is not None
    return jsonify(page_bean(world().wiki, page, number=number, body=shown, single=True, includes=includes))


@api(blueprint, "confluence", V2 + "/pages/<int:page_id>", "PUT", scope="WRITE")
def update_page(_: Tenant, page_id: int) -> ResponseReturnValue:
    _require_small()
    order = json_object(required=("id", "status", "title", "body", "version"))
    page = page_or_404(str(page_id))
    if str(order["id"]) != page.page_id or order["status"] != "current" or not isinstance(order["title"], str):
        raise RefusedError(400, "Page id in the body must match the path; status must be current")
    version = order["version"]
    number = version.get("number") if isinstance(version, dict) else None
    if page.status == "archived":
        raise RefusedError(400, "The page is archived and cannot be updated", code="BAD_REQUEST")
    if number != page.head.number + 1:
        raise RefusedError(409, stale_version(page.head.number, number))
    message = str(version.get("message") or "")
    try:
        world().wiki.update(page, order["title"], _storage(order["body"]), message, author())
    except TitleTakenError:
        raise RefusedError(400, TITLE_TAKEN, code="BAD_REQUEST") from None
    except BadStorageError as error:
        raise RefusedError(400, str(error), code="BAD_REQUEST") from None
    return jsonify(page_bean(world().wiki, page, body=True, single=True))


def _require_small() -> None:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise RefusedError(413)


def _storage(body: object) -> str:
    """The storage markup of a body, flat or nested. Without its representation the real one breaks with 500."""
    if body is None:
        return ""
    if isinstance(body, dict) and "value" not in body and isinstance(body.get("storage"), dict):
        body = body["storage"]
    if not isinstance(body, dict) or "representation" not in body:
        raise RefusedError(500)
    if body["representation"] != "storage" or not isinstance(body.get("value"), str):
        raise RefusedError(400, "Only the representation 'storage' is understood here")
    return str(body["value"])


@api(blueprint, "confluence", V2 + "/pages/<int:page_id>", "DELETE", scope="DELETE", query=("purge", "draft"))
def delete_page(_: Tenant, page_id: int) -> ResponseReturnValue:
    page = page_or_404(str(page_id))
    if flag("draft"):
        raise RefusedError(404)
    if flag("purge"):
        if page.status != "trashed":
            raise RefusedError(400, "Only trashed pages can be purged")
        del world().wiki.pages[page.page_id]
    else:
        page.status = "trashed"
    return empty()


@api(
    blueprint,
    "confluence",
    V2 + "/pages/<int:page_id>/versions",
    scope="READ",
    query=("body-format", "cursor", "limit", "sort"),
)
def versions(_: Tenant, page_id: int) -> ResponseReturnValue:
    page = page_or_404(str(page_id))
    shown = _body_format(FORMATS) is not None
    return paged([version_bean(page, version, body=shown) for version in reversed(page.versions)])


@api(blueprint, "confluence", V2 + "/pages/<int:page_id>/versions/<int:number>", scope="READ")
def one_version(_: Tenant, page_id: int, number: int) -> ResponseReturnValue:
    page = page_or_404(str(page_id))
    if not 1 <= number <= len(page.versions):
        raise RefusedError(404)
    version = page.versions[number - 1]
    detail = {"number": number, "authorId": version.author, "message": version.message}
    return jsonify({**detail, "createdAt": created_at(version.created), "minorEdit": False})


def _unknown(_: Tenant, rest: str) -> ResponseReturnValue:
    raise RefusedError(404)


for method in ("GET", "PUT", "POST", "DELETE", "PATCH"):
    api(blueprint, "confluence", "/wiki/api/<path:rest>", method, scope="NONE", query=None)(_unknown)
    api(blueprint, "confluence", "/wiki/rest/<path:rest>", method, scope="NONE", query=None)(_unknown)
