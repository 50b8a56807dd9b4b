"""What we know and intend about each page in Confluence: leases, intents, results, snapshots."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.policy import PageState, PolicyPage, PolicySnapshot

Transaction = Callable[[], AbstractContextManager[Session]]


class LeaseLostError(Exception):
    """Another publisher has taken over this page."""


class BusyError(Exception):
    """The page is not free for `wait` seconds: another publisher is at it, or Confluence asked to be left alone."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"busy for {wait} s")
        self.wait = wait


@dataclass(frozen=True)
class Known:
    """What the last publication left: the page, its version there, digests of the whole and of the bare body."""

    page_id: str | None
    page_version: int | None
    digest: str | None
    body_digest: str | None


class PageRow:
    """The row of one page, held by a lease. Every write checks the fence, so a lease that ran out writes nothing."""

    def __init__(self, transaction: Transaction, key: int, fence: int, operation: str, lease: timedelta, known: Known):
        self._transaction = transaction
        self._key = key
        self._fence = fence
        self._lease = lease
        self.operation = operation
        self.known = known

    def renew(self, now: datetime) -> None:
        """Prolong the lease before a call that changes something; `LeaseLostError` when it is no longer ours."""
        self._write(lease_until=now + self._lease)

    def holds(self, now: datetime, *, page_id: str, page_version: int, digest: str, body_digest: str) -> None:
        """Confluence has taken this page in this version."""
        self.known = Known(page_id, page_version, digest, body_digest)
        self._write(updated_at=now, page_id=page_id, page_version=page_version, digest=digest, body_digest=body_digest)

    def finish(self, now: datetime, state: PageState, *, reason: str | None = None, wait: int | None = None) -> None:
        """Give the lease back and note how it went; `wait`: seconds for which Confluence asked to be left alone."""
        not_before = now + timedelta(seconds=wait) if wait else None
        self._write(updated_at=now, state=state, reason=reason, lease_until=None, not_before=not_before)

    def keep_foreign(
        self, now: datetime, *, page: dict[str, Any], number: int, body: str, author: str | None, diff: str
    ) -> None:
        """Keep version `number` of the page, which is somebody else's, once."""
        with self._transaction() as session:
            known = select(PolicySnapshot.id).where(
                PolicySnapshot.page == self._key,
                PolicySnapshot.page_id == str(page["id"]),
                PolicySnapshot.page_version == number,
            )
            if session.scalar(known) is None:
                session.add(
                    PolicySnapshot(
                        page=self._key,
                        page_id=str(page["id"]),
                        page_version=number,
                        author=author,
                        title=str(page.get("title", "")),
                        body=body,
                        diff=diff,
                        seen_at=now,
                    )
                )

    def _write(self, **values: Any) -> None:
        with self._transaction() as session:
            written = session.execute(
                update(PolicyPage).where(PolicyPage.id == self._key, PolicyPage.fence == self._fence).values(**values)
            )
            if written.rowcount != 1:  # type: ignore[attr-defined]
                raise LeaseLostError


def take(
    transaction: Transaction,
    *,
    client_key: str,
    space_key: str,
    lang: str,
    intended_digest: str,
    policy_version: int,
    lease: timedelta,
    now: datetime,
) -> PageRow:
    """Lease the page and write down what is intended, committed before any HTTP; `BusyError` when it is not free."""
    operation = uuid.uuid4().hex
    _ensure(transaction, client_key, space_key, lang, now)
    where = (PolicyPage.client_key == client_key, PolicyPage.space_key == space_key, PolicyPage.lang == lang)
    with transaction() as session:
        free = (
            or_(PolicyPage.lease_until.is_(None), PolicyPage.lease_until <= now),
            or_(PolicyPage.not_before.is_(None), PolicyPage.not_before <= now),
        )
        intent = {
            "operation": operation,
            "intended_digest": intended_digest,
            "policy_version": policy_version,
            "lease_until": now + lease,
            "fence": PolicyPage.fence + 1,
            "state": PageState.PUBLISHING,
            "reason": None,
            "updated_at": now,
        }
        won = session.execute(update(PolicyPage).where(*where, *free).values(**intent))
        row = session.scalars(select(PolicyPage).where(*where)).one()
        if won.rowcount != 1:  # type: ignore[attr-defined]
            raise BusyError(_wait(row, now))
        known = Known(row.page_id, row.page_version, row.digest, row.body_digest)
        return PageRow(transaction, row.id, row.fence, operation, lease, known)


def known_page(session: Session, client_key: str, space_key: str, lang: str) -> Known:
    """What is known of a page, for looking only."""
    where = (PolicyPage.client_key == client_key, PolicyPage.space_key == space_key, PolicyPage.lang == lang)
    row = session.scalars(select(PolicyPage).where(*where)).first()
    return Known(row.page_id, row.page_version, row.digest, row.body_digest) if row else Known(None, None, None, None)


def _wait(row: PolicyPage, now: datetime) -> int:
    until = max(filter(None, (row.lease_until, row.not_before)), default=now)
    return max(1, round((until - now).total_seconds()))


def _ensure(transaction: Transaction, client_key: str, space_key: str, lang: str, now: datetime) -> None:
    with transaction() as session:
        where = (PolicyPage.client_key == client_key, PolicyPage.space_key == space_key, PolicyPage.lang == lang)
        if session.scalar(select(PolicyPage.id).where(*where)) is not None:
            return
        try:
            with session.begin_nested():
                session.add(
                    PolicyPage(
                        client_key=client_key,
                        space_key=space_key,
                        lang=lang,
                        state=PageState.WAITING,
                        fence=0,
                        updated_at=now,
                    )
                )
        except IntegrityError:
            # Another publisher made the row first: theirs will do.
            return
