"""What is known of the published policy: its versions, its pages in Confluence, and edits by others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.policy import PolicyPage, PolicySnapshot
from services import policy

MOST_EDITS = 20


def recorded(session: Session, now: datetime) -> dict[str, Any]:
    """`{version, since, versions, pages, edits}`; `version` and `since` are None before the first publication."""
    current = policy.in_force(session, now)
    edits = select(PolicySnapshot).order_by(PolicySnapshot.id.desc()).limit(MOST_EDITS)
    return {
        "version": current.number if current else None,
        "since": current.effective_at.isoformat() if current else None,
        "versions": [_version(one) for one in policy.editions(session)],
        "pages": [_page(row) for row in session.scalars(select(PolicyPage).order_by(PolicyPage.lang))],
        "edits": [_edit(row) for row in session.scalars(edits)],
    }


def _version(edition: policy.Edition) -> dict[str, Any]:
    since = edition.effective_at.isoformat()
    return {"number": edition.number, "since": since, "author": edition.author, "material": edition.material}


def _page(row: PolicyPage) -> dict[str, Any]:
    names = ("lang", "space_key", "page_id", "page_version", "policy_version", "state", "reason")
    return {name: getattr(row, name) for name in names} | {"updated_at": row.updated_at.isoformat()}


def _edit(row: PolicySnapshot) -> dict[str, Any]:
    names = ("page_id", "page_version", "author", "diff")
    return {name: getattr(row, name) for name in names} | {"seen_at": row.seen_at.isoformat()}
