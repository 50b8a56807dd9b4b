"""Notes on a prospect, by the API of staff."""

from __future__ import annotations

from flask import Blueprint, abort, g
from flask.typing import ResponseReturnValue

from handlers import asking
from handlers.bodies import text_fields
from handlers.errors import Problem
from handlers.parts import parts
from handlers.staff_groups import Role
from services import notes
from services.notes import NoteError

blueprint = Blueprint("notes", __name__, url_prefix="/staff/api/prospects/<prospect_id>/notes")

STATUSES = {"bad-text": 400, "no-person": 404, "too-many": 409}


@blueprint.post("")
def write_note(prospect_id: str) -> ResponseReturnValue:
    """Add a note: `text`. 404 where there is no person, or none whose data may be used."""
    p = parts()
    text = text_fields().get("text", "").replace("\r\n", "\n")
    try:
        with p.database.write() as session:
            notes.write(
                session, p.vault, prospect_id, text, actor=asking.actor(), purpose=asking.purpose(), now=p.clock()
            )
    except NoteError as error:
        raise Problem(STATUSES[error.code], error.code) from None
    return asking.done({}, 201)


@blueprint.post("/<note_id>/drop")
def drop_note(prospect_id: str, note_id: str) -> ResponseReturnValue:
    """Delete a note: its author, or a privacy officer."""
    p = parts()
    with p.database.write() as session:
        is_dropped = notes.drop(
            session, prospect_id, note_id, actor=asking.actor(), is_officer=Role.OFFICER in g.caller.roles,
            purpose=asking.purpose(), now=p.clock(),
        )  # fmt: skip
    return asking.done({}) if is_dropped else abort(404)
