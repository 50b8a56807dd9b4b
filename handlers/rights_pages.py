"""The rights desk as fragments of HTML, for whoever's browser asks for them; programs get JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from handlers import asking
from handlers.parts import parts
from handlers.staff_groups import Role
from models.rights import Right
from services.rights import deadlines
from services.rights.cases import CHANNELS
from services.rights.fulfilment import REFUSALS


def queue(found: Mapping[str, Any]) -> ResponseReturnValue:
    """The requests, as `cases.list_cases` gives them."""
    known = {"kinds": list(Right), "channels": CHANNELS, "everything": "all" in request.args}
    return _answer(found, "rights.html", found=found, **known)


def case(found: Any) -> ResponseReturnValue:
    """One request, with what an officer may do about it."""
    officer = Role.OFFICER in g.caller.roles
    return _answer(found, "rights_case.html", case=found, officer=officer, refusals=REFUSALS)


def plan(found: Any) -> ResponseReturnValue:
    """What fulfilling would do."""
    return _answer(found, "rights_plan.html", plan=found["erasure"])


def _answer(told: Any, template: str, **shown: Any) -> ResponseReturnValue:
    if not asking.wants_html():
        return jsonify(told)
    now = parts().clock()
    return render_template(f"staff/fragments/{template}", now=now, today=deadlines.day_of(now), **shown)
