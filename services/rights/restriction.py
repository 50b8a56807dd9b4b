"""The end of a restriction: the person is told before (GDPR Art. 18(3))."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.rights import Right, RightsCase, RightsEvent
from models.vault import Vault
from services.marketplace.people import read_person
from services.rights import changes, deadlines, letters
from services.rights.cases import note, person_of
from services.rights.states import WrongStateError

# Before a restriction ends the person is told, and has this long to say something.
ANNOUNCED = "lifting_announced"
NOTICE = timedelta(days=1)


def lift(session: Session, vault: Vault, case: RightsCase, *, actor: str, now: datetime) -> bool:
    """End the restriction that a case brought: told to the person first, done a day later or more (GDPR Art. 18(3)).

    Gives whether it is lifted now. `WrongStateError` where nothing is restricted.
    """
    person = person_of(session, case)
    if case.kind != Right.RESTRICTION or person is None or person.restricted_at is None:
        raise WrongStateError("nothing is restricted by this request")
    announced = select(func.min(RightsEvent.at)).where(
        RightsEvent.case_id == case.id, RightsEvent.event == ANNOUNCED, RightsEvent.at >= person.restricted_at
    )
    told_at = session.scalar(announced)
    if told_at is not None and now - told_at >= NOTICE:
        changes.lift(session, person)
        note(session, case, "lifted", actor=actor, now=now)
        return True
    if told_at is None:
        to = read_person(vault, person)["email"] or ""
        letters.lifting(session, vault, case, to=to, on=deadlines.day_of(now + NOTICE), now=now)
        note(session, case, ANNOUNCED, actor=actor, now=now)
    return False
