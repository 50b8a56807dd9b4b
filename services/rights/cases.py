"""Requests: opened from any channel, found, moved from state to state, each step on file."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.database import one_at_a_time
from models.people import Person
from models.rights import RequestState, Right, RightsCase, RightsEvent
from models.vault import Place, SealError, Vault
from services import audit
from services.marketplace.addresses import mailbox, normal_form
from services.marketplace.people import living, person_id
from services.rights import deadlines
from services.rights.states import CLOSED, check

CHANNELS = ("web", "mail", "phone", "post", "fax", "jira")
# For these nobody proves who they are: they take nothing from anybody (privacy.md 3.2, rung 0).
WITHOUT_IDENTITY = frozenset({Right.OBJECTION, Right.WITHDRAWAL})
MAX_DETAILS = 4000
MOST_LISTED = 500


class BadRequestError(ValueError):
    """What was given is not a request. The message repeats nothing of it."""


@dataclass(frozen=True)
class NewRequest:
    """A request as it reaches us. `received_at`: when it did, on whatever channel; the clock starts there."""

    kind: str
    email: str
    channel: str
    language: str
    received_at: datetime
    details: str | None = None
    # The key of the Jira issue, the number of the letter.
    reference: str | None = None


def open_case(session: Session, vault: Vault, new: NewRequest, *, actor: str, now: datetime) -> tuple[RightsCase, bool]:
    """The case of a request, and whether it is new: the same right asked for again while it is open is the same case.

    Nothing here depends on whether we know the address. `BadRequestError` for what is no request.
    """
    kind, email = checked(new, now)
    one_at_a_time(session, "rights")
    open_key = f"{kind}:{vault.blind_index('mailbox', mailbox(email))}"
    known = session.scalars(select(RightsCase).where(RightsCase.open_key == open_key)).one_or_none()
    if known is not None:
        note(session, known, "asked_again", actor=actor, now=now, detail={"channel": new.channel})
        return known, False
    case = RightsCase(
        id=f"R-{secrets.token_hex(5)}",
        kind=kind,
        channel=new.channel,
        language=new.language,
        state=RequestState.RECEIVED,
        open_key=open_key,
        person_ref=person_id(vault, email),
        received_at=new.received_at,
        due_on=deadlines.due_on(deadlines.day_of(new.received_at)),
        suspended_days=0,
        reference=new.reference,
    )
    case.contact = vault.seal(email, _place(case, "contact"))
    case.details = vault.seal(new.details, _place(case, "details")) if new.details else None
    session.add(case)
    session.flush()
    note(session, case, "received", actor=actor, now=now, detail={"channel": new.channel, "right": kind})
    return case, True


def find(session: Session, case_id: str) -> RightsCase | None:
    """One case, locked until the transaction ends: two who act on it take turns."""
    return session.scalars(select(RightsCase).where(RightsCase.id == case_id).with_for_update()).one_or_none()


def advance(
    session: Session,
    case: RightsCase,
    state: RequestState,
    *,
    actor: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Move a case on; `WrongStateError` where that can't be. A closed one keeps no address and no words."""
    check(case.state, state)
    case.state = state
    if state in CLOSED:
        case.closed_at, case.open_key, case.contact, case.details = now, None, None, None
    note(session, case, state.value, actor=actor, now=now, detail=detail)


def note(
    session: Session,
    case: RightsCase,
    event: str,
    *,
    actor: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Put a step on file, and into the journal that can't be changed afterwards."""
    told = dict(detail or {})
    session.add(RightsEvent(case_id=case.id, at=now, actor=actor, event=event, detail=told))
    audit.record(
        session, actor=actor, action=f"rights.{event}"[:60], subject=case.person_ref, purpose="rights", now=now,
        detail={"case": case.id} | told,
    )  # fmt: skip


def contact_of(case: RightsCase, vault: Vault) -> str | None:
    """The address to answer to; None once the case is closed."""
    return _opened(case, vault, "contact")


def details_of(case: RightsCase, vault: Vault) -> str | None:
    """The words of the request; None once the case is closed."""
    return _opened(case, vault, "details")


def person_of(session: Session, case: RightsCase) -> Person | None:
    """The record of whoever asked; None where there is none, or it is erased."""
    return living(session, case.person_ref)


def same_mailbox(session: Session, vault: Vault, case: RightsCase) -> list[str]:
    """The ids of every living record whose address ends in the mailbox that asked, the best known first.

    Feeds know some people by several spellings of one mailbox, or by an address that was set right since.
    """
    contact = contact_of(case, vault)
    if contact is None:
        return []
    known_by = or_(
        Person.id == case.person_ref,
        Person.email_index == vault.blind_index("email", contact),
        Person.mailbox_index == vault.blind_index("mailbox", mailbox(contact)),
    )
    found = session.scalars(select(Person.id).where(known_by, Person.erased_at.is_(None)).order_by(Person.id)).all()
    return sorted(found, key=lambda identity: identity != case.person_ref)


def list_cases(session: Session, *, today: date, open_only: bool = True) -> list[dict[str, Any]]:
    """The cases, the most urgent first, without anything personal in them."""
    statement = select(RightsCase).order_by(RightsCase.due_on, RightsCase.id).limit(MOST_LISTED)
    if open_only:
        statement = statement.where(RightsCase.closed_at.is_(None))
    return [told(case, today) for case in session.scalars(statement)]


def show_case(session: Session, vault: Vault, case: RightsCase, today: date) -> dict[str, Any]:
    """One case whole: with address, words and time line. Whoever shows it enters that in the journal."""
    events = session.scalars(select(RightsEvent).where(RightsEvent.case_id == case.id).order_by(RightsEvent.id)).all()
    return told(case, today) | {
        "email": contact_of(case, vault),
        "details": details_of(case, vault),
        "known": person_of(session, case) is not None,
        "timeline": [
            {"at": event.at.isoformat(), "event": event.event, "actor": event.actor, "detail": event.detail}
            for event in events
        ],
    }


def told(case: RightsCase, today: date) -> dict[str, Any]:
    """`{id, kind, channel, language, state, received_on, due_on, days_left, urgency, extended, suspended, person,
    reference, reason, closed_on}`."""
    is_open = case.closed_at is None
    return {
        "id": case.id,
        "kind": case.kind,
        "channel": case.channel,
        "language": case.language,
        "state": case.state,
        "received_on": deadlines.day_of(case.received_at).isoformat(),
        "due_on": case.due_on.isoformat(),
        "days_left": (case.due_on - today).days if is_open else None,
        "urgency": deadlines.urgency(case.due_on, today) if is_open and case.suspended_at is None else None,
        "extended": case.extended_at is not None,
        "suspended": case.suspended_at is not None,
        "person": case.person_ref,
        "reference": case.reference,
        "reason": case.reason,
        "closed_on": deadlines.day_of(case.closed_at).isoformat() if case.closed_at else None,
    }


def checked(new: NewRequest, now: datetime) -> tuple[Right, str]:
    email = normal_form(new.email)
    if email is None:
        raise BadRequestError("that is not an e-mail address")
    for value, allowed, what in (
        (new.kind, tuple(Right), "right"), (new.channel, CHANNELS, "channel"), (new.language, ("fr", "en"), "language"),
    ):  # fmt: skip
        if value not in allowed:
            raise BadRequestError(f"the {what} is one of {', '.join(allowed)}")
    if len(new.details or "") > MAX_DETAILS:
        raise BadRequestError(f"the request has more than {MAX_DETAILS} characters")
    if new.received_at > now:
        raise BadRequestError("a request can't have been received after now")
    return Right(new.kind), email


def _opened(case: RightsCase, vault: Vault, column: str) -> str | None:
    sealed = getattr(case, column)
    try:
        return vault.unseal(sealed, _place(case, column)) if sealed is not None else None
    except SealError:
        return None


def _place(case: RightsCase, column: str) -> Place:
    return Place("rights_cases", column, case.id)


def by_person(session: Session, person_ref: str) -> Sequence[RightsCase]:
    """Every case of a person, oldest first."""
    statement = select(RightsCase).where(RightsCase.person_ref == person_ref).order_by(RightsCase.received_at)
    return session.scalars(statement).all()
