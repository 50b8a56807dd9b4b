"""Signed links for people without an account: a random id, signed, and nothing of the person in it (privacy.md 2.6)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from models.consent import SignedLink
from models.people import Person
from models.vault import Vault

Kind = Literal["choices", "unsubscribe", "confirm"]

# An unsubscribe link works for ever, also after erasure; one that shows data runs out.
LIFE: dict[Kind, timedelta | None] = {
    "choices": timedelta(days=90), "unsubscribe": None, "confirm": timedelta(days=14),
}  # fmt: skip


def issue(session: Session, vault: Vault, *, kind: Kind, person: Person, now: datetime) -> str:
    """A new link for `person`: the token that goes into the URL."""
    life = LIFE[kind]
    link = SignedLink(
        id=secrets.token_urlsafe(18),
        kind=kind,
        person_id=person.id,
        mailbox_index=person.mailbox_index,
        issued_at=now,
        expires_at=now + life if life else None,
    )
    session.add(link)
    session.flush()
    return str(_serializer(vault, kind).dumps(link.id))


def of_letter(session: Session, vault: Vault, person: Person, now: datetime) -> dict[str, str]:
    """The links that a letter to somebody bears: `{"choices", "one_click"}`, as tokens."""
    return {
        "choices": issue(session, vault, kind="choices", person=person, now=now),
        "one_click": issue(session, vault, kind="unsubscribe", person=person, now=now),
    }


def resolve(session: Session, vault: Vault, token: str, *, kind: Kind, now: datetime) -> SignedLink | None:
    """What a token stands for; None for any that is not ours, of another kind, or expired: the answer is the same."""
    if len(token) > 200:
        return None
    try:
        link_id = _serializer(vault, kind).loads(token)
    except BadData:
        return None
    link = session.get(SignedLink, link_id) if isinstance(link_id, str) else None
    if link is None or link.kind != kind or (link.expires_at is not None and link.expires_at <= now):
        return None
    return link


def _serializer(vault: Vault, kind: Kind) -> URLSafeSerializer:
    return URLSafeSerializer(vault.signing_keys, salt=f"fairtrial {kind} v1")
