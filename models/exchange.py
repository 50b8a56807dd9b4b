"""What is made of a case's configurations to be handed to Atlassian: a package, who asked for it, and who agreed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Instant, held
from models.register import Category
from models.support import SupportCase


class PackageState(StrEnum):
    """Life of a package. `sending`: the worker hands it over; `withdrawn`: by staff, or because it may not leave."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENDING = "sending"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"


class ExchangePackage(Base):
    """One package. `content` is every byte that leaves, sealed, and `digest` its SHA-256: what was agreed to.

    `person_ref`: whose case it is. Accounts stand here under our names for them (services/account_ids.py).
    """

    __tablename__ = "exchange_packages"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'sending', 'handed_over', 'withdrawn')", name="state"),
        CheckConstraint("approved_ref <> asked_ref", name="two_people"),
    )

    id: Mapped[str] = held(Category.OPERATIONS, String(32), primary_key=True)
    case_id: Mapped[int] = held(Category.OPERATIONS, ForeignKey("support_cases.id", ondelete="CASCADE"), index=True)
    person_ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), index=True, of="person")
    parts: Mapped[list[str]] = held(Category.OPERATIONS, JSON)
    content: Mapped[bytes | None] = held(Category.CONFIGURATION, LargeBinary)
    digest: Mapped[str] = held(Category.ACCOUNTABILITY, String(64))
    state: Mapped[str] = held(Category.OPERATIONS, String(20))
    # Why it was withdrawn, where nobody of staff did it.
    reason: Mapped[str | None] = held(Category.OPERATIONS, String(60))
    asked_ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32))
    asked_at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    approved_ref: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(32))
    approved_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    handed_over_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    # Its entry in the register of disclosures, which may be over before this row is.
    disclosure_id: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(32))
    atlassian_key: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(60))
    # When something that must not be done twice was begun whose outcome is not known yet.
    tried_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)

    case: Mapped[SupportCase] = relationship()
