"""Where the policy stands, for whoever looks after a space in Confluence: in the space's own tools.

It holds nothing personal, only what every reader of the pages may know, so the host's word for the caller is enough.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from handlers.parts import parts
from services import policy_status

blueprint = Blueprint("confluence", __name__, url_prefix="/confluence")


@blueprint.get("/policy")
def policy_page() -> str:
    """The page in the frame: state of the pages, and every version. Who edited what stays with the staff page."""
    p = parts()
    now = p.clock()
    with p.database.read() as session:
        found = policy_status.recorded(session, now)
    shown = {name: found[name] for name in ("version", "since", "versions", "pages")}
    return render_template("staff/policy_status.html", found=shown, edits=len(found["edits"]), now=now)
