"""What a person said on paper, by phone or by mail, entered in the consent ledger by an officer who holds the evidence.

The one way to raise consent without the person's own button (privacy.md 2.3). It can't undo an objection: nothing can.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services import audit, consent
from services.consent import ConsentState, Entry
from services.marketplace.people import living
from services.opt_in import OFFERED
from services.retention import clocks

STATES = (ConsentState.GRANTED, ConsentState.REFUSED, ConsentState.WITHDRAWN)
SHORTEST_EVIDENCE = 10


class NotPossibleError(ValueError):
    """The ledger would not be true with it. The message says why and repeats nothing that is personal."""


def enter(
    session: Session,
    person_id: str,
    purpose: str,
    channel: str,
    state: str,
    *,
    evidence: str,
    actor: str,
    now: datetime,
) -> None:
    """Enter `granted`, `refused` or `withdrawn`. `evidence` says where the person's own words are kept; the ledger
    keeps its hash, and the journal the deed."""
    person = living(session, person_id)
    if person is None:
        raise NotPossibleError("there is nobody with this id")
    if (purpose, channel) not in OFFERED.values() or state not in STATES:
        raise NotPossibleError("nobody can be asked for that")
    if consent.suppressed(session, person.mailbox_index, purpose):
        raise NotPossibleError("they have objected to it, and that is for ever")
    if state == ConsentState.GRANTED and (person.restricted_at or person.deceased_at):
        raise NotPossibleError("their data is only to be stored")
    if len(evidence.strip()) < SHORTEST_EVIDENCE:
        raise NotPossibleError("without evidence there is no consent (GDPR Art. 7(1))")
    basis = "consent" if state == ConsentState.GRANTED else None
    entry = Entry(person.id, purpose, channel, ConsentState(state), "officer", "officer", basis, evidence.strip())
    consent.append(session, [entry], now)
    if state == ConsentState.GRANTED:
        clocks.contacted(session, person.id, now.date())
    detail = {"purpose": purpose, "channel": channel, "state": str(state)}
    audit.record(
        session, actor=actor, action="consent.entered", subject=person.id, purpose="rights", now=now, detail=detail
    )
