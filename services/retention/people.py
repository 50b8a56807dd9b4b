"""People whose time is up: prospects three years after their last own act, clients ten years after the relation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.orm import Session

from models.people import Person, Prospect
from models.rights import RightsCase
from models.vault import Vault
from services import erasure
from services.retention import clocks, past_contacts
from services.retention.periods import FOR_NOW


def over(as_of: datetime) -> Select[Any]:
    """Prospects with a person who may go."""
    return (
        select(Prospect.id)
        .join(Person, Person.id == Prospect.person_id)
        .where(Prospect.kept_until <= as_of.date(), *_may_go())
        .order_by(Prospect.kept_until)
    )


def past_contacts_over(as_of: datetime) -> Select[Any]:
    """The same of people whom no licence names now."""
    past = Person.kept_until <= as_of.date()
    return select(Person.id).where(past, *_may_go()).order_by(Person.kept_until, Person.id)


def erase(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """Erase them as a request would, but that the mailbox is not blocked: they may come again. Gives how many.

    Their day is worked out anew first: what was stored may be older than a trial that has just begun.
    """
    prospects = session.scalars(select(Prospect).where(Prospect.id.in_(keys))).all()
    clocks.renew(session, prospects)
    ids = [prospect.person_id for prospect in prospects if prospect.person_id and clocks.is_over(prospect, now)]
    _carry_out(session, vault, ids, now)
    # Out of the way of the next batch, which reads the days in their order.
    done = update(Prospect).where(Prospect.person_id.in_(ids)).values(kept_until=FOR_NOW)
    session.execute(done, execution_options={"synchronize_session": False})
    return len(ids)


def erase_past_contacts(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """The same of people whom no licence names now."""
    past_contacts.renew(session, keys)
    ids = session.scalars(past_contacts_over(now).where(Person.id.in_(keys))).all()
    _carry_out(session, vault, ids, now)
    return len(ids)


def _may_go() -> tuple[ColumnElement[bool], ...]:
    """Still there, and nothing speaks against it: whoever asked us to keep everything as it is, or has an open request,
    stays until that is over (GDPR Art. 18(1), 12)."""
    waiting = select(RightsCase.person_ref).where(RightsCase.closed_at.is_(None))
    return Person.erased_at.is_(None), Person.restricted_at.is_(None), Person.id.not_in(waiting)


def _carry_out(session: Session, vault: Vault, ids: Sequence[str], now: datetime) -> None:
    if ids:
        # Nobody looks at a plan of it beforehand, and what was done the certificate counts table by table.
        plan = erasure.Plan(tuple(sorted(ids)), (), now, frozenset())
        erasure.carry_out(session, vault, plan, reason=erasure.RETENTION, now=now)
