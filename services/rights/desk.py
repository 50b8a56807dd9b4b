"""How requests come in: from the public form with a mailed link, or from staff who took a call, a letter, an issue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from models.queues import ItemState, OutboxItem
from models.rights import RequestState, Right, RightsCase, RightsLink
from models.vault import Vault
from services.marketplace.addresses import normal_form
from services.rights import budget, deadlines, letters, links
from services.rights.cases import WITHOUT_IDENTITY, NewRequest, advance, find, open_case, told
from services.rights.fulfilment import fulfil
from services.rights.states import CLOSED

PERSON = "person"
# Done as soon as the person has confirmed; the others are for an officer to look at.
AT_ONCE = frozenset({Right.ACCESS, Right.PORTABILITY, Right.RESTRICTION, Right.OBJECTION, Right.WITHDRAWAL})


def ask(session: Session, vault: Vault, new: NewRequest, *, now: datetime) -> None:
    """A request from the public form. The same is done whether we know the address or not: a case is opened, and a
    link is mailed; so neither the answer nor its time tells."""
    case, _ = open_case(session, vault, new, actor=PERSON, now=now)
    if case.state == RequestState.RECEIVED:
        advance(session, case, RequestState.IDENTITY_CHECK, actor=PERSON, now=now)
    may_mail = budget.may_mail(session, vault, email=normal_form(new.email) or "", now=now)
    if case.state == RequestState.IDENTITY_CHECK and may_mail:
        token = links.issue(session, vault, case, kind="confirm", now=now)
        letters.confirmation(session, vault, case, token=token, now=now)


def confirmed(session: Session, vault: Vault, token: str, *, now: datetime) -> RightsCase | None:
    """The case behind a confirmation link, changing nothing; None for any bad link, and for one that was not used
    before its case was closed."""
    link = links.resolve(session, vault, token, kind="confirm", now=now)
    case = session.get(RightsCase, link.case_id) if link else None
    if link is None or case is None or (case.state in CLOSED and link.used_at is None):
        return None
    return case


def confirm(session: Session, vault: Vault, token: str, *, now: datetime) -> RightsCase | None:
    """Whoever reads the mailbox says that the request is theirs; twice is once. None for any bad link."""
    known = confirmed(session, vault, token, now=now)
    case = find(session, known.id) if known else None
    if case is None:
        return None
    link = links.resolve(session, vault, token, kind="confirm", now=now)
    if link is not None and link.used_at is None:
        link.used_at = now
    if case.state == RequestState.IDENTITY_CHECK:
        advance(session, case, RequestState.ACCEPTED, actor=PERSON, now=now, detail={"identity": "mailed_link"})
        if case.kind in AT_ONCE:
            fulfil(session, vault, case, actor="system", now=now)
        else:
            letters.received(session, vault, case, now=now)
    return case


def take(
    session: Session, vault: Vault, new: NewRequest, *, actor: str, now: datetime, check_identity: bool = False
) -> dict[str, Any]:
    """A request that staff took down; `{"case", "new"}`. `check_identity`: a link is mailed to the address, where there
    are doubts; else whoever takes it answers for the identity, and that is on file."""
    case, is_new = open_case(session, vault, new, actor=actor, now=now)
    if is_new:
        if check_identity and case.kind not in WITHOUT_IDENTITY:
            advance(session, case, RequestState.IDENTITY_CHECK, actor=actor, now=now)
            token = links.issue(session, vault, case, kind="confirm", now=now)
            letters.confirmation(session, vault, case, token=token, now=now)
        else:
            identity = "not_needed" if case.kind in WITHOUT_IDENTITY else "vouched"
            advance(session, case, RequestState.ACCEPTED, actor=actor, now=now, detail={"identity": identity})
            if case.kind in WITHOUT_IDENTITY:
                fulfil(session, vault, case, actor=actor, now=now)
            else:
                letters.received(session, vault, case, now=now)
    return {"case": told(case, deadlines.day_of(now)), "new": is_new}


def take_back(session: Session, case: RightsCase, *, actor: str, now: datetime) -> None:
    """The person does not want it any more."""
    advance(session, case, RequestState.WITHDRAWN, actor=actor, now=now)


def waits_for_confirmation(case: RightsCase) -> bool:
    """Is it still to be said that the request is theirs?"""
    return case.state == RequestState.IDENTITY_CHECK


def is_done(case: RightsCase) -> bool:
    """Is it done already?"""
    return case.state in CLOSED


def tidy(session: Session, now: datetime) -> None:
    """What has served goes: budgets of windows that are over, links that ran out, letters of the desk once sent.

    That a letter was sent stays in the file of its request; its addressee does not stay in the queue.
    """
    budget.forget_old(session, now)
    session.execute(delete(RightsLink).where(RightsLink.expires_at <= now))
    sent = (OutboxItem.kind == letters.KIND, OutboxItem.state == ItemState.DONE, OutboxItem.payload.is_not(None))
    session.execute(update(OutboxItem).where(*sent, OutboxItem.key.startswith("R-")).values(payload=None))
