"""The clock of a request: prolonged with reasons, stopped while information is awaited, started again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.rights import RequestState, RightsCase
from models.vault import Vault
from services.rights import deadlines, letters
from services.rights.cases import advance, note
from services.rights.states import WrongStateError

# Why two months more may be taken (GDPR Art. 12(3)).
EXTENSION_REASONS = ("complexity", "number")


def extend(session: Session, vault: Vault, case: RightsCase, *, reason: str, actor: str, now: datetime) -> None:
    """Take two more months, and tell the person why; `WrongStateError` once the first month is over."""
    if reason not in EXTENSION_REASONS:
        raise WrongStateError(f"a reason is one of {', '.join(EXTENSION_REASONS)}")
    if case.closed_at is not None or case.extended_at is not None:
        raise WrongStateError("a closed request, or one that was prolonged, can't be prolonged")
    received, today = deadlines.day_of(case.received_at), deadlines.day_of(now)
    if not deadlines.may_extend(received, today, suspended_days=case.suspended_days):
        raise WrongStateError("the first month is over: it is too late to prolong")
    case.extended_at = now
    _reckon(case)
    letters.extended(session, vault, case, reason=reason, now=now)
    note(session, case, "extended", actor=actor, now=now, detail={"reason": reason, "due_on": case.due_on.isoformat()})


def suspend(session: Session, vault: Vault, case: RightsCase, *, actor: str, now: datetime) -> None:
    """Ask for information about the identity, on reasonable doubt only (GDPR Art. 12(6)); the clock stops."""
    advance(session, case, RequestState.AWAITING_INFORMATION, actor=actor, now=now)
    case.suspended_at = now
    letters.information_asked(session, vault, case, now=now)


def resume(session: Session, case: RightsCase, *, actor: str, now: datetime) -> None:
    """The information is here: the clock goes on, and the days of waiting do not count."""
    if case.suspended_at is None:
        raise WrongStateError("the clock of this request is running")
    case.suspended_days += (deadlines.day_of(now) - deadlines.day_of(case.suspended_at)).days
    case.suspended_at = None
    _reckon(case)
    advance(session, case, RequestState.ACCEPTED, actor=actor, now=now, detail={"identity": "information"})


def _reckon(case: RightsCase) -> None:
    received = deadlines.day_of(case.received_at)
    extended = case.extended_at is not None
    case.due_on = deadlines.due_on(received, extended=extended, suspended_days=case.suspended_days)
