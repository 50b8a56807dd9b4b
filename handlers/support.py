"""The issue panel: a shell in the frame without any data, and the fragment that a context token fetches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Blueprint, abort, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from connect.http import UpstreamError
from handlers.errors import Problem, prefers_json
from handlers.forge_page import as_page
from handlers.i18n import gettext_noop
from handlers.parts import parts
from services import support
from services.support.issues import text

log = structlog.get_logger(__name__)

blueprint = Blueprint("support", __name__, url_prefix="/support")

KINDS = {
    "product": gettext_noop("Product"),
    "database": gettext_noop("Database"),
    "jvm": gettext_noop("Java"),
    "os": gettext_noop("Operating system"),
    "app_server": gettext_noop("Application server"),
}
STATUSES = {
    "parsed": (gettext_noop("Read"), "success"),
    "unknown": (gettext_noop("Not a configuration"), "neutral"),
    "refused": (gettext_noop("Refused"), "warning"),
}
TEXTS = {
    "description": gettext_noop("Description"),
    "environment": gettext_noop("Environment"),
    "comment": gettext_noop("Comment"),
}
CHANGES = {
    "added": gettext_noop("added"),
    "removed": gettext_noop("removed"),
    "upgraded": gettext_noop("upgraded"),
    "downgraded": gettext_noop("downgraded"),
    "replaced": gettext_noop("replaced"),
    "changed": gettext_noop("changed"),
}
SEVERITIES = {
    "fail": (gettext_noop("Problem"), "danger"),
    "warn": (gettext_noop("Warning"), "warning"),
    "pass": (gettext_noop("In order"), "success"),
}
DEPLOYMENTS = {"cloud": "Cloud", "datacenter": "Data Center", "server": "Server"}

_HARMFUL = gettext_noop("The file is built in a way that could do harm.")
_TOO_MUCH = gettext_noop("The file is too large or unpacks to too much.")
_BROKEN = gettext_noop("The file is damaged or incomplete.")
_NOT_FETCHED = gettext_noop("Jira did not give the file.")
_NO_CONFIGURATION = gettext_noop("The file holds no configuration that we know.")
REASONS = {
    "har": gettext_noop("A HAR file records passwords and sessions, so it is not read."),
    "media": gettext_noop("Pictures and videos are not read."),
    "other-archive": gettext_noop("This kind of archive is not read. Please ask for a zip."),
    "encrypted": gettext_noop("The file is protected by a password. Please ask for one without."),
    "empty": gettext_noop("The file is empty."),
}
REASON_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        _TOO_MUCH,
        ("ratio", "too-large", "too-many", "memory", "time", "limit"),
    ),
    (_BROKEN, ("malformed",)),
    (_NOT_FETCHED, ("download-", "cannot-open")),
)


@blueprint.get("/panel")
def panel() -> str:
    """The page around the panel. `?issueId=` names the issue; nothing about it is said here."""
    return render_template("support/panel.html", issue_id=_issue_id())


@blueprint.get("/api/panel")
def panel_fragment() -> ResponseReturnValue:
    """The configuration of the issue that the token is for, if its viewer may see that issue: HTML, or JSON."""
    issue_id = _issue_id()
    _require_this_issue(issue_id)
    require_browsing(issue_id)
    p = parts()
    with p.database.read() as session:
        found = support.panel(session, g.caller.client_key, issue_id, p.clock().date())
    found["since_last"] = _if_they_may_see(found["since_last"], issue_id)
    if prefers_json() and not as_page():
        return jsonify(found)
    shown = {"kinds": KINDS, "statuses": STATUSES, "deployments": DEPLOYMENTS, "reason_of": reason_of,
             "changes": CHANGES, "texts": TEXTS, "severities": SEVERITIES}  # fmt: skip
    return render_template("support/fragment.html", panel=found, today=p.clock().date(), **shown)


def reason_of(file: Mapping[str, Any]) -> str:
    """Why a file told nothing, as a message to be translated."""
    code = str(file["reason"] or "")
    if file["status"] == "parsed":
        return ""
    if code in REASONS:
        return REASONS[code]
    grouped = next((message for message, marks in REASON_GROUPS if any(mark in code for mark in marks)), None)
    return grouped or (_HARMFUL if file["status"] == "refused" else _NO_CONFIGURATION)


def _issue_id() -> str:
    issue_id = request.args.get("issueId", "")
    return issue_id if issue_id.isascii() and issue_id.isdigit() and len(issue_id) < 20 else abort(404)


def _require_this_issue(issue_id: str) -> None:
    # A token of one issue's panel must not open another's, even one that its holder may see.
    context: Any = g.caller.context
    for key in ("jira", "issue", "id"):
        context = context.get(key) if isinstance(context, Mapping) else None
    if g.caller.product != "jira" or str(context) != issue_id:
        raise Problem(403, "another-issue", "the token was given for another issue")


def require_browsing(issue_id: str) -> None:
    """403 unless Jira lets the caller see this issue; also when it can't be asked."""
    if not _may_browse(issue_id):
        raise Problem(403, "may-not-browse", "Jira does not let this account see the issue")


def reporter_address(issue_id: str) -> str | None:
    """The e-mail address of whoever reported an issue, as Jira has it now; None where it is hidden."""
    return address_in(parts().jira_for(g.tenant).issue(issue_id, ("reporter",)))


def address_in(issue: Mapping[str, Any]) -> str | None:
    """As `reporter_address`, of an issue that was asked for with its reporter. Most people hide it."""
    return text(issue, "fields", "reporter", "emailAddress")


def _may_browse(issue_id: str) -> bool:
    try:
        return parts().jira_for(g.tenant).may_browse(g.caller.account_id, issue_id)
    except UpstreamError as error:
        log.warning("browsing.unknown", outcome=error.outcome)
        return False


def _if_they_may_see(changes: dict[str, Any] | None, issue_id: str) -> dict[str, Any] | None:
    """What changed tells what another case held: only to who may see that case too."""
    if changes is None or (other := changes["before"].pop("issue_id")) == issue_id or _may_browse(other):
        return changes
    return None
