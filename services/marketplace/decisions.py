"""What staff decide of who belongs together: split, join, and taking that back. No feed touches it.

A decision is about licences, by any id that they are known by, and works on the keys by which they are linked: so it
holds for every row that comes later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.marketplace import Licence, LicenceAlias, LinkDecision
from models.vault import Vault
from services import audit
from services.marketplace import ingest
from services.marketplace.linking import Decided

MAX_LICENCES = 200


class UnknownLicenceError(ValueError):
    """An id that no licence is known by."""


class NoDecisionError(ValueError):
    """A decision that is not there, or was taken back before."""


def split(
    session: Session, vault: Vault, licences: Sequence[str], *, actor: str, reason: str, now: datetime
) -> LinkDecision:
    """These licences are one organisation, and nobody else's, whatever keys they share with others."""
    return _decide(session, vault, "apart", licences, actor=actor, reason=reason, now=now)


def join(
    session: Session, vault: Vault, licences: Sequence[str], *, actor: str, reason: str, now: datetime
) -> LinkDecision:
    """These licences, with all that they are linked to, are one organisation."""
    if len(set(licences)) < 2:
        raise ValueError("it takes two licences to be joined")
    return _decide(session, vault, "together", licences, actor=actor, reason=reason, now=now)


def take_back(session: Session, vault: Vault, decision_id: int, *, actor: str, now: datetime) -> None:
    """The keys count again, as if it had never been decided."""
    decision = session.get(LinkDecision, decision_id)
    if decision is None or decision.taken_back_at is not None:
        raise NoDecisionError("there is no such decision to be taken back")
    decision.taken_back_at = now
    _note(session, vault, decision, "links.taken-back", actor, now)


def listed(session: Session) -> list[dict[str, Any]]:
    """Every decision, newest first: `{"id", "kind", "licences", "actor", "reason", "decided_at", "taken_back_at"}`."""
    return [_told(one) for one in session.scalars(select(LinkDecision).order_by(LinkDecision.id.desc()))]


def about(session: Session, organisation_id: str) -> list[dict[str, Any]]:
    """The decisions, newest first, that stand and name a licence of this organisation by any of its ids."""
    mine = select(LicenceAlias.value).join(Licence, Licence.id == LicenceAlias.licence_id)
    known = set(session.scalars(mine.where(Licence.organisation_id == organisation_id)))
    newest = select(LinkDecision).where(LinkDecision.taken_back_at.is_(None)).order_by(LinkDecision.id.desc())
    return [_told(one) for one in session.scalars(newest) if known.intersection(one.licences)]


def standing(session: Session) -> Decided:
    """The decisions that were not taken back."""
    found = session.scalars(select(LinkDecision).where(LinkDecision.taken_back_at.is_(None)).order_by(LinkDecision.id))
    return Decided((one.id, one.kind, one.licences) for one in found)


def _told(one: LinkDecision) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "licences": one.licences,
        "actor": one.actor,
        "reason": one.reason,
        "decided_at": one.decided_at.isoformat(),
        "taken_back_at": one.taken_back_at.isoformat() if one.taken_back_at else None,
    }


def _decide(
    session: Session, vault: Vault, kind: str, licences: Sequence[str], *, actor: str, reason: str, now: datetime
) -> LinkDecision:
    wanted = sorted(set(licences))
    if not 0 < len(wanted) <= MAX_LICENCES:
        raise ValueError(f"a decision is about 1 to {MAX_LICENCES} licences")
    known = set(session.scalars(select(LicenceAlias.value).where(LicenceAlias.value.in_(wanted))))
    if set(wanted) - known:
        raise UnknownLicenceError("one of these is the id of no licence")
    decision = LinkDecision(kind=kind, licences=wanted, actor=actor, reason=reason[:500], decided_at=now)
    session.add(decision)
    session.flush()
    _note(session, vault, decision, f"links.{kind}", actor, now)
    return decision


def _note(session: Session, vault: Vault, decision: LinkDecision, action: str, actor: str, now: datetime) -> None:
    detail: Mapping[str, Any] = {"decision": decision.id, "licences": decision.licences}
    audit.record(session, actor=actor, action=action, subject=None, purpose="prospecting", now=now, detail=dict(detail))
    ingest.request_relink(session, vault, now)
