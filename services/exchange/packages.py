"""Packages: one of staff proposes one, another approves it, somebody hands it over. Each act is in the journal.

Nothing is remembered that could be out of date: whether a package may leave is worked out whenever somebody asks.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.exchange import ExchangePackage, PackageState
from models.support import CaseState, SupportCase
from models.vault import Vault
from services import account_ids, audit
from services.exchange import ExchangeError
from services.exchange.contents import LONGEST_QUESTION, PARTS, contents, plain
from services.exchange.standing import case_of, person_of, place_of, require_free
from services.support import redact

PURPOSE = "support"
KEY = re.compile(r"[A-Z][A-Z0-9_]{1,30}-[1-9]\d{0,9}")


@dataclass(frozen=True)
class Wanted:
    """What staff ask for: the parts of a case's configuration, and what Atlassian is to answer. `address`: of whoever
    the case is about."""

    case_id: int
    parts: tuple[str, ...]
    question: str
    address: str


def find_case(session: Session, client_key: str, issue: str) -> SupportCase | None:
    """The open case of a site by the key or the number of its issue."""
    mine = select(SupportCase).filter_by(client_key=client_key, state=CaseState.OPEN)
    same = (SupportCase.issue_key == issue.upper()) | (SupportCase.issue_id == issue)
    return session.scalars(mine.where(same).order_by(SupportCase.id.desc()).limit(1)).one_or_none()


def propose(session: Session, vault: Vault, wanted: Wanted, *, actor: str, now: datetime) -> ExchangePackage:
    """Build a package, which leaves nowhere yet. `ExchangeError` where it could never leave."""
    if not wanted.parts or not set(wanted.parts) <= set(PARTS):
        raise ExchangeError("unknown-part")
    if not 0 < len(wanted.question.strip()) <= LONGEST_QUESTION:
        raise ExchangeError("no-question")
    case = case_of(session, wanted.case_id)
    reference = f"x{secrets.token_hex(10)}"
    content = contents(case, reference, wanted.parts, redact(plain(wanted.question).strip())[0])
    package = ExchangePackage(
        id=reference, case=case, person_ref=person_of(session, vault, wanted.address), parts=list(wanted.parts),
        content=vault.seal(content.decode(), place_of(reference)), digest=hashlib.sha256(content).hexdigest(),
        state=PackageState.PROPOSED, asked_ref=account_ids.ref_of(session, actor, now), asked_at=now,
    )  # fmt: skip
    session.add(package)
    session.flush()
    require_free(session, vault, package)
    note(session, package, "proposed", actor=actor, now=now)
    return package


def approve(
    session: Session, vault: Vault, package: ExchangePackage, *, digest: str, actor: str, now: datetime
) -> None:
    """Agree to the bytes with this SHA-256, which are those that the approver has seen; never by who asked for them."""
    ref = account_ids.ref_of(session, actor, now)
    if ref == package.asked_ref:
        raise ExchangeError("own-request")
    if package.state != PackageState.PROPOSED:
        raise ExchangeError("wrong-state")
    if digest != package.digest:
        raise ExchangeError("not-what-was-shown")
    require_free(session, vault, package)
    package.state, package.approved_ref, package.approved_at = PackageState.APPROVED, ref, now
    note(session, package, "approved", actor=actor, now=now)


def withdraw(
    session: Session, package: ExchangePackage, *, actor: str, now: datetime, reason: str | None = None
) -> None:
    """It does not leave, and its content goes. Not once something may have left."""
    open_ones = (PackageState.PROPOSED, PackageState.APPROVED, PackageState.SENDING)
    if package.state not in open_ones or (reason is None and (package.tried_at or package.atlassian_key)):
        raise ExchangeError("wrong-state")
    package.state, package.reason, package.content = PackageState.WITHDRAWN, reason, None
    note(session, package, "withdrawn", actor=actor, now=now)


def record_key(session: Session, package: ExchangePackage, key: str, *, actor: str, now: datetime) -> None:
    """The key that Atlassian's side gave the case; a worker that is at a loss goes on with it."""
    if package.state not in (PackageState.SENDING, PackageState.HANDED_OVER):
        raise ExchangeError("wrong-state")
    key = key.strip().upper()
    if not KEY.fullmatch(key):
        raise ExchangeError("not-a-key")
    package.atlassian_key, package.tried_at = key, None
    note(session, package, "key-recorded", actor=actor, now=now)


def find(session: Session, package_id: str, client_key: str | None = None) -> ExchangePackage | None:
    """One package with all that its case tells, and nobody else at it until this transaction ends. None where there is
    none, or another site's."""
    query = select(ExchangePackage).where(ExchangePackage.id == package_id).with_for_update(of=ExchangePackage)
    package = session.scalars(query.options(joinedload(ExchangePackage.case, innerjoin=True))).one_or_none()
    return package if package and client_key in (None, package.case.client_key) else None


def note(session: Session, package: ExchangePackage, event: str, *, actor: str, now: datetime) -> None:
    """An entry of the journal, under the person, the purpose and the case."""
    detail = {"package": package.id, "sha256": package.digest}
    audit.record(
        session, actor=actor, action=f"exchange.{event}", subject=package.person_ref, purpose=PURPOSE, now=now,
        detail=detail, case=package.case.issue_key,
    )  # fmt: skip


def is_by(session: Session, package: ExchangePackage, actor: str) -> bool:
    """Did this account ask for it, so that another one has to approve it?"""
    return account_ids.known_ref(session, actor) == package.asked_ref


def listed(session: Session, client_key: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """The newest packages (of a site), without anything of their content."""
    query = select(ExchangePackage).join(ExchangePackage.case).options(joinedload(ExchangePackage.case))
    if client_key is not None:
        query = query.where(SupportCase.client_key == client_key)
    order = (ExchangePackage.asked_at.desc(), ExchangePackage.id)
    return [told(package) for package in session.scalars(query.order_by(*order).limit(limit))]


def told(package: ExchangePackage) -> dict[str, Any]:
    """`{id, case, parts, state, reason, sha256, asked_at, approved_at, handed_over_at, disclosure, atlassian_key,
    begun}`; `begun`: a service desk may know of it."""
    moments = ("asked_at", "approved_at", "handed_over_at")
    return {
        "id": package.id, "case": package.case.issue_key, "parts": package.parts, "state": package.state,
        "reason": package.reason, "sha256": package.digest, "disclosure": package.disclosure_id,
        "atlassian_key": package.atlassian_key, "begun": bool(package.tried_at or package.atlassian_key),
        **{name: at.isoformat() if (at := getattr(package, name)) else None for name in moments},
    }  # fmt: skip
