"""Accounts of Atlassian, of which we store the id alone, once; elsewhere they have a name of ours that says nothing.

So a closed account can be forgotten although journal and registers are append-only (privacy.md 3b).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accountability import Account

# Actors of the journal that are no accounts. Atlassian says never to store the account `unknown`.
PROGRAMS = frozenset({"console", "system", "site", "worker", "person", "unknown"})
# How our names for accounts begin.
OURS = "acc_"
FORM = re.compile(r"[A-Za-z0-9:_-]{1,128}")


def ref_of(session: Session, actor: str, now: datetime) -> str:
    """Our name for `actor`; programs of our own, and who has such a name already, are called what they are.

    A closed account is not recorded again.
    """
    if actor in PROGRAMS or (actor.startswith(OURS) and session.get(Account, actor) is not None):
        return actor
    digest = digest_of(actor)
    known = session.scalar(select(Account.ref).where(Account.digest == digest))
    if known is not None:
        return known
    account = Account(ref=f"{OURS}{secrets.token_hex(8)}", account_id=actor, digest=digest, updated_at=now)
    session.add(account)
    session.flush()
    return account.ref


def known_ref(session: Session, actor: str) -> str:
    """As `ref_of`, where nothing is to be written: somebody never seen has the name `acc_unknown`."""
    if actor in PROGRAMS:
        return actor
    return session.scalar(select(Account.ref).where(Account.digest == digest_of(actor))) or "acc_unknown"


def digest_of(account_id: str) -> str:
    """What stays of an account that was closed. Ids are random: nobody can try them all."""
    return hashlib.sha256(f"account\0{account_id}".encode()).hexdigest()
