"""What staff look after: what was put aside, the journal, the policy, and whether everything is connected."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from handlers import asking, charts, policy_desk
from handlers import checkup as connections
from handlers.bodies import text_fields
from handlers.errors import Problem
from handlers.parts import parts
from services import anchors, journal, putaside
from services import audit as journal_chain
from services import dashboards as figures
from services.erasure.journal import JournalError
from services.support import fleet

blueprint = Blueprint("desk", __name__, url_prefix="/staff/api")

# What is read on these pages is the running of the app: no person is named on them.
PURPOSE = "operations"


@blueprint.get("/inbox")
def inbox() -> ResponseReturnValue:
    """What was put aside and why, and what waits."""
    p = parts()
    with p.database.read() as session:
        found = putaside.overview(session)
    if not asking.wants_html():
        return jsonify(found)
    return render_template("staff/fragments/inbox.html", found=found, now=p.clock())


@blueprint.post("/inbox/retry")
def retry() -> ResponseReturnValue:
    """Try again what was put aside: one item (`queue` and `id` of the form), or everything."""
    p = parts()
    fields = text_fields()
    queue, given = fields.get("queue"), fields.get("id", "")
    if queue is not None and (
        queue not in putaside.QUEUES or not (given.isascii() and given.isdigit()) or len(given) > 9
    ):
        raise Problem(400, "unknown-item", "queue is inbox or outbox, id a number")
    with p.database.write() as session:
        count = putaside.retry(session, p.clock(), queue=queue, number=int(given) if queue else None)
        detail = {"queue": queue or "all", "count": count}
        journal_chain.record(
            session,
            actor=asking.actor(),
            action="queue.retry",
            subject=None,
            purpose=PURPOSE,
            now=p.clock(),
            detail=detail,
        )
    p.jobs.wake_inbox()
    p.jobs.wake_outbox()
    return inbox() if asking.wants_html() else jsonify({"retried": count})


@blueprint.get("/audit")
def audit() -> ResponseReturnValue:
    """The journal, newest first. Query: `actor action subject before limit`."""
    p = parts()
    query = {name: asking.value(name) for name in ("actor", "action", "subject")}
    before = asking.number("before", 0, 2**31 - 1) if request.args.get("before") else None
    with p.database.read() as session:
        found = journal.entries(session, **query, before=before, limit=asking.limit())
        known = journal.actions(session)
    if not asking.wants_html():
        return jsonify(found)
    shown = {"found": found, "query": query, "actions": known, "before": before, "me": asking.actor()}
    return render_template("staff/fragments/audit.html", now=p.clock(), **shown)


@blueprint.post("/audit/verify")
def verify() -> ResponseReturnValue:
    """Is the journal as it was written, and as long as the anchors outside of the database say? Reads every entry."""
    p = parts()
    try:
        anchored = anchors.valid(p.anchors)
    except JournalError:
        raise Problem(500, "anchors-unreadable", "the file of anchors is not as it was written") from None
    with p.database.read() as session:
        broken = journal_chain.verify(session, anchored)
    if not asking.wants_html():
        return jsonify({"whole": broken is None, "broken_at": broken})
    return render_template("staff/fragments/audit_verified.html", broken=broken)


@blueprint.get("/policy")
def policy() -> ResponseReturnValue:
    """The policy: the version in force, what publishing would change, its pages, edits by others, what is wrong."""
    p = parts()
    found = policy_desk.status(p)
    if not asking.wants_html():
        return jsonify(found)
    return render_template("staff/fragments/policy.html", found=found, now=p.clock())


@blueprint.post("/policy/publish")
def publish() -> ResponseReturnValue:
    """Have the worker publish the policy: it may take minutes, and outlives this page."""
    p = parts()
    if not policy_desk.order(p, asking.actor()):
        abort(409)
    p.jobs.wake_outbox()
    return policy() if asking.wants_html() else (jsonify({"queued": True}), 202)


@blueprint.get("/dashboards")
def dashboards() -> ResponseReturnValue:
    """Charts, each with its table. Query: `app`."""
    p = parts()
    app, today = asking.value("app"), p.clock().date()
    with p.database.read() as session:
        found = figures.figures(session, today, app=app)
        found["fleet"] = fleet.fleet(session, today)
        found["ending"] = fleet.ending(found["fleet"])
    if not asking.wants_html():
        return jsonify(found)
    return render_template("staff/fragments/dashboards.html", found=found, app=app, **charts.rows_of(found))


@blueprint.get("/checkup")
def checkup() -> ResponseReturnValue:
    """Is everything connected? Each point with its state and what to do."""
    p = parts()
    points = connections.points(p)
    if not asking.wants_html():
        return jsonify({"points": points})
    return render_template("staff/fragments/checkup.html", points=points, now=p.clock())
