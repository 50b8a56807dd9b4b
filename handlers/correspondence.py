"""Correspondence by the API of staff: entered, listed by its heads, read one at a time for a purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from handlers import asking
from handlers.bodies import json_object
from handlers.errors import Problem
from handlers.labels import READING_PURPOSES
from handlers.parts import parts
from models.correspondence import Mode
from services import correspondence as service
from services.correspondence import Letter, LetterError

blueprint = Blueprint("correspondence", __name__, url_prefix="/staff/api/correspondence")

FIELDS = {"mode", "at", "counterpart", "email", "recipient", "duration_seconds", "title", "body", "case"}


@blueprint.post("")
def enter() -> ResponseReturnValue:
    """`{mode, at, counterpart?, email?, recipient?, duration_seconds?, title?, body?, case?}` gives `{"id"}`, 201."""
    p = parts()
    letter = letter_of(json_object())
    try:
        with p.database.write() as session:
            letter_id = service.enter(session, p.vault, letter, actor=asking.actor(), now=p.clock())
    except LetterError as error:
        raise Problem(400, "bad-correspondence", str(error)) from None
    return jsonify({"id": letter_id}), 201


@blueprint.get("")
def heads() -> ResponseReturnValue:
    """The newest heads, of one person with `?person=`: nothing of what was said."""
    p = parts()
    with p.database.read() as session:
        return jsonify({"items": service.listed(session, p.clock(), person=request.args.get("person") or None)})


@blueprint.post("/<letter_id>/read")
def read(letter_id: str) -> ResponseReturnValue:
    """One in clear, `?purpose=`. Entered in the journal; a fax is deleted by it, hence no GET."""
    p = parts()
    purpose = request.args.get("purpose", "")
    if purpose not in READING_PURPOSES:
        raise Problem(400, "unknown-purpose", f"purpose is one of {', '.join(READING_PURPOSES)}")
    with p.database.write() as session:
        shown = service.read(session, p.vault, letter_id, actor=asking.actor(), purpose=purpose, now=p.clock())
    return jsonify(shown or abort(404))


def letter_of(body: dict[str, Any]) -> Letter:
    """What a body says; `Problem` 400 for anything that is no correspondence, without repeating it."""
    if set(body) - FIELDS:
        raise Problem(400, "unknown-field", f"the fields are {', '.join(sorted(FIELDS))}")
    texts = FIELDS - {"duration_seconds"}
    if any(not isinstance(body[name], str) for name in texts & body.keys() if body[name] is not None):
        raise Problem(400, "bad-correspondence", "every field but duration_seconds is text")
    seconds = body.get("duration_seconds")
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int)):
        raise Problem(400, "bad-correspondence", "duration_seconds is a whole number")
    try:
        at = datetime.fromisoformat(body["at"])
        mode = Mode(body["mode"])
    except (KeyError, ValueError, TypeError):
        raise Problem(400, "bad-correspondence", "mode is email, fax, phone or post; at is an RFC 3339 time") from None
    if at.tzinfo is None:
        raise Problem(400, "bad-correspondence", "at needs a zone")
    said: dict[str, Any] = {name: body.get(name) for name in FIELDS - {"mode", "at"}}
    return Letter(mode, at, **said)
