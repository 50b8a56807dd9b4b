"""Support cases and the configurations read from their attachments. The attachments themselves are never kept."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Instant, held
from models.register import Category


class CaseState(StrEnum):
    """`open` is read and shown; `deleted` is gone from Jira, or out of the projects that hold support cases."""

    OPEN = "open"
    DELETED = "deleted"


class CollectionMode(StrEnum):
    """How a configuration reached us; the periods of the policy depend on it (commitments.md, category C)."""

    MAIL = "mail"
    ONLINE_SUPPORT = "online_support"


class SupportCase(Base):
    """One Jira issue that holds a support case. `reporter` is sealed; `reporter_index` finds it again."""

    __tablename__ = "support_cases"
    __table_args__ = (
        UniqueConstraint("client_key", "issue_id"),
        CheckConstraint("state IN ('open', 'deleted')", name="state"),
    )

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    client_key: Mapped[str] = held(Category.OPERATIONS, String(255))
    issue_id: Mapped[str] = held(Category.OPERATIONS, String(30))
    issue_key: Mapped[str] = held(Category.CORRESPONDENCE, String(255))
    project_key: Mapped[str] = held(Category.CORRESPONDENCE, String(255))
    reporter: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary, account=True)
    reporter_index: Mapped[str | None] = held(Category.IDENTIFICATION, String(64), index=True)
    state: Mapped[str] = held(Category.OPERATIONS, String(20))
    created_at: Mapped[datetime | None] = held(Category.CORRESPONDENCE, Instant)
    seen_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    deleted_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)

    snapshots: Mapped[list[ConfigSnapshot]] = relationship(back_populates="case", cascade="all, delete-orphan")


class ConfigSnapshot(Base):
    """What one attachment told, or why it told nothing. `gone_at`: the attachment left the case since."""

    __tablename__ = "config_snapshots"
    __table_args__ = (
        UniqueConstraint("case_id", "attachment_id"),
        CheckConstraint("status IN ('parsed', 'unknown', 'refused')", name="status"),
        CheckConstraint("collection_mode IN ('mail', 'online_support')", name="collection_mode"),
    )

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    case_id: Mapped[int] = held(Category.OPERATIONS, ForeignKey("support_cases.id", ondelete="CASCADE"))
    attachment_id: Mapped[str] = held(Category.OPERATIONS, String(30))
    file_name: Mapped[str] = held(Category.CONFIGURATION, String(255))
    size: Mapped[int] = held(Category.CONFIGURATION)
    sha256: Mapped[str | None] = held(Category.CONFIGURATION, String(64))
    format: Mapped[str | None] = held(Category.CONFIGURATION, String(40))
    status: Mapped[str] = held(Category.CONFIGURATION, String(20))
    reason: Mapped[str | None] = held(Category.CONFIGURATION, String(60))
    facts: Mapped[dict[str, object]] = held(Category.CONFIGURATION, JSON)
    redactions: Mapped[int] = held(Category.ACCOUNTABILITY)
    parser_version: Mapped[int] = held(Category.OPERATIONS)
    collection_mode: Mapped[str] = held(Category.CONFIGURATION, String(20))
    source: Mapped[str] = held(Category.CONFIGURATION, String(60))
    taken_at: Mapped[datetime] = held(Category.CONFIGURATION, Instant)
    read_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    gone_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)

    case: Mapped[SupportCase] = relationship(back_populates="snapshots")
    components: Mapped[list[ConfigComponent]] = relationship(
        back_populates="snapshot", cascade="all, delete-orphan", order_by="ConfigComponent.id"
    )


class ConfigComponent(Base):
    """One piece of software or machine. `sort_key` orders versions as numbers; `raw` and `source` are redacted."""

    __tablename__ = "config_components"

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    snapshot_id: Mapped[int] = held(
        Category.OPERATIONS, ForeignKey("config_snapshots.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = held(Category.CONFIGURATION, String(20))
    name: Mapped[str] = held(Category.CONFIGURATION, String(300))
    version: Mapped[str | None] = held(Category.CONFIGURATION, String(120))
    sort_key: Mapped[str] = held(Category.CONFIGURATION, String(60))
    raw: Mapped[str] = held(Category.CONFIGURATION, Text)
    source: Mapped[str] = held(Category.CONFIGURATION, Text)

    snapshot: Mapped[ConfigSnapshot] = relationship(back_populates="components")
