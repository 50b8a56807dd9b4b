"""Doing what was asked: each right with its deed, its answer and its end. One transaction, so all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person
from models.register import HOLDS
from models.rights import Erasure, RequestState, Right, RightsCase, RightsEvent
from models.vault import Vault
from services import consent, erasure
from services.marketplace.addresses import mailbox
from services.rights import changes, deadlines, directives, letters, links
from services.rights.cases import advance, contact_of, details_of, note, person_of, same_mailbox, told
from services.rights.changes import NotPossibleError
from services.rights.states import CLEARED, CLOSED, WrongStateError

# What commercial prospecting comprises, with the profiling that goes with it (GDPR Art. 21(2)).
PROSPECTING = ("prospect", "news", "survey", "tracking", "reference_list")
REFUSALS = ("unfounded", "excessive", "identity", "nothing_held", "law")
REQUEST = "request"


@dataclass(frozen=True)
class Given:
    """What an officer adds: `fields` to set right; for directives the `action` and who is to see to it (`executor`);
    `deceased`: evidence of the death was seen, and what they had wanted is to be done."""

    fields: Mapping[str, str] = field(default_factory=dict)
    action: str | None = None
    executor: str | None = None
    deceased: bool = False


@dataclass(frozen=True)
class Done:
    """What was done: values for the answer and the file, and whether something had to stay."""

    values: Mapping[str, Any] = field(default_factory=dict)
    partly: bool = False
    certificate: erasure.Certificate | None = None


def plan_case(session: Session, vault: Vault, case: RightsCase, *, actor: str, now: datetime) -> dict[str, Any]:
    """What fulfilling would do: `{"case", "erasure": a plan or None}`. Puts the case into `planned`."""
    _cleared(case)
    people = _settle_who(session, vault, case)
    made = erasure.plan_many(session, vault, people, now) if case.kind == Right.ERASURE else None
    detail = {"plan": made.digest} if made else {}
    advance(session, case, RequestState.PLANNED, actor=actor, now=now, detail=detail)
    return {"case": told(case, deadlines.day_of(now)), "erasure": made.told() if made else None}


def fulfil(
    session: Session, vault: Vault, case: RightsCase, *, actor: str, now: datetime, given: Given | None = None
) -> dict[str, Any]:
    """Do it, answer, close: `{"case", "done", "certificate"}`. Of a closed case the same answer, and nothing is done.

    `WrongStateError` while the identity is open, `NotPossibleError` where what was given can't be done.
    """
    if case.state in CLOSED:
        return {"case": told(case, deadlines.day_of(now)), "done": {}, "certificate": _certificate_of(session, case)}
    _cleared(case)
    advance(session, case, RequestState.IN_PROGRESS, actor=actor, now=now)
    people = _settle_who(session, vault, case)
    person = person_of(session, case)
    deed = DEEDS[Right(case.kind)]
    done = deed(_Deed(session, vault, case, person, people, given or Given(), actor, now))
    letters.answer(session, vault, case, {"known": person is not None, **done.values}, now=now)
    note(session, case, "complaint_information_given", actor=actor, now=now)
    detail = {name: value for name, value in done.values.items() if name not in ("path", "kept")}
    if done.certificate:
        detail["certificate"] = done.certificate.id
    end = RequestState.PARTLY_FULFILLED if done.partly else RequestState.FULFILLED
    advance(session, case, end, actor=actor, now=now, detail=detail)
    proof = done.certificate.told() if done.certificate else None
    return {"case": told(case, deadlines.day_of(now)), "done": detail, "certificate": proof}


def refuse(session: Session, vault: Vault, case: RightsCase, *, reason: str, actor: str, now: datetime) -> None:
    """Say no, with the reason and the remedies (GDPR Art. 12(4))."""
    if reason not in REFUSALS:
        raise NotPossibleError(f"a reason is one of {', '.join(REFUSALS)}")
    letters.refused(session, vault, case, reason=reason, now=now)
    case.reason = reason
    advance(session, case, RequestState.REFUSED, actor=actor, now=now, detail={"reason": reason})


@dataclass(frozen=True)
class _Deed:
    session: Session
    vault: Vault
    case: RightsCase
    person: Person | None
    people: Sequence[str]
    given: Given
    actor: str
    now: datetime


def _access(deed: _Deed) -> Done:
    token = links.issue(deed.session, deed.vault, deed.case, kind="export", now=deed.now)
    return Done({"path": f"/privacy/export/{token}"})


def _rectify(deed: _Deed) -> Done:
    if deed.person is None:
        return Done()
    fields = changes.rectify(deed.session, deed.vault, deed.person, deed.given.fields, deed.now)
    # Art. 19: nobody is given identification data, so nobody has to be told of the correction.
    note(deed.session, deed.case, "recipient_notified", actor=deed.actor, now=deed.now, detail={"recipients": []})
    return Done({"fields": fields})


def _erase(deed: _Deed) -> Done:
    if deed.person is None:
        return Done()
    plan = erasure.plan_many(deed.session, deed.vault, deed.people, deed.now)
    proof = erasure.carry_out(deed.session, deed.vault, plan, reason=REQUEST, now=deed.now)
    note(deed.session, deed.case, "recipient_notified", actor=deed.actor, now=deed.now, detail={"recipients": []})
    kept = _kept(plan.holds, deed.case.language)
    return Done({"kept": kept, "held": sorted({line.law for line in plan.holds if line.law})}, bool(kept), proof)


def _kept(holds: Sequence[erasure.Line], language: str) -> list[dict[str, str | None]]:
    """A line for each law, in the words of the person: what stays, why, until when."""
    until = {line.law: line.until for line in holds if line.law}
    return [
        {
            "law": HOLDS[law].law.in_("fr" if language == "fr" else "en"),
            "why": HOLDS[law].why.in_("fr" if language == "fr" else "en"),
            "until": letters.written(day, language) if day else None,
        }
        for law, day in sorted(until.items())
    ]


def _restrict(deed: _Deed) -> Done:
    if deed.person is not None:
        changes.restrict(deed.session, deed.person, deed.now)
    return Done()


def _object(deed: _Deed) -> Done:
    contact = contact_of(deed.case, deed.vault)
    for purpose in PROSPECTING:
        if deed.person is not None:
            consent.object_to(deed.session, deed.person, purpose=purpose, source="rights", now=deed.now)
        elif contact is not None:
            digest = deed.vault.blind_index("mailbox", mailbox(contact))
            consent.suppress(deed.session, digest, purpose, "objected", deed.now)
    return Done()


def _withdraw(deed: _Deed) -> Done:
    if deed.person is not None:
        consent.withdraw(deed.session, deed.person, source="rights", now=deed.now)
    return Done()


def _direct(deed: _Deed) -> Done:
    if deed.person is None:
        return Done()
    if not deed.given.deceased:
        wanted = _wanted(deed)
        if wanted.action == "revoke":
            directives.revoke(deed.session, deed.person, deed.now)
        else:
            directives.register(
                deed.session, deed.vault, deed.person, deed.case,
                action=wanted.action or "", executor=wanted.executor, now=deed.now,
            )  # fmt: skip
        return Done({"action": wanted.action})
    action = directives.after_death(deed.session, deed.person, deed.now)
    if action == "erase":
        done = _erase(deed)
        return Done({**done.values, "action": action, "deceased": True}, done.partly, done.certificate)
    if action == "communicate":
        return Done({**_access(deed).values, "action": action, "deceased": True})
    return Done({"action": action, "deceased": True})


def _wanted(deed: _Deed) -> Given:
    """The directive as an officer read it, else as the form gave it."""
    if deed.given.action:
        wanted = deed.given
    else:
        try:
            read = json.loads(details_of(deed.case, deed.vault) or "{}")
        except ValueError:
            read = {}
        wanted = Given(action=read.get("action"), executor=read.get("executor")) if isinstance(read, dict) else Given()
    if wanted.action not in (*directives.ACTIONS, "revoke"):
        raise NotPossibleError(f"a directive is one of {', '.join(directives.ACTIONS)}, revoke")
    return wanted


DEEDS: Mapping[Right, Callable[[_Deed], Done]] = {
    Right.ACCESS: _access,
    Right.PORTABILITY: _access,
    Right.RECTIFICATION: _rectify,
    Right.ERASURE: _erase,
    Right.RESTRICTION: _restrict,
    Right.OBJECTION: _object,
    Right.WITHDRAWAL: _withdraw,
    Right.DIRECTIVES: _direct,
}


def _cleared(case: RightsCase) -> None:
    if case.state not in CLEARED:
        raise WrongStateError(
            f"a request that is {case.state} is not for acting yet: the identity is open, or it ended"
        )


def certificate(session: Session, erasure_id: str) -> dict[str, Any] | None:
    """The certificate of an erasure as it stands now: once the files were searched it says so."""
    row = session.get(Erasure, erasure_id)
    return erasure.Certificate(row.id, row.certificate, row.signature).told() if row else None


def _certificate_of(session: Session, case: RightsCase) -> dict[str, Any] | None:
    """As it is on file that the case ended with it."""
    last = select(RightsEvent).where(RightsEvent.case_id == case.id).order_by(RightsEvent.id.desc()).limit(1)
    event = session.scalars(last).one_or_none()
    named = event.detail.get("certificate") if event else None
    return certificate(session, named) if named else None


def _settle_who(session: Session, vault: Vault, case: RightsCase) -> list[str]:
    """Whose records the request is about; the case is of the first of them."""
    people = same_mailbox(session, vault, case) or [case.person_ref]
    case.person_ref = people[0]
    return people
