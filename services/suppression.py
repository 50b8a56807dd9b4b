"""The list of addresses that must not be contacted: asked and added to by address, kept as keyed digests only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.consent import EVERY_PURPOSE
from models.people import Person
from models.vault import Vault
from services import audit, consent
from services.marketplace.addresses import mailbox, normal_form


def add(session: Session, vault: Vault, address: str, purpose: str, *, actor: str, now: datetime) -> None:
    """Put `address` on the list, journalled; whoever is known by it has objected. ValueError where it is no address."""
    digest = _digest(vault, address)
    consent.suppress(session, digest, purpose, "objected", now)
    for person in session.scalars(select(Person).where(Person.mailbox_index == digest, Person.erased_at.is_(None))):
        consent.object_to(session, person, purpose=purpose, source=actor, now=now)
    audit.record(session, actor=actor, action="suppression.add", subject=None, purpose="rights", now=now)


def check(session: Session, vault: Vault, address: str, purpose: str, *, actor: str, now: datetime) -> bool:
    """Is `address` on the list for this purpose, under any of its spellings? Journalled without the address."""
    digest = _digest(vault, address)
    audit.record(session, actor=actor, action="suppression.check", subject=None, purpose="rights", now=now)
    return any(consent.suppressed(session, digest, of) for of in (purpose, EVERY_PURPOSE))


def _digest(vault: Vault, address: str) -> str:
    normal = normal_form(address)
    if normal is None:
        raise ValueError("this is not an e-mail address")
    return vault.blind_index("mailbox", mailbox(normal))
