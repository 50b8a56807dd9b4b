"""Is the process alive, is it ready, and how is it doing?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from handlers.parts import parts
from models import schema
from services import health

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database answers, its schema is the newest, and the queues move; 503 with the reasons otherwise."""
    p = parts()
    try:
        reasons = [] if schema.is_current(p.database) else ["the schema is not the newest: run `flask db upgrade`"]
        with p.database.read() as session:
            state = health.state(session, p.clock())
    except SQLAlchemyError:
        return jsonify({"status": "unavailable", "reasons": ["the database does not answer"]}), 503
    reasons += state.reasons
    body = {"status": "unavailable" if reasons else "ok", "reasons": reasons, **state.figures}
    return jsonify(body), 503 if reasons else 200


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus."""
    p = parts()
    with p.database.read() as session:
        return Response(health.exposition(session, p.clock()), mimetype="text/plain")
