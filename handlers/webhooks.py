"""Events from outside: stored, then acknowledged. Working on them is the worker's."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, abort, g, request
from flask.typing import ResponseReturnValue

from handlers.errors import Problem
from handlers.parts import parts
from services import inbox, support
from services.inbox import Delivery, Stored
from services.marketplace import ingest

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")

JIRA_EVENTS = ("issue_created", "issue_updated", "issue_deleted", "comment_created", "attachment_created")


@blueprint.post("/marketplace")
def marketplace() -> ResponseReturnValue:
    """A signed event of the Marketplace: 202 after it is durable, 200 for one that was taken before."""
    body = request.get_data()
    subject = ingest.subject_of(_json(body)) or f"delivery:{g.delivery_id}"
    stored = _store(Delivery("marketplace", g.delivery_id, body, subject))
    if stored is Stored.CONFLICT:
        raise Problem(409, "another-body", "an event with this id and another body was taken before")
    return "", 202 if stored is Stored.NEW else 200


@blueprint.post("/jira/<event>")
def jira(event: str) -> ResponseReturnValue:
    """A hint that an issue has changed. What is true of it is read from Jira later."""
    if event not in JIRA_EVENTS:
        abort(404)
    body = request.get_data()
    hint = support.note_event(_json(body), event)
    if hint is None:
        return "", 204
    identifier = request.headers.get("X-Atlassian-Webhook-Identifier") or hashlib.sha256(body).hexdigest()
    slim = json.dumps({"event": event, "issue_id": hint.issue_id}).encode()
    _store(Delivery(f"jira:{g.caller.client_key}"[:60], f"{event}/{identifier}"[:300], slim, hint.subject))
    return "", 204


def _json(body: bytes) -> dict[str, object]:
    try:
        message = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Problem(400, "not-json") from None
    if not isinstance(message, dict):
        raise Problem(400, "not-an-envelope", "the body is a JSON object")
    return message


def _store(delivery: Delivery) -> Stored:
    p = parts()
    with p.database.write() as session:
        stored = inbox.store(session, p.vault, delivery, p.clock())
    p.jobs.wake_inbox()
    return stored
