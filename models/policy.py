"""Versions of the privacy policy, the pages that show it in Confluence, and foreign edits found on those pages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped

from models.base import Base, Instant, held
from models.register import Category


class PolicyVersion(Base):
    """One version of the text, for good. `digest` is of the text in both languages with its figures in."""

    __tablename__ = "policy_versions"
    __table_args__ = (CheckConstraint("number > 0", name="number"),)

    number: Mapped[int] = held(Category.OPERATIONS, primary_key=True, autoincrement=False)
    digest: Mapped[str] = held(Category.OPERATIONS, String(64))
    registered_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    effective_at: Mapped[datetime] = held(Category.OPERATIONS, Instant, index=True)
    # Who made it known, by the name that the journal has for them.
    author: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(128))
    # A material change has to be told to people before they meet it (WP260 rev.01, 29).
    material: Mapped[bool] = held(Category.OPERATIONS, Boolean, server_default=true())


class PolicyText(Base):
    """One version in one language, as it was shown: it stays readable when program and register have moved on.

    `clauses` is a list of `{"id", "title", "level", "text", "commitments"}` in their order, for comparing versions
    clause by clause. Texts of before commitments were kept have none.
    """

    __tablename__ = "policy_texts"
    __table_args__ = (CheckConstraint("lang IN ('fr', 'en')", name="lang"),)

    version: Mapped[int] = held(Category.OPERATIONS, ForeignKey("policy_versions.number"), primary_key=True)
    lang: Mapped[str] = held(Category.OPERATIONS, String(2), primary_key=True)
    title: Mapped[str] = held(Category.OPERATIONS, String(255))
    html: Mapped[str] = held(Category.OPERATIONS, Text)
    text: Mapped[str] = held(Category.OPERATIONS, Text)
    clauses: Mapped[list[dict[str, Any]]] = held(Category.OPERATIONS, JSON)


class PageState(StrEnum):
    """Where the publication of one page stands."""

    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNVERIFIED = "unverified"
    BLOCKED = "blocked"
    WAITING = "waiting"


class PolicyPage(Base):
    """The one page of one language in one space of one site.

    The upper half is what Confluence is known to hold, the lower half the intent and the lease of whoever publishes.
    `fence` grows with each lease, so that a publisher that lost its lease can no longer write here.
    """

    __tablename__ = "policy_pages"
    __table_args__ = (
        UniqueConstraint("client_key", "space_key", "lang"),
        CheckConstraint("state IN ('publishing', 'published', 'unverified', 'blocked', 'waiting')", name="state"),
    )

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    client_key: Mapped[str] = held(Category.OPERATIONS, String(255))
    space_key: Mapped[str] = held(Category.OPERATIONS, String(255))
    lang: Mapped[str] = held(Category.OPERATIONS, String(2))
    page_id: Mapped[str | None] = held(Category.OPERATIONS, String(30))
    page_version: Mapped[int | None] = held(Category.OPERATIONS)
    policy_version: Mapped[int | None] = held(Category.OPERATIONS)
    digest: Mapped[str | None] = held(Category.OPERATIONS, String(64))
    body_digest: Mapped[str | None] = held(Category.OPERATIONS, String(64))
    state: Mapped[str] = held(Category.OPERATIONS, String(20))
    reason: Mapped[str | None] = held(Category.OPERATIONS, String(60))
    operation: Mapped[str | None] = held(Category.OPERATIONS, String(32))
    intended_digest: Mapped[str | None] = held(Category.OPERATIONS, String(64))
    fence: Mapped[int] = held(Category.OPERATIONS)
    lease_until: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    not_before: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    updated_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)


class PolicySnapshot(Base):
    """A version of our page that somebody else wrote, kept before the policy was put back.

    `diff` is what it changed against the policy, as a unified diff of the texts; empty for those kept before 0006.
    """

    __tablename__ = "policy_snapshots"
    __table_args__ = (
        Index("uq_policy_snapshots_page_id_page_version", "page", "page_id", "page_version", unique=True),
    )

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    page: Mapped[int] = held(Category.OPERATIONS, ForeignKey("policy_pages.id"))
    page_id: Mapped[str] = held(Category.OPERATIONS, String(30))
    page_version: Mapped[int] = held(Category.OPERATIONS)
    author: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(128), account=True)
    title: Mapped[str] = held(Category.ACCOUNTABILITY, Text)
    body: Mapped[str] = held(Category.ACCOUNTABILITY, Text)
    diff: Mapped[str] = held(Category.ACCOUNTABILITY, Text, server_default="")
    seen_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
