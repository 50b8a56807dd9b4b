"""A service desk of somebody else's, as its customers reach it: temporary files, requests, attachments.

The customer is the vendor's account, with the API token that reads the Marketplace, too.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.beans import moment
from sandbox.context import world
from sandbox.desk_requests import DESK, REQUEST_TYPE, DeskRequest, File
from sandbox.guard import is_vendor, json_object, known_query, listed, whole
from sandbox.refusals import RefusedError, desk_refusal

blueprint = Blueprint("service_desk", __name__, url_prefix="/rest/servicedeskapi")
FIELDS = ("summary", "description")
MAX_PAGE = 50
TEMPORARY_SECONDS = 3600


@blueprint.errorhandler(RefusedError)
def _refused(refused: RefusedError) -> Response:
    g.refused = refused.message or str(refused.status)
    return desk_refusal(refused.status, refused.message)


@blueprint.before_request
def _customers_only() -> None:
    if not is_vendor():
        raise RefusedError(401, "Client must be authenticated to access this resource.")


@blueprint.post("/servicedesk/<desk>/attachTemporaryFile")
def upload(desk: str) -> ResponseReturnValue:
    """Refused without the header against forged forms, as the real one does, and without the opt-in of its example."""
    known_query(())
    if request.headers.get("X-Atlassian-Token") != "no-check":
        raise RefusedError(403, "XSRF check failed")
    if request.headers.get("X-ExperimentalApi") != "opt-in":
        raise RefusedError(412, "This API is experimental: X-ExperimentalApi: opt-in is missing")
    _require_desk(desk)
    given = request.files.getlist("file")
    if request.mimetype != "multipart/form-data" or not given:
        raise RefusedError(400, "A multipart request with a part named file is expected")
    answer = []
    for one in given:
        name = f"temp{secrets.token_hex(8)}"
        world().desk.temporary[name] = File(one.filename or "", one.read())
        answer.append({"temporaryAttachmentId": name, "fileName": one.filename})
    return jsonify({"temporaryAttachments": answer}), 201


@blueprint.post("/request")
def create() -> ResponseReturnValue:
    known_query(())
    allowed = ("serviceDeskId", "requestTypeId", "requestFieldValues", "isAdfRequest", "form", "channel")
    body = json_object(required=("serviceDeskId", "requestTypeId", "requestFieldValues"), allowed=allowed)
    if not all(isinstance(body[name], str) for name in ("serviceDeskId", "requestTypeId")):
        raise RefusedError(400, "serviceDeskId and requestTypeId are texts")
    _require_desk(body["serviceDeskId"])
    fields = body["requestFieldValues"]
    if body["requestTypeId"] != REQUEST_TYPE or not isinstance(fields, dict) or not fields.get("summary"):
        raise RefusedError(400, "The request type needs a summary")
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown or not all(isinstance(value, str) for value in fields.values()):
        raise RefusedError(400, f"Field is not on the form: {', '.join(unknown)}")
    with world().lock:
        return jsonify(_bean(world().desk.create(fields))), 201


@blueprint.get("/request")
def search() -> ResponseReturnValue:
    """Those with `searchTerm` as a word of their summary, latest first."""
    known_query(("searchTerm", "requestOwnership", "requestStatus", "serviceDeskId", "requestTypeId", "start", "limit"))
    listed("requestOwnership", ("OWNED_REQUESTS", "PARTICIPATED_REQUESTS", "ALL_ORGANIZATIONS"))
    term = request.args.get("searchTerm", "").lower()
    with world().lock:
        found = [one for one in world().desk.requests.values() if term in one.fields["summary"].lower()]
    return jsonify(_page([_bean(one) for one in reversed(found)]))


@blueprint.get("/request/<key>")
def show(key: str) -> ResponseReturnValue:
    known_query(("expand",))
    return jsonify(_bean(_request(key)))


@blueprint.get("/request/<key>/attachment")
def attachments(key: str) -> ResponseReturnValue:
    known_query(("start", "limit"))
    return jsonify(_page([_file(file) for file in _request(key).files]))


@blueprint.post("/request/<key>/attachment")
def attach(key: str) -> ResponseReturnValue:
    """One comment with the uploaded files; a customer's is public."""
    known_query(())
    body = json_object(("temporaryAttachmentIds", "public"), ("temporaryAttachmentIds", "public", "additionalComment"))
    if body["public"] is not True:
        raise RefusedError(400, "Customers can only add public attachments")
    with world().lock:
        found, kept = _request(key), world().desk.temporary
        names = body["temporaryAttachmentIds"]
        if not isinstance(names, list) or not names or any(not _is_fresh(kept.get(str(name))) for name in names):
            raise RefusedError(400, "The temporary attachments are unknown or have expired")
        files = [kept.pop(name) for name in names]
        found.files += files
        found.comments += 1
    comment = {"id": str(found.comments), "body": "", "public": True, "created": _date(datetime.now(UTC))}
    return jsonify({"comment": comment, "attachments": _page([_file(file) for file in files])}), 201


def _require_desk(desk: str) -> None:
    if desk != DESK:
        raise RefusedError(404, "The service desk does not exist")


def _request(key: str) -> DeskRequest:
    found = world().desk.requests.get(key.upper())
    if found is None:
        raise RefusedError(404, "The request does not exist")
    return found


def _is_fresh(file: File | None) -> bool:
    return file is not None and time.time() - file.at < TEMPORARY_SECONDS


def _bean(one: DeskRequest) -> dict[str, Any]:
    values = [{"fieldId": name, "label": name.title(), "value": value} for name, value in one.fields.items()]
    return {
        "issueId": str(one.number), "issueKey": one.key, "serviceDeskId": DESK, "requestTypeId": REQUEST_TYPE,
        "createdDate": _date(one.created), "requestFieldValues": values,
        "currentStatus": {"status": "Waiting for support", "statusCategory": "NEW"},
    }  # fmt: skip


def _file(file: File) -> dict[str, Any]:
    return {"filename": file.name, "size": len(file.data), "mimeType": "application/json"}


def _date(at: datetime) -> dict[str, Any]:
    return {"iso8601": moment(at), "jira": moment(at), "friendly": "Today", "epochMillis": int(at.timestamp() * 1000)}


def _page(values: list[dict[str, Any]]) -> dict[str, Any]:
    start, limit = whole("start", 0), min(whole("limit", MAX_PAGE, low=1), MAX_PAGE)
    shown = values[start : start + limit]
    last = start + len(shown) >= len(values)
    return {"size": len(shown), "start": start, "limit": limit, "isLastPage": last, "values": shown}
