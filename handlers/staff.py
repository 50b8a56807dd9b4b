"""Pages for staff in the Jira frame: shells without personal data, and the fragments that a context token fetches."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from handlers import asking
from handlers.errors import Problem
from handlers.labels import CONSENT, STATES
from handlers.parts import parts
from services import audit, choices, prospects
from services.prospects import BadCursorError, Filters

blueprint = Blueprint("staff", __name__, url_prefix="/staff")


@blueprint.get("/prospects", endpoint="prospects")
def prospects_shell() -> str:
    """The page around the list."""
    return render_template("staff/app.html", start=url_for("staff.list_prospects"))


@blueprint.get("/prospect", endpoint="prospect")
def prospect_shell() -> str:
    """The page around one prospect, `?id=`."""
    prospect_id = asking.value("id") or abort(404)
    return render_template("staff/app.html", start=url_for("staff.show_prospect", prospect_id=prospect_id))


@blueprint.get("/api/prospects")
def list_prospects() -> ResponseReturnValue:
    """A page of prospects, newest first, entered in the journal. Query: `state app email q consent after limit`."""
    p = parts()
    query = {name: asking.value(name) for name in ("state", "app", "email", "q", "consent")}
    after = asking.value("after")
    with p.database.write() as session:
        try:
            page = prospects.list_prospects(session, p.vault, Filters(**query), limit=asking.limit(), after=after)
        except BadCursorError:
            raise Problem(400, "bad-cursor", "after is not a cursor of this list") from None
        audit.record_list(session, page["items"], actor=asking.actor(), purpose=asking.purpose(), now=p.clock())
    if not asking.wants_html():
        return jsonify(page)
    shown = {"page": page, "query": query, "after": after, "states": STATES, "consents": CONSENT}
    return render_template("staff/fragments/list.html", today=p.clock().date(), **shown)


@blueprint.get("/api/prospects/<prospect_id>")
def show_prospect(prospect_id: str) -> ResponseReturnValue:
    """One prospect. Each reading names its purpose and is in the journal, or does not happen."""
    p = parts()
    now = p.clock()
    purpose = asking.purpose()
    with p.database.write() as session:
        found = prospects.show_prospect(session, p.vault, prospect_id) or abort(404)
        audit.record(
            session,
            actor=asking.actor(),
            action="prospect.read",
            subject=prospect_id,
            purpose=purpose,
            now=now,
            detail=None,
        )
    if not asking.wants_html():
        return jsonify(found)
    return render_template("staff/fragments/prospect.html", prospect=found, purpose=purpose, today=now.date())


@blueprint.post("/api/prospects/<prospect_id>/choices-link")
def choices_link(prospect_id: str) -> ResponseReturnValue:
    """A link that staff hand to the person, in their journal: `{"url"}`."""
    p = parts()
    with p.database.write() as session:
        token = choices.link_for(session, p.vault, prospect_id, actor=asking.actor(), now=p.clock()) or abort(404)
    url = p.settings.base_url + url_for("privacy.choices", token=token)
    return render_template("staff/fragments/link.html", url=url) if asking.wants_html() else jsonify({"url": url})
