"""Cases that changed without our being told: webhooks get lost, so once a day everything is compared with Jira."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.support import CaseState, SupportCase
from services.support.issues import instant, text

FIELDS = ("updated",)
# More cases than that are not compared in one go; then nothing can be said of those that are not listed.
MOST = 10_000


def question(projects: Sequence[str]) -> str:
    """The JQL of every case, in an order that does not change while it is read. `projects`: keys, checked at start."""
    return f"project in ({', '.join(projects)}) ORDER BY created ASC"


def stale(
    session: Session, client_key: str, listed: Iterable[Mapping[str, Any]], now: datetime
) -> list[tuple[str, str]]:
    """Issues that are to be read again, each with what tells this occasion from others: new ones, those that changed
    since they were read, and open cases that Jira does not list any more."""
    cases = select(SupportCase.issue_id, SupportCase.seen_at).filter_by(client_key=client_key, state=CaseState.OPEN)
    known = {row.issue_id: row.seen_at for row in session.execute(cases)}
    there: set[str] = set()
    found = []
    for issue in listed:
        identity = str(issue.get("id", ""))
        if not (identity.isascii() and identity.isdigit() and len(identity) < 20):
            continue
        there.add(identity)
        updated = instant(text(issue, "fields", "updated"))
        if identity not in known or updated is None or updated > known[identity]:
            found.append((identity, updated.isoformat() if updated else now.date().isoformat()))
    if len(there) < MOST:
        found += [(identity, f"gone/{now.date().isoformat()}") for identity in sorted(known.keys() - there)]
    return found
