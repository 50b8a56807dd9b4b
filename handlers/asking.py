"""What a request of a staff page asks for: its form, its purpose, and its values within their bounds."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from handlers.errors import Problem
from handlers.forge_page import as_page
from handlers.labels import READING_PURPOSES
from services import prospects

LONGEST_VALUE = 500


def wants_html() -> bool:
    """A page of ours asks for a fragment; everybody else gets JSON."""
    return as_page() or request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def done(told: Any, status: int = 200) -> ResponseReturnValue:
    """Something was done: our page then fetches what it shows again, so it needs no words."""
    return Response(status=status, mimetype="text/html") if wants_html() else (jsonify(told), status)


def actor() -> str:
    """The account that looks, for the journal."""
    return str(g.caller.account_id or abort(403))


def value(name: str) -> str | None:
    """A value of the query without the space around it; `Problem` 400 when it is too long."""
    given = request.args.get(name, "").strip()
    if len(given) > LONGEST_VALUE:
        raise Problem(400, "value-too-long", f"{name} has more than {LONGEST_VALUE} characters")
    return given or None


def purpose() -> str:
    """What a person is read for; `Problem` 400 when it is none that we know."""
    given = request.args.get("purpose", "prospecting")
    if given not in READING_PURPOSES:
        raise Problem(400, "unknown-purpose", f"purpose is one of {', '.join(READING_PURPOSES)}")
    return given


def number(name: str, default: int, most: int) -> int:
    """A whole number from 1, and no more than `most`."""
    given = request.args.get(name, str(default))
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(most)) + 2 and int(given)):
        raise Problem(400, f"bad-{name}", f"{name} is a whole number from 1")
    return min(int(given), most)


def limit() -> int:
    """How many rows of a list."""
    return number("limit", 50, prospects.MAX_LIMIT)
