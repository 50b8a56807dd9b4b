"""Attachments over Jira REST v3: the record, the bytes (ranges, redirect to the media host), a zip's list."""

from __future__ import annotations

import hmac
import io
import mimetypes
import zipfile

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.http import parse_range_header

from sandbox.beans import attachment_bean
from sandbox.context import world
from sandbox.guard import api, flag
from sandbox.issues import Attachment
from sandbox.refusals import RefusedError
from sandbox.state import Tenant

blueprint = Blueprint("jira_files", __name__)
BASE = "/rest/api/3/attachment"


def _attachment(attachment_id: str) -> Attachment:
    found = world().issues.attachment(attachment_id)
    if found is None:
        raise RefusedError(404, f"The attachment with id '{attachment_id}' does not exist")
    return found[1]


@api(blueprint, "jira", BASE + "/meta", scope="READ")
def settings(_: Tenant) -> ResponseReturnValue:
    return jsonify({"enabled": True, "uploadLimit": 100 * 1024 * 1024})


@api(blueprint, "jira", BASE + "/<attachment_id>", scope="READ")
def record(tenant: Tenant, attachment_id: str) -> ResponseReturnValue:
    return jsonify(attachment_bean(tenant.base_url, _attachment(attachment_id)))


@api(blueprint, "jira", BASE + "/content/<attachment_id>", scope="READ", query=("redirect",))
def content(tenant: Tenant, attachment_id: str) -> ResponseReturnValue:
    attachment = _attachment(attachment_id)
    if flag("redirect", True):
        link = f"{tenant.base_url}/_media/{attachment.attachment_id}?token={attachment.media_token}"
        return Response("", 303, {"Location": link})
    return _bytes(attachment)


@blueprint.get("/_media/<attachment_id>")
def media(attachment_id: str) -> ResponseReturnValue:
    """What the media host does: no signature, a link that knows a secret."""
    found = world().issues.attachment(attachment_id)
    if found is None or not hmac.compare_digest(found[1].media_token, request.args.get("token", "")):
        return Response("", 404)
    return _bytes(found[1])


def _bytes(attachment: Attachment) -> Response:
    """The whole file, or the one range asked for (206), or 416."""
    data, size = attachment.data, len(attachment.data)
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    wanted = parse_range_header(request.headers.get("Range"))
    if wanted is None:
        return Response(data, 200, headers, mimetype=attachment.mime_type)
    span = wanted.range_for_length(size)
    if span is None or span[0] is None or span[1] is None:
        return Response("", 416, {**headers, "Content-Range": f"bytes */{size}"})
    start, stop = span
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return Response(data[start:stop], 206, headers, mimetype=attachment.mime_type)


@api(blueprint, "jira", BASE + "/<attachment_id>/expand/raw", scope="READ")
def zip_entries(_: Tenant, attachment_id: str) -> ResponseReturnValue:
    attachment = _attachment(attachment_id)
    if not attachment.filename.lower().endswith((".zip", ".jar")):
        raise RefusedError(409, "The attachment is not an archive of a supported format")
    try:
        with zipfile.ZipFile(io.BytesIO(attachment.data)) as archive:
            names = [(entry.filename, entry.file_size) for entry in archive.infolist() if not entry.is_dir()]
    except zipfile.BadZipFile:
        names = []  # a broken archive lists nothing, with 200
    entries = [
        {
            "entryIndex": index,
            "name": name,
            "abbreviatedName": name[-40:],
            "mediaType": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "size": size,
        }
        for index, (name, size) in enumerate(names)
    ]
    return jsonify({"entries": entries, "totalEntryCount": len(entries)})
