"""Whom to tell about the end of support, for staff: of the cases that they may see in Jira, and who may be mailed."""

from __future__ import annotations

from flask import Blueprint, g, jsonify, render_template
from flask.typing import ResponseReturnValue

from connect.http import UpstreamError
from handlers import asking, support
from handlers.errors import Problem
from handlers.parts import parts
from services import audit
from services.support import ending
from services.support.ending import Affected

blueprint = Blueprint("fleet", __name__, url_prefix="/staff/api/fleet")

# An issue in a question of JQL each: Jira takes long ones, but not any length.
ASKED_AT_ONCE = 50


@blueprint.get("/ending")
def whom_to_tell() -> ResponseReturnValue:
    """`{"items": [{issue_key, ending, person, name, email, allowed, reasons}]}`; whoever is on it is in the journal."""
    p = parts()
    now, purpose = p.clock(), asking.purpose()
    with p.database.read() as session:
        found = ending.affected(session, g.caller.client_key, now.date())
    try:
        found, addresses = _seen(found)
    except UpstreamError:
        raise Problem(503, "jira-does-not-answer", "Jira has to say who reported the cases") from None
    with p.database.write() as session:
        rows = ending.whom_to_tell(session, p.vault, found, addresses, now)
        told = sorted({row["person"] for row in rows if row["allowed"]})
        detail = {"ids": told}
        audit.record(
            session, actor=asking.actor(), action="fleet.ending", subject=None, purpose=purpose, now=now, detail=detail
        )
    if not asking.wants_html():
        return jsonify({"items": rows})
    return render_template("staff/fragments/ending.html", items=rows, purpose=purpose)


def _seen(found: list[Affected]) -> tuple[list[Affected], dict[str, str]]:
    """Those cases that the caller may see, and who reported them."""
    if not found:
        return [], {}
    jira = parts().jira_for(g.tenant)
    may_see = jira.browsable(asking.actor(), [one.issue_id for one in found])
    seen = [one for one in found if one.issue_id in may_see]
    addresses: dict[str, str] = {}
    for first in range(0, len(seen), ASKED_AT_ONCE):
        some = seen[first : first + ASKED_AT_ONCE]
        jql = f"id in ({', '.join(one.issue_id for one in some)})"
        addresses |= {
            str(issue.get("id")): address
            for issue in jira.search(jql, ("reporter",), len(some))
            if (address := support.address_in(issue))
        }
    return seen, addresses
