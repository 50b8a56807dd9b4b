"""The routes of Forge Remote: the same services behind another door (connect.md 5.2, 5.3).

An event is answered within its five seconds: it is stored, and worked on later. To a page each answer is JSON, whatever
it carries: Forge's proxy lets nothing else through (docs/forge.md).
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, g, jsonify
from flask.typing import ResponseReturnValue

from handlers import desk, exchange, fleet, notes, organisations, rights, staff, support
from handlers.bodies import json_object
from handlers.errors import Problem
from handlers.forge_door import ForgeDoor
from handlers.forge_modules import PRODUCT_EVENTS, RIGHTS_ACTS
from handlers.forge_page import as_page
from handlers.parts import parts
from services import forge, hints, inbox

blueprint = Blueprint("forge", __name__, url_prefix="/forge")
blueprint.add_url_rule("/prospects", "list_prospects", staff.list_prospects)
blueprint.add_url_rule("/prospects/<prospect_id>", "show_prospect", staff.show_prospect)
blueprint.add_url_rule("/prospects/<prospect_id>/choices-link", "choices_link", staff.choices_link, methods=["POST"])
blueprint.add_url_rule("/prospects/<prospect_id>/notes", "write_note", notes.write_note, methods=["POST"])
blueprint.add_url_rule("/prospects/<prospect_id>/notes/<note_id>/drop", "drop_note", notes.drop_note, methods=["POST"])
blueprint.add_url_rule("/prospects.csv", "export", staff.export)
blueprint.add_url_rule("/views", "keep_view", staff.keep_view, methods=["POST"])
blueprint.add_url_rule("/views/<view_id>/drop", "drop_view", staff.drop_view, methods=["POST"])
for view in (desk.inbox, desk.audit, desk.policy, desk.dashboards, desk.checkup):
    blueprint.add_url_rule(f"/{view.__name__}", view.__name__, view)
for path, act in (("/inbox/retry", desk.retry), ("/audit/verify", desk.verify), ("/policy/publish", desk.publish)):
    blueprint.add_url_rule(path, act.__name__, act, methods=["POST"])
blueprint.add_url_rule("/fleet/ending", "whom_to_tell", fleet.whom_to_tell)
blueprint.add_url_rule("/rights", "list_cases", rights.list_cases)
blueprint.add_url_rule("/rights", "open_case", rights.open_case, methods=["POST"])
blueprint.add_url_rule("/rights/<case_id>", "show_case", rights.show_case)
for name in RIGHTS_ACTS:
    blueprint.add_url_rule(f"/rights/<case_id>/{name}", f"{name}_case", getattr(rights, name), methods=["POST"])
blueprint.add_url_rule("/organisations/<organisation_id>", "show_organisation", organisations.show)
for step in (organisations.split, organisations.join, organisations.take_back):
    path = f"/organisations/<organisation_id>/{step.__name__.replace('_', '-')}"
    blueprint.add_url_rule(path, f"{step.__name__}_organisation", step, methods=["POST"])
blueprint.add_url_rule("/exchange", "list_packages", exchange.list_packages)
blueprint.add_url_rule("/exchange", "build_package", exchange.build, methods=["POST"])
blueprint.add_url_rule("/exchange/<package_id>", "show_package", exchange.show_package)
blueprint.add_url_rule("/exchange/<package_id>/file", "save_package", exchange.save)
blueprint.add_url_rule("/exchange/<package_id>/key", "record_key", exchange.record_key, methods=["POST"])
for turn in (exchange.approve, exchange.withdraw, exchange.hand_over):
    path = f"/exchange/<package_id>/{turn.__name__.replace('_', '-')}"
    blueprint.add_url_rule(path, f"{turn.__name__}_package", turn, methods=["POST"])
blueprint.add_url_rule("/panel", "panel", support.panel_fragment)


@blueprint.after_request
def wrap(answer: Response) -> Response:
    """To a page, a fragment or a file goes as `{"type", "text"}`; a file of JSON too, to arrive byte by byte."""
    if answer.status_code < 300 and as_page():
        wrapped = {"type": answer.content_type, "text": answer.get_data().decode()}
        answer.set_data(json.dumps(wrapped, ensure_ascii=False))
        answer.content_type = "application/json"
    return answer


@blueprint.post("/events")
def events() -> ResponseReturnValue:
    """A product event: a hint that an issue has changed."""
    body = json_object()
    event = PRODUCT_EVENTS.get(str(body.get("eventType")))
    if event is None or g.call.invocation.site.product != "jira":
        raise Problem(400, "unknown-event")
    p = parts()
    with p.database.write() as session:
        tenant = _door().admit(session, g.call)
        delivery = hints.delivery_of(tenant.id, event, body)
        if delivery is not None:
            inbox.store(session, p.vault, delivery, p.clock())
    return _done()


@blueprint.post("/installed")
def installed() -> ResponseReturnValue:
    """A site has installed the app. The event's body names nothing that its token does not."""
    return _admit(arriving=True)


@blueprint.post("/upgraded")
def upgraded() -> ResponseReturnValue:
    """A site has a new major version, for instance the first one of Forge after Connect."""
    return _admit(arriving=True)


@blueprint.post("/hourly")
def hourly() -> ResponseReturnValue:
    """Nothing has happened; a new system token is here."""
    return _admit(arriving=False)


@blueprint.post("/uninstalled")
def uninstalled() -> ResponseReturnValue:
    """A site is about to remove the app."""
    p = parts()
    with p.database.write() as session:
        _door().admit(session, g.call)
        forge.leave(session, g.call.invocation)
    return _done()


def _admit(*, arriving: bool) -> ResponseReturnValue:
    p = parts()
    with p.database.write() as session:
        _door().admit(session, g.call, arriving=arriving)
    return _done()


def _done() -> ResponseReturnValue:
    # The licence of the token may have become an observation, whatever the call was for.
    parts().jobs.wake_inbox()
    return jsonify({})


def _door() -> ForgeDoor:
    return parts().forge or abort(404)
