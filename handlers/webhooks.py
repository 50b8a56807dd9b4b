"""Events from outside: stored, then acknowledged. Working on them is the worker's."""

from __future__ import annotations

from flask import Blueprint, abort, g
from flask.typing import ResponseReturnValue

from handlers.bodies import is_storable, object_in, raw_body
from handlers.errors import Problem
from handlers.parts import Parts, parts
from services import hints
from services.inbox import Delivery, Stored
from services.marketplace import ingest

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")

JIRA_EVENTS = ("issue_created", "issue_updated", "issue_deleted", "comment_created", "attachment_created")


@blueprint.post("/marketplace")
def marketplace() -> ResponseReturnValue:
    """A signed event of the Marketplace: 202 after it is durable, 200 for one that was taken before."""
    return "", take_event(parts(), g.delivery_id, raw_body())


@blueprint.post("/jira/<event>")
def jira(event: str) -> ResponseReturnValue:
    """A hint that an issue has changed. What is true of it is read from Jira later."""
    if event not in JIRA_EVENTS:
        abort(404)
    return "", take_hint(parts(), g.caller.tenant_id, event, raw_body())


def take_event(p: Parts, delivery_id: str, body: bytes) -> int:
    """Store a signed event of the Marketplace; the status to answer with. `Problem` where it can't be taken."""
    subject = ingest.subject_of(_envelope(body))
    if subject is None or not is_storable(subject):
        subject = f"delivery:{delivery_id}"
    stored = p.intake.store(Delivery("marketplace", delivery_id, body, subject))
    if stored is Stored.CONFLICT:
        raise Problem(409, "another-body", "an event with this id and another body was taken before")
    return 202 if stored is Stored.NEW else 200


def take_hint(p: Parts, tenant_id: int, event: str, body: bytes) -> int:
    """Store that an issue of a tenant has changed; the status to answer with. `Problem` where it can't be taken."""
    delivery = hints.delivery_of(tenant_id, event, object_in(body))
    if delivery is not None:
        p.intake.store(delivery)
    return 204


def _envelope(body: bytes) -> dict[str, object]:
    """The body, if it has the form of an envelope. Whether it is understood is for the worker to say."""
    message = object_in(body)
    if not isinstance(message.get("type"), str) or not isinstance(message.get("data"), dict | list):
        raise Problem(400, "not-an-envelope", "the body is an object with `type` and `data`")
    return message
