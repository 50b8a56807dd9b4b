"""Configurations, by their mode of collection, and the cases that they came with (C32, C65, C66)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session

from models.exchange import ExchangePackage
from models.support import ConfigComponent, ConfigSnapshot, SupportCase
from models.vault import Vault
from services.retention.cutoffs import cutoff


def configurations(mode: str, as_of: datetime) -> Select[Any]:
    """Snapshots of one mode that are past their period. A case names no client, so none prolongs it."""
    limit = cutoff(f"configuration.{mode}", as_of)
    return (
        select(ConfigSnapshot.id)
        .where(ConfigSnapshot.collection_mode == mode, ConfigSnapshot.taken_at <= limit)
        .order_by(ConfigSnapshot.taken_at, ConfigSnapshot.id)
    )


def forget_configurations(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """Delete snapshots, what they list, and what was made of them for Atlassian: the register of disclosures stays."""
    cases = select(ConfigSnapshot.case_id).where(ConfigSnapshot.id.in_(keys))
    session.execute(delete(ExchangePackage).where(ExchangePackage.case_id.in_(cases)))
    session.execute(delete(ConfigComponent).where(ConfigComponent.snapshot_id.in_(keys)))
    return int(session.execute(delete(ConfigSnapshot).where(ConfigSnapshot.id.in_(keys))).rowcount)  # type: ignore[attr-defined]


def cases(as_of: datetime) -> Select[Any]:
    """Cases past their period that hold no snapshot any more: what they came with goes first."""
    begun = func.coalesce(SupportCase.created_at, SupportCase.seen_at)
    return (
        select(SupportCase.id)
        .where(
            begun <= cutoff("correspondence.case", as_of),
            ~exists(select(ConfigSnapshot.id).where(ConfigSnapshot.case_id == SupportCase.id)),
        )
        .order_by(SupportCase.id)
    )


def forget_cases(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    """Delete what is noted of these issues; Jira has them still."""
    return int(session.execute(delete(SupportCase).where(SupportCase.id.in_(keys))).rowcount)  # type: ignore[attr-defined]
