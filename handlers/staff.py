"""Pages for staff in the Jira frame: shells without personal data, and the fragments that a context token fetches."""

from __future__ import annotations

from flask import Blueprint, abort, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from handlers.errors import Problem
from handlers.labels import CONSENT, READING_PURPOSES, STATES
from handlers.parts import parts
from services import audit, choices, prospects
from services.prospects import BadCursorError, Filters

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

LONGEST_VALUE = 500


@blueprint.get("/prospects", endpoint="prospects")
def prospects_shell() -> str:
    """The page around the list."""
    return render_template("staff/prospects.html")


@blueprint.get("/prospect", endpoint="prospect")
def prospect_shell() -> str:
    """The page around one prospect, `?id=`."""
    return render_template("staff/prospect.html", prospect_id=_value("id") or abort(404))


@blueprint.get("/api/prospects")
def list_prospects() -> ResponseReturnValue:
    """A page of prospects, newest first, entered in the journal. Query: `state app email q consent after limit`."""
    p = parts()
    query = {name: _value(name) for name in ("state", "app", "email", "q", "consent")}
    after = _value("after")
    with p.database.write() as session:
        try:
            page = prospects.list_prospects(session, p.vault, Filters(**query), limit=_limit(), after=after)
        except BadCursorError:
            raise Problem(400, "bad-cursor", "after is not a cursor of this list") from None
        audit.record_list(session, page["items"], actor=_actor(), purpose=_purpose(), now=p.clock())
    if not _wants_html():
        return jsonify(page)
    shown = {"page": page, "query": query, "after": after, "states": STATES, "consents": CONSENT}
    return render_template("staff/fragments/list.html", today=p.clock().date(), **shown)


@blueprint.get("/api/prospects/<prospect_id>")
def show_prospect(prospect_id: str) -> ResponseReturnValue:
    """One prospect. Each reading names its purpose and is in the journal, or does not happen."""
    p = parts()
    now = p.clock()
    purpose = _purpose()
    with p.database.write() as session:
        found = prospects.show_prospect(session, p.vault, prospect_id) or abort(404)
        audit.record(
            session, actor=_actor(), action="prospect.read", subject=prospect_id, purpose=purpose, now=now, detail=None
        )
    if not _wants_html():
        return jsonify(found)
    return render_template("staff/fragments/prospect.html", prospect=found, purpose=purpose, today=now.date())


@blueprint.post("/api/prospects/<prospect_id>/choices-link")
def choices_link(prospect_id: str) -> ResponseReturnValue:
    """A link that staff hand to the person, in their journal: `{"url"}`."""
    p = parts()
    with p.database.write() as session:
        token = choices.link_for(session, p.vault, prospect_id, actor=_actor(), now=p.clock()) or abort(404)
    url = p.settings.base_url + url_for("privacy.choices", token=token)
    return render_template("staff/fragments/link.html", url=url) if _wants_html() else jsonify({"url": url})


def _wants_html() -> bool:
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _actor() -> str:
    return str(g.caller.account_id or abort(403))


def _value(name: str) -> str | None:
    value = request.args.get(name, "").strip()
    if len(value) > LONGEST_VALUE:
        raise Problem(400, "value-too-long", f"{name} has more than {LONGEST_VALUE} characters")
    return value or None


def _purpose() -> str:
    purpose = request.args.get("purpose", "prospecting")
    if purpose not in READING_PURPOSES:
        raise Problem(400, "unknown-purpose", f"purpose is one of {', '.join(READING_PURPOSES)}")
    return purpose


def _limit() -> int:
    given = request.args.get("limit", "50")
    if not (given.isascii() and given.isdigit() and len(given) < 6 and int(given)):
        raise Problem(400, "bad-limit", "limit is a whole number from 1")
    return min(int(given), prospects.MAX_LIMIT)
