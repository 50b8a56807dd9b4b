"""Accounting records: ten years from the end of the financial year, which is the calendar year (C47, C50, C67).

Before that the database itself refuses to delete them (`models.accountability.hold_statements`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.orm import Session

from models.marketplace import ACCOUNTING_DAYS, ACCOUNTING_KINDS, Observation, ObservedContact
from models.register import PERIODS
from models.vault import Vault

SOLD: ColumnElement[str] = func.coalesce(*(Observation.facts[path].as_string() for path in ACCOUNTING_DAYS))


def over(as_of: datetime) -> Select[Any]:
    """Sales and quotes of financial years that ended ten years ago. A year of four digits compares as it is written."""
    first_kept = as_of.year - PERIODS["accounting.document"].ceiling.count
    # A sale within the year Y is kept to the end of Y + 10: on the first of January after that it goes.
    return (
        select(Observation.id)
        .where(Observation.kind.in_(ACCOUNTING_KINDS), SOLD >= "0001", f"{first_kept:04}" > SOLD)
        .order_by(Observation.id)
    )


def held_until(sold: datetime) -> datetime:
    """The end of the hold on a sale of that day."""
    return PERIODS["accounting.document"].ceiling.after(datetime(sold.year, 12, 31, tzinfo=UTC))


def forget(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """Delete the records, with the contacts that they named."""
    session.execute(delete(ObservedContact).where(ObservedContact.observation_id.in_(keys)))
    return int(session.execute(delete(Observation).where(Observation.id.in_(keys))).rowcount)  # type: ignore[attr-defined]
