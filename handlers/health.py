"""Is the process alive, is it ready, and how is it doing?"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from handlers.parts import Parts, parts
from models import schema
from services import health
from services.erasure import completion
from services.erasure.journal import JournalError

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
        reasons += [] if reasons else _erasures(p)
    except SQLAlchemyError:
        return jsonify({"status": "unavailable", "reasons": ["the database does not answer"]}), 503
    reasons += state.reasons
    body = {"status": "unavailable" if reasons else "ok", "reasons": reasons, **state.figures}
    return jsonify(body), 503 if reasons else 200


def _erasures(p: Parts) -> list[str]:
    """Is the database older than what is known to be erased?"""
    try:
        behind = completion.is_behind(p.database, p.journal)
    except JournalError:
        return ["the journal of erasures is not as it was written"]
    return ["the database was restored: run `flask backup replay-erasures`"] if behind else []


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus."""
    p = parts()
    with p.database.read() as session:
        return Response(health.exposition(session, p.clock()), mimetype="text/plain")
