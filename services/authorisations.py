"""Who may be staff, since when and until when (commitment C69): fed by the groups in Jira, and by officers.

An entry of Jira's opens when an account is first seen in a group and ends when it is seen no more in it. An officer can
let somebody in until a day, or bar somebody, whatever the groups say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.accountability import Account, Authorisation, AuthorisationSource
from services import account_ids, audit

STAFF = "staff"
JIRA, OFFICER = AuthorisationSource.JIRA, AuthorisationSource.OFFICER


def effective(session: Session, account_id: str, groups_say: Iterable[str], now: datetime) -> frozenset[str]:
    """The roles that the account has now: whoever has one is staff, and whoever is barred from that has none.

    Nothing is written; `is_current` tells whether something has to be.
    """
    entries = _open(session, account_ids.known_ref(session, account_id), now)
    barred = {entry.role for entry in entries if entry.barred}
    given = {entry.role for entry in entries if entry.source == OFFICER and not entry.barred}
    if STAFF in barred:
        return frozenset()
    roles = (set(groups_say) | given) - barred
    return frozenset(roles | {STAFF} if roles else ())


def is_current(session: Session, account_id: str, groups_say: Iterable[str], now: datetime) -> bool:
    """Does the register say of this account what its groups say?"""
    entries = _open(session, account_ids.known_ref(session, account_id), now)
    return {entry.role for entry in entries if entry.source == JIRA} == set(groups_say)


def observe(session: Session, account_id: str, groups_say: Iterable[str], now: datetime) -> None:
    """Enter what the groups say: open what is new, end what is over."""
    ref = account_ids.ref_of(session, account_id, now)
    said = set(groups_say)
    standing = {entry.role: entry for entry in _open(session, ref, now) if entry.source == JIRA}
    for role in standing.keys() - said:
        standing[role].until = now
    for role in sorted(said - standing.keys()):
        session.add(Authorisation(account_ref=ref, role=role, source=JIRA, given_by="jira", since=now))
    session.flush()


def decide(
    session: Session,
    account_id: str,
    role: str,
    *,
    allow: bool,
    until: datetime | None,
    actor: str,
    now: datetime,
) -> None:
    """An officer lets somebody in, or bars them, in place of what officers decided before."""
    ref = account_ids.ref_of(session, account_id, now)
    for entry in _open(session, ref, now):
        if entry.source == OFFICER and entry.role == role:
            entry.until = now
    given_by = account_ids.ref_of(session, actor, now)
    session.add(
        Authorisation(
            account_ref=ref, role=role, source=OFFICER, barred=not allow, given_by=given_by, since=now, until=until
        )
    )
    _note(session, "given" if allow else "barred", ref, role, actor=actor, now=now)


def listed(session: Session) -> list[dict[str, Any]]:
    """The whole register, the newest entry first; `account` is None once Atlassian has closed it."""
    statement = select(Authorisation, Account.account_id).join(Account).order_by(Authorisation.id.desc())
    return [
        {"account": account_id, "ref": entry.account_ref, "role": entry.role, "source": entry.source,
         "barred": entry.barred, "since": entry.since.isoformat(),
         "until": entry.until.isoformat() if entry.until else None}
        for entry, account_id in session.execute(statement)
    ]  # fmt: skip


def _open(session: Session, ref: str, now: datetime) -> Sequence[Authorisation]:
    in_force = (Authorisation.since <= now, or_(Authorisation.until.is_(None), Authorisation.until > now))
    return session.scalars(select(Authorisation).where(Authorisation.account_ref == ref, *in_force)).all()


def _note(session: Session, what: str, ref: str, role: str, *, actor: str, now: datetime) -> None:
    audit.record(
        session, actor=actor, action=f"authorisation.{what}", subject=None, purpose="security", now=now,
        detail={"account": ref, "role": role},
    )  # fmt: skip
