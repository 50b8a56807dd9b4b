"""The Marketplace reporting API v3: paged, exported at once, and exported asynchronously; and v2, without the last."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.context import world
from sandbox.faults import EXPORTS
from sandbox.guard import is_vendor
from sandbox.refusals import json_answer
from sandbox.reports import Export

blueprint = Blueprint("marketplace", __name__, url_prefix="/marketplace/rest/3/reporting/developer-space/<developer>")
second = Blueprint("marketplace 2", __name__, url_prefix="/marketplace/rest/2/vendors/<developer>/reporting")
MAX_PAGE = 50
KINDS = ("licenses", "sales/transactions")
ATTRIBUTION = "marketing-attribution"
# Links of a quotes' export are of the second version, where there is no such thing.
BROKEN = {"quotes": "/rest/2/vendors/{developer}/reporting/quotes/async/export"}


def _error(status: int, message: str) -> Response:
    return json_answer({"errors": [{"message": message}]}, status)


def _may(developer: str) -> Response | None:
    """401 without the right user and token, 404 for another vendor."""
    if not is_vendor():
        response = _error(401, "Authentication is required")
        response.headers["WWW-Authenticate"] = 'Basic realm="Marketplace"'
        return response
    return None if developer == world().settings.developer_id else _error(404, "Developer space not found")


def _whole(name: str, default: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() else default


def _paged(developer: str, kind: str) -> ResponseReturnValue:
    """At most 50 whatever `limit` says, and no word about it."""
    refusal = _may(developer)
    if refusal is not None:
        return refusal
    limit, offset = min(max(_whole("limit", 10), 1), MAX_PAGE), _whole("offset", 0)
    with world().lock:
        rows = world().reports.select(kind, request.args)
    links: dict[str, Any] = {"self": {"href": _href(offset, limit)}}
    if offset + limit < len(rows):
        links["next"] = {"href": _href(offset + limit, limit)}
    if offset > 0:
        links["prev"] = {"href": _href(max(0, offset - limit), limit)}
    name = kind.rpartition("/")[2]
    return jsonify({"_links": links, name: rows[offset : offset + limit], "totalCount": len(rows)})


def _href(offset: int, limit: int) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("offset", "limit")]
    path = request.path.removeprefix("/marketplace")
    return f"{path}?{urlencode([*kept, ('offset', offset), ('limit', limit)])}"


def _whole_export(developer: str, kind: str) -> ResponseReturnValue:
    refusal = _may(developer)
    if refusal is not None:
        return refusal
    if request.args.get("accept", "json") != "json":
        return _error(400, "the sandbox exports json only")
    with world().lock:
        return jsonify(world().reports.select(kind, request.args))


def _start(developer: str, kind: str) -> ResponseReturnValue:
    refusal = _may(developer)
    if refusal is not None:
        return refusal
    fault = world().faults.take(request.method, request.path, EXPORTS)
    with world().lock:
        export = world().reports.export(kind, request.args, fault.kind if fault else "")
    space = f"/rest/3/reporting/developer-space/{developer}"
    base = BROKEN.get(kind, f"{space}/{kind}/async/export").format(developer=developer)
    kept = f"{space}/async/export" if kind == ATTRIBUTION else base
    links = {
        "self": {"href": base},
        "status": {"href": f"{kept}/{export.export_id}/status"},
        "download": {"href": f"{kept}/{export.export_id}"},
    }
    return jsonify({"_links": links, "export": {"id": export.export_id}})


def _found(kind: str, export_id: str) -> Export | None:
    export = world().reports.exports.get(export_id)
    return export if export is not None and export.kind == kind else None


def _status(developer: str, export_id: str, kind: str) -> ResponseReturnValue:
    refusal = _may(developer)
    if refusal is not None:
        return refusal
    with world().lock:
        export = _found(kind, export_id)
        if export is None:
            return _error(404, "Export not found")
        return jsonify({"export": {"id": export.export_id, "status": export.next_status()}})


def _download(developer: str, export_id: str, kind: str) -> ResponseReturnValue:
    refusal = _may(developer)
    if refusal is not None:
        return refusal
    export = _found(kind, export_id)
    if export is None:
        return _error(404, "Export not found")
    if not export.ready:
        return json_answer("Export is being processed", 404)
    return jsonify(export.rows)


@second.get("/feedback/details")
@blueprint.get("/feedback/details")
def feedback(developer: str) -> ResponseReturnValue:
    """Reasons why people left, fifty to a page at the most."""
    refusal = _may(developer)
    if refusal is not None:
        return refusal
    limit, offset = min(max(_whole("limit", 10), 1), MAX_PAGE), _whole("offset", 0)
    since = request.args.get("startDate", "")
    with world().lock:
        rows = [row for row in world().reports.feedback if str(row.get("date", "")) >= since]
    return jsonify({"feedback": rows[offset : offset + limit], "totalCount": len(rows)})


def _exported(kind: str, kept: str) -> None:
    """Routes of an asynchronous export that is begun under its own name and kept at `kept`."""
    chosen = {"kind": kind}
    blueprint.add_url_rule(f"/{kind}/async/export", f"start {kind}", _start, defaults=chosen, methods=["POST"])
    blueprint.add_url_rule(f"/{kept}/<export_id>/status", f"status {kind}", _status, defaults=chosen)
    blueprint.add_url_rule(f"/{kept}/<export_id>", f"download {kind}", _download, defaults=chosen)


for name in KINDS:
    _exported(name, f"{name}/async/export")
    for door in (blueprint, second):
        door.add_url_rule(f"/{name}", f"page {name}", _paged, defaults={"kind": name})
        door.add_url_rule(f"/{name}/export", f"whole {name}", _whole_export, defaults={"kind": name})
_exported("quotes", "quotes/async/export")
_exported(ATTRIBUTION, "async/export")
