"""Control calls about what goes over the wire: the two journals, and the faults on order."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.context import world
from sandbox.control_content import wish_of_call
from sandbox.faults import BadFaultError
from sandbox.refusals import json_answer

blueprint = Blueprint("control_wire", __name__)


@blueprint.get("/requests")
def requests_received() -> ResponseReturnValue:
    query = request.args
    found = world().journal.requests(
        path=query.get("path", ""), method=query.get("method", ""), after=query.get("after", 0, int)
    )
    return jsonify(found)


@blueprint.delete("/requests")
def forget_requests() -> ResponseReturnValue:
    world().journal.clear_requests()
    return "", 204


@blueprint.get("/deliveries")
def deliveries() -> ResponseReturnValue:
    return jsonify(world().journal.deliveries(request.args.get("kind", "")))


@blueprint.delete("/deliveries")
def forget_deliveries() -> ResponseReturnValue:
    world().journal.clear_deliveries()
    return "", 204


@blueprint.post("/faults")
def add_fault() -> ResponseReturnValue:
    try:
        return json_answer(world().faults.add(wish_of_call()), 201)
    except (BadFaultError, TypeError) as error:
        return json_answer({"error": str(error)}, 400)


@blueprint.get("/faults")
def list_faults() -> ResponseReturnValue:
    return jsonify(world().faults.listed())


@blueprint.delete("/faults")
@blueprint.delete("/faults/<int:number>")
def clear_faults(number: int | None = None) -> ResponseReturnValue:
    world().faults.clear(number)
    return "", 204
