"""One organisation over all apps, for staff: its people, its licences, and the decisions of who belongs to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, render_template
from flask.typing import ResponseReturnValue

from handlers import asking
from handlers.bodies import form, is_storable
from handlers.errors import Problem
from handlers.parts import parts
from models.marketplace import LinkDecision
from services import accounts, audit
from services.marketplace import decisions
from services.marketplace.decisions import NoDecisionError, UnknownLicenceError

blueprint = Blueprint("organisations", __name__, url_prefix="/staff/api/organisations")

LONGEST_REASON = 500
LONGEST_ID = 300


@blueprint.get("/<organisation_id>")
def show(organisation_id: str) -> ResponseReturnValue:
    """The account, as `accounts.show_account`, with its `decisions`. Each of its people was read, for the purpose."""
    p = parts()
    purpose, now = asking.purpose(), p.clock()
    with p.database.write() as session:
        found = accounts.show_account(session, p.vault, organisation_id) or abort(404)
        seen = [{"id": person["prospect"]} for person in found["people"]]
        audit.record_list(session, seen, actor=asking.actor(), purpose=purpose, now=now)
        found["decisions"] = decisions.about(session, organisation_id)
    if not asking.wants_html():
        return jsonify(found)
    return render_template("staff/fragments/organisation.html", account=found, purpose=purpose, today=now.date())


@blueprint.post("/<organisation_id>/split")
def split(organisation_id: str) -> ResponseReturnValue:
    """Licences of this organisation are another one. Form: `licence` (repeated), `reason`; gives `{"id"}`."""
    chosen, reason = [_told(given, LONGEST_ID, "licence") for given in form().getlist("licence")], _reason()
    p = parts()
    with p.database.write() as session:
        if not chosen or not set(chosen) <= accounts.licences_of(session, organisation_id):
            raise Problem(400, "foreign-licence", "licence is one or more of this organisation's own")
        made = _decided(decisions.split, session, chosen, reason)
    return _answer(made)


@blueprint.post("/<organisation_id>/join")
def join(organisation_id: str) -> ResponseReturnValue:
    """The organisation of another licence is this one. Form: `licence` of the other, `reason`; gives `{"id"}`."""
    other, reason = _told(form().get("licence", ""), LONGEST_ID, "licence"), _reason()
    p = parts()
    with p.database.write() as session:
        mine = accounts.licences_of(session, organisation_id) or abort(404)
        if other in mine:
            raise Problem(400, "own-licence", "this licence is of this organisation already")
        made = _decided(decisions.join, session, [min(mine), other], reason)
    return _answer(made)


@blueprint.post("/<organisation_id>/take-back")
def take_back(organisation_id: str) -> ResponseReturnValue:
    """A decision (`decision`) about this organisation counts no longer; gives `{"id"}`."""
    given = form().get("decision", "")
    p = parts()
    with p.database.write() as session:
        if given not in {str(one["id"]) for one in decisions.about(session, organisation_id)}:
            raise Problem(404, "no-decision", "there is no such decision about this organisation")
        try:
            decisions.take_back(session, p.vault, int(given), actor=asking.actor(), now=p.clock())
        except NoDecisionError:
            raise Problem(409, "taken-back", "this decision was taken back before") from None
    return _answer(int(given))


def _decided(act: Any, session: Any, licences: list[str], reason: str) -> int:
    p = parts()
    try:
        made: LinkDecision = act(session, p.vault, licences, actor=asking.actor(), reason=reason, now=p.clock())
    except UnknownLicenceError:
        raise Problem(400, "unknown-licence", "no licence is known by this id") from None
    except ValueError:
        raise Problem(400, "bad-licences", f"a decision is about 1 to {decisions.MAX_LICENCES} licences") from None
    return made.id


def _answer(number: int) -> ResponseReturnValue:
    parts().jobs.wake_outbox()
    return render_template("staff/fragments/decided.html") if asking.wants_html() else jsonify({"id": number})


def _reason() -> str:
    return _told(form().get("reason", ""), LONGEST_REASON, "reason")


def _told(given: str, most: int, name: str) -> str:
    text = " ".join(given.split())
    if not 0 < len(text) <= most or not is_storable(text):
        raise Problem(400, f"bad-{name}", f"{name} has 1 to {most} characters")
    return text
