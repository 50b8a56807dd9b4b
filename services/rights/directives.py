"""What people want to become of their data after their death, and the carrying out of it (LIL art. 84 to 86; C78)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.people import Person
from models.rights import Directive, RightsCase
from models.vault import Place, Vault

ACTIONS = ("retain", "erase", "communicate")


def register(
    session: Session,
    vault: Vault,
    person: Person,
    case: RightsCase,
    *,
    action: str,
    executor: str | None,
    now: datetime,
) -> Directive:
    """Keep a directive; a newer one takes the place of the one before."""
    if action not in ACTIONS:
        raise ValueError(f"a directive is one of {', '.join(ACTIONS)}")
    revoke(session, person, now)
    directive = Directive(person_id=person.id, case_id=case.id, action=action, registered_at=now)
    session.add(directive)
    session.flush()
    if executor:
        key = vault.person_key(person.data_key, person.id)
        directive.executor = key.seal(executor.encode(), Place("directives", "executor", directive.id))
    return directive


def revoke(session: Session, person: Person, now: datetime) -> None:
    """Take directives back; possible at any time."""
    for directive in in_force(session, person):
        directive.revoked_at = now


def in_force(session: Session, person: Person) -> list[Directive]:
    """The directive of a person that counts: one or none."""
    statement = select(Directive).filter_by(person_id=person.id, revoked_at=None, executed_at=None)
    return list(session.scalars(statement))


def after_death(session: Session, person: Person, now: datetime) -> str:
    """Evidence of a death was seen: all contact stops at once. Gives what the person wanted; without a directive the
    heirs may ask, so nothing but contact changes (`retain`)."""
    person.deceased_at = person.deceased_at or now
    wanted = in_force(session, person)
    for directive in wanted:
        directive.executed_at = now
    return wanted[0].action if wanted else "retain"
