"""Links in letters about requests: a random id, signed, short-lived, bound to one case and one use of it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import update
from sqlalchemy.orm import Session

from models.rights import RightsCase, RightsLink
from models.vault import Vault

Kind = Literal["confirm", "export"]
LIFE: dict[Kind, timedelta] = {"confirm": timedelta(days=7), "export": timedelta(hours=72)}
LONGEST_TOKEN = 200


def issue(session: Session, vault: Vault, case: RightsCase, *, kind: Kind, now: datetime) -> str:
    """A new link for `case`: the token that goes into the URL. Older ones of its kind count no more."""
    stale = (RightsLink.case_id == case.id, RightsLink.kind == kind, RightsLink.expires_at > now)
    session.execute(update(RightsLink).where(*stale).values(expires_at=now))
    link = RightsLink(
        id=secrets.token_urlsafe(18), kind=kind, case_id=case.id, issued_at=now, expires_at=now + LIFE[kind]
    )
    session.add(link)
    session.flush()
    return str(_serializer(vault, kind).dumps(link.id))


def resolve(session: Session, vault: Vault, token: str, *, kind: Kind, now: datetime) -> RightsLink | None:
    """What a token stands for; None for any that is not ours, of another kind, or expired: the answer is the same."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        link_id = _serializer(vault, kind).loads(token)
    except BadData:
        return None
    link = session.get(RightsLink, link_id) if isinstance(link_id, str) else None
    return link if link is not None and link.kind == kind and link.expires_at > now else None


def _serializer(vault: Vault, kind: Kind) -> URLSafeSerializer:
    return URLSafeSerializer(vault.signing_keys, salt=f"fairtrial rights {kind} v1")
