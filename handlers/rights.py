"""The rights desk for staff, as JSON: staff look and take down, privacy officers decide. Forms and JSON are taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from handlers import asking, rights_pages
from handlers.asking import actor
from handlers.bodies import text_fields
from handlers.errors import Problem
from handlers.parts import parts
from models.rights import RightsCase
from services import audit, rights
from services.erasure import completion
from services.erasure.journal import JournalError
from services.rights import NewRequest, cases, clock, deadlines, desk, fulfilment, restriction
from services.rights.fulfilment import Given

blueprint = Blueprint("rights", __name__, url_prefix="/staff/api/rights")

Act = Callable[[Session, RightsCase], object]


@blueprint.get("")
def list_cases() -> ResponseReturnValue:
    """The requests, most urgent first, without anything personal: `{"items", "total"}`; `?all=1`: closed ones too."""
    p = parts()
    with p.database.read() as session:
        found = cases.list_cases(session, today=deadlines.day_of(p.clock()), open_only="all" not in request.args)
    return rights_pages.queue({"items": found, "total": len(found)})


@blueprint.post("")
def open_case() -> ResponseReturnValue:
    """Take a request down: `kind email channel [language received details reference check_identity]`."""
    p = parts()
    body = text_fields()
    now = p.clock()
    new = NewRequest(
        body.get("kind", ""), body.get("email", ""), body.get("channel", "mail"), body.get("language", "fr"),
        _received(body.get("received"), now), body.get("details") or None, (body.get("reference") or "")[:60] or None,
    )  # fmt: skip
    with _refusals(), p.database.write() as session:
        taken = desk.take(
            session, p.vault, new, actor=actor(), now=now, check_identity=bool(body.get("check_identity"))
        )
    return asking.done(taken, 201 if taken["new"] else 200)


@blueprint.get("/<case_id>")
def show_case(case_id: str) -> ResponseReturnValue:
    """One request with address, words and time line. The look is in the journal, or does not happen."""

    def look(session: Session, case: RightsCase) -> dict[str, Any]:
        p = parts()
        audit.record(
            session,
            actor=actor(),
            action="rights.read",
            subject=case.person_ref,
            purpose="rights",
            now=p.clock(),
        )
        return cases.show_case(session, p.vault, case, deadlines.day_of(p.clock()))

    return rights_pages.case(_on(case_id, look))


@blueprint.post("/<case_id>/plan")
def plan(case_id: str) -> ResponseReturnValue:
    """What fulfilling would do: `{"case", "erasure"}`."""
    p = parts()
    return rights_pages.plan(
        _on(
            case_id,
            lambda session, case: fulfilment.plan_case(session, p.vault, case, actor=actor(), now=p.clock()),
        )
    )


@blueprint.post("/<case_id>/fulfil")
def fulfil(case_id: str) -> ResponseReturnValue:
    """Do it and answer: `{"case", "done", "certificate"}`. Fields to set right are `set.name`, `set.email` …"""
    p = parts()
    body = text_fields()
    fields = {name.removeprefix("set."): value for name, value in body.items() if name.startswith("set.") and value}
    given = Given(fields, body.get("action"), body.get("executor"), deceased=bool(body.get("deceased")))
    done = _on(
        case_id,
        lambda session, case: fulfilment.fulfil(session, p.vault, case, actor=actor(), now=p.clock(), given=given),
    )
    # What follows an erasure is done here, so that the answer can say it; a worker would find it otherwise.
    try:
        completion.complete(p.database, p.vault, p.journal, p.clock())
    except JournalError:
        raise Problem(
            500, "journal-unreadable", "it is done, but the journal of erasures could not be written"
        ) from None
    return asking.done(done)


@blueprint.post("/<case_id>/extend")
def extend(case_id: str) -> ResponseReturnValue:
    """Two months more: `reason` complexity or number. Told within the first month, or refused with 409."""
    p = parts()
    reason = text_fields().get("reason", "")

    def act(session: Session, case: RightsCase) -> object:
        clock.extend(session, p.vault, case, reason=reason, actor=actor(), now=p.clock())
        return _told(case)

    return asking.done(_on(case_id, act))


@blueprint.post("/<case_id>/suspend")
def suspend(case_id: str) -> ResponseReturnValue:
    """Ask the person for information about their identity: the clock stops."""
    p = parts()

    def act(session: Session, case: RightsCase) -> object:
        clock.suspend(session, p.vault, case, actor=actor(), now=p.clock())
        return _told(case)

    return asking.done(_on(case_id, act))


@blueprint.post("/<case_id>/resume")
def resume(case_id: str) -> ResponseReturnValue:
    """The information has come: the identity is settled, the clock goes on."""
    p = parts()

    def act(session: Session, case: RightsCase) -> object:
        clock.resume(session, case, actor=actor(), now=p.clock())
        return _told(case)

    return asking.done(_on(case_id, act))


@blueprint.post("/<case_id>/refuse")
def refuse(case_id: str) -> ResponseReturnValue:
    """Say no: `reason` is one of the codes of `fulfilment.REFUSALS`."""
    p = parts()
    reason = text_fields().get("reason", "")

    def act(session: Session, case: RightsCase) -> object:
        fulfilment.refuse(session, p.vault, case, reason=reason, actor=actor(), now=p.clock())
        return _told(case)

    return asking.done(_on(case_id, act))


@blueprint.post("/<case_id>/lift")
def lift(case_id: str) -> ResponseReturnValue:
    """End a restriction: the first call tells the person, the second, a day later or more, lifts it."""
    p = parts()

    def act(session: Session, case: RightsCase) -> object:
        lifted = restriction.lift(session, p.vault, case, actor=actor(), now=p.clock())
        return {"case": _told(case), "lifted": lifted}

    return asking.done(_on(case_id, act))


def _on(case_id: str, act: Act) -> object:
    """One act on one case, in one transaction."""
    with _refusals(), parts().database.write() as session:
        return act(session, cases.find(session, case_id) or abort(404))


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except rights.WrongStateError as error:
        raise Problem(409, "wrong-state", str(error)) from None
    except (rights.BadRequestError, rights.NotPossibleError) as error:
        raise Problem(400, "not-possible", str(error)) from None


def _told(case: RightsCase) -> dict[str, Any]:
    return cases.told(case, deadlines.day_of(parts().clock()))


def _received(given: str | None, now: datetime) -> datetime:
    """A day is taken at noon: its letter came some time on it."""
    if not given:
        return now
    try:
        at = datetime.combine(date.fromisoformat(given), time(12), UTC)
    except ValueError:
        raise Problem(400, "bad-day", "received is a day, as 2026-11-22") from None
    return min(at, now) if at.date() == now.date() else at
