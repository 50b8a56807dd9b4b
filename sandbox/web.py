"""The one Flask application: which blueprints, who may call, and where faults and the journal take hold."""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from sandbox import (
    confluence,
    confluence_v1,
    control,
    forge_api,
    front,
    jira,
    jira_accounts,
    jira_files,
    jira_people,
    keys,
    marketplace,
    service_desk,
)
from sandbox.context import world
from sandbox.faults import REFUSALS, WIRE, Fault
from sandbox.refusals import refuse
from sandbox.state import World

# Control and pages for people: not part of Atlassian, so neither journalled nor broken by faults.
OWN_PATHS = ("/_sandbox", "/_front", "/jira", "/all.js", "/wiki/spaces/", "/favicon.ico")
MAX_UPLOAD_BYTES = 256 * 1024 * 1024
SECRET_PARAMETERS = ("jwt", "token")
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def create_web(world_: World) -> Flask:
    """The application around one world."""
    app = Flask(__name__, static_folder="static", static_url_path="/_front/static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["world"] = world_
    app.wsgi_app = forge_api.Gateway(world_, app.wsgi_app)  # type: ignore[method-assign]
    for module in (
        keys,
        forge_api,
        jira,
        jira_accounts,
        jira_files,
        jira_people,
        confluence,
        confluence_v1,
        marketplace,
        service_desk,
        control,
        front,
    ):
        app.register_blueprint(module.blueprint)
    app.register_blueprint(marketplace.second)
    app.before_request(_local_only)
    app.before_request(_fault_before)
    app.after_request(_fault_after)
    app.after_request(_write_down)
    app.register_error_handler(HTTPException, _plain_error)
    return app


def _is_own_path() -> bool:
    return request.path in ("/", "/wiki", "/wiki/") or request.path.startswith(OWN_PATHS)


def _local_only() -> ResponseReturnValue | None:
    """Refuse other machines, other names (DNS rebinding) and foreign sites: control calls carry no password."""
    if request.host.rpartition(":")[0] not in LOCAL_NAMES and request.host not in LOCAL_NAMES:
        return jsonify({"error": "only under localhost"}), 403
    if request.remote_addr not in ("127.0.0.1", "::1", None):
        return jsonify({"error": "only from this machine"}), 403
    origin = request.headers.get("Origin")
    if _is_own_path() and origin and urlsplit(origin).netloc != request.host:
        return jsonify({"error": "foreign origin"}), 403
    return None


def _fault_before() -> ResponseReturnValue | None:
    g.fault = None
    if _is_own_path():
        return None
    fault = world().faults.take(request.method, request.path, (*REFUSALS, *WIRE, "foreign-edit"))
    g.fault = fault
    if fault is None:
        return None
    if fault.kind == "drop-before":
        return Response("")
    if fault.kind == "foreign-edit":
        world().wiki.foreign_edit(request.path, world().account("stranger").account_id)
        return None
    return refuse(fault) if fault.kind in REFUSALS else None


def _fault_after(response: Response) -> Response:
    fault: Fault | None = g.get("fault")
    if fault is None:
        return response
    if fault.kind == "slow":
        time.sleep(min(fault.seconds, 120.0))
    elif fault.kind == "truncate":
        body = response.get_data()
        response.set_data(body[: len(body) // 2])
    elif fault.kind in ("drop-before", "drop-after"):
        _cut_connection()
    return response


def _cut_connection() -> None:
    """Close the caller's connection without a byte of answer. The server then meets a broken pipe, which it expects."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)


def _write_down(response: Response) -> Response:
    if _is_own_path():
        return response
    raw_query = request.query_string.decode("latin-1")
    fault: Fault | None = g.get("fault")
    entry: dict[str, Any] = {
        "at": time.time(),
        "method": request.method,
        "path": request.path,
        "query": [
            [name, value]
            for name, value in parse_qsl(raw_query, keep_blank_values=True)
            if name not in SECRET_PARAMETERS
        ],
        "status": response.status_code,
        "issuer": g.get("issuer"),
        "refused": g.get("refused"),
        "fault": fault.kind if fault else None,
        "body": request.get_json(silent=True) if request.is_json else None,
    }
    world().journal.received(entry)
    return response


def _plain_error(error: HTTPException) -> ResponseReturnValue:
    return jsonify({"error": error.name}), error.code or 500
