"""The report of accounts to Atlassian: each account that we hold once a cycle, closed ones erased everywhere.

Where account ids are stored is read from the tables (`held(..., account=True)`), so a new column can't be forgotten.
One batch of 90 at a time, one transaction after each answer: killed anywhere, the next run asks about the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Column, LargeBinary, Table, or_, select, update
from sqlalchemy.orm import Session

from connect.accounts import ACCOUNT_ID, BATCH, Report
from connect.http import UpstreamError
from models.accountability import Account
from models.schema import METADATA
from models.support import SupportCase
from models.vault import Place, SealError, Vault
from services import account_ids, audit
from services.marketplace.identity import chunks

NOT_PERMITTED = ("unauthorized", "forbidden", "no-token")
TRY_AGAIN = timedelta(days=1)

Transaction = Callable[[], AbstractContextManager[Session]]


class Reporter(Protocol):
    """`connect.accounts.Accounts`."""

    def report(self, accounts: Mapping[str, datetime], /) -> Report: ...


@dataclass(frozen=True)
class Outcome:
    """`reported`, `closed`, `updated`: numbers of accounts. `state`: done, waiting (429, 5xx), not_permitted."""

    state: str
    reported: int = 0
    closed: int = 0
    updated: int = 0
    retry_after: int | None = None


@cache
def places() -> Sequence[Column[Any]]:
    """Every column that can hold an account id, but that of the table of accounts itself."""
    return [
        column
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.info["account"] and table.name != Account.__tablename__
    ]


def is_due(session: Session, now: datetime) -> bool:
    """Is there an account to be asked about, or one that is not entered yet?"""
    if session.scalar(_due(now).with_only_columns(Account.ref).limit(1)) is not None:
        return True
    return any(session.scalar(select(column).where(column.is_not(None)).limit(1)) for column in places())


def gather(session: Session, vault: Vault, now: datetime) -> int:
    """Enter every account id that is stored anywhere into the table of accounts; gives how many were new."""
    stored = {account for column in places() for account in _stored(session, vault, column)}
    digests = {account_ids.digest_of(account): account for account in stored if ACCOUNT_ID.fullmatch(account)}
    known: set[str] = set()
    for some in chunks(sorted(digests)):
        known.update(session.scalars(select(Account.digest).where(Account.digest.in_(some))))
    new = {digest: account for digest, account in digests.items() if digest not in known}
    for account in new.values():
        account_ids.ref_of(session, account, now)
    return len(new)


def report(transaction: Transaction, vault: Vault, reporter: Reporter, now: datetime) -> Outcome:
    """Report what is due, batch by batch, until nothing is or Atlassian asks to wait."""
    with transaction() as session:
        gather(session, vault, now)
    counts = {"reported": 0, "closed": 0, "updated": 0}
    while True:
        with transaction() as session:
            batch = {row.account_id or "": row.updated_at for row in session.scalars(_due(now).limit(BATCH))}
        if not batch:
            return Outcome("done", **counts)
        try:
            answer = reporter.report(batch)
        except UpstreamError as error:
            if error.outcome not in NOT_PERMITTED:
                return Outcome("waiting", **counts, retry_after=error.retry_after)
            with transaction() as session:
                _postpone(session, batch, now + TRY_AGAIN)
            return Outcome("not_permitted", **counts)
        with transaction() as session:
            for account in sorted(answer.closed):
                close(session, vault, account, now)
            _refresh(session, answer.updated, now)
            _postpone(session, batch.keys() - answer.closed, now + answer.cycle)
        counts["reported"] += len(batch)
        counts["closed"] += len(answer.closed)
        counts["updated"] += len(answer.updated)


def close(session: Session, vault: Vault, account_id: str, now: datetime) -> None:
    """The account is no more: its id goes from every table. What has to name somebody names them by a digest-less name
    of ours; the digest alone stays, so that it is neither recorded nor asked about again."""
    ref = account_ids.ref_of(session, account_id, now)
    for column in places():
        _empty(session, vault, column, account_id, ref)
    row = session.get_one(Account, ref)
    row.account_id, row.report_after, row.closed_at = None, None, now
    audit.record(
        session, actor="system", action="account.closed", subject=None, purpose="rights", now=now, detail={"ref": ref}
    )


def _due(now: datetime) -> Any:
    waiting = or_(Account.report_after.is_(None), Account.report_after <= now)
    return select(Account).where(Account.account_id.is_not(None), waiting).order_by(Account.ref)


def _postpone(session: Session, accounts: Iterable[str], until: datetime) -> None:
    session.execute(update(Account).where(Account.account_id.in_(list(accounts))).values(report_after=until))


def _refresh(session: Session, accounts: Iterable[str], now: datetime) -> None:
    """Names and addresses of accounts are not stored, so there is nothing to read again: what we hold is right now."""
    session.execute(update(Account).where(Account.account_id.in_(list(accounts))).values(updated_at=now))


def _stored(session: Session, vault: Vault, column: Column[Any]) -> set[str]:
    if isinstance(column.type, LargeBinary):
        return {account for case in _cases(session) if (account := _reporter(vault, case))}
    found = session.scalars(select(column).where(column.is_not(None)).distinct())
    return {value for value in found if value not in account_ids.PROGRAMS and not value.startswith("acc_")}


def _empty(session: Session, vault: Vault, column: Column[Any], account_id: str, ref: str) -> None:
    table: Table = column.table
    if isinstance(column.type, LargeBinary):
        index = vault.blind_index("account", account_id)
        session.execute(
            update(SupportCase).where(SupportCase.reporter_index == index).values(reporter=None, reporter_index=None)
        )
        return
    gone = None if column.nullable else ref
    session.execute(update(table).where(column == account_id).values({column.name: gone}))


def _cases(session: Session) -> Sequence[SupportCase]:
    """One case of each reporter: the id is sealed, the index tells who is who."""
    firsts = select(SupportCase.reporter_index).where(SupportCase.reporter.is_not(None)).distinct()
    return [
        case
        for index in session.scalars(firsts)
        if (case := session.scalars(select(SupportCase).where(SupportCase.reporter_index == index).limit(1)).first())
    ]


def _reporter(vault: Vault, case: SupportCase) -> str | None:
    place = Place("support_cases", "reporter", f"{case.client_key}|{case.issue_id}")
    try:
        return vault.unseal(case.reporter or b"", place)
    except SealError:
        return None
