"""What people write and say to us: letters, mails, faxes, calls (commitments C23 to C31, C84)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped

from models.base import Base, Instant, held
from models.register import Category


class Mode(StrEnum):
    """By what it came; each is kept by a rule of its own."""

    EMAIL = "email"
    FAX = "fax"
    PHONE = "phone"
    POST = "post"


class Correspondence(Base):
    """One message or call. What was said is sealed: under the person's key, or ours where the person is not known.

    Of a call there are four facts and no others: number (or none, where it was withheld), time, duration, who took it
    (commitment C25). Of a fax only the head stays once it was read (C27).
    """

    __tablename__ = "correspondence"
    __table_args__ = (
        Index("ix_correspondence_mode_at", "mode", "at"),
        CheckConstraint("mode IN ('email', 'fax', 'phone', 'post')", name="mode"),
        CheckConstraint(
            "mode <> 'phone' OR (title IS NULL AND body IS NULL AND case_ref IS NULL)", name="four_facts_of_a_call"
        ),
        CheckConstraint("mode = 'phone' OR duration_seconds IS NULL", name="only_calls_last"),
        CheckConstraint("mode <> 'fax' OR read_at IS NULL OR body IS NULL", name="a_read_fax_is_gone"),
    )

    id: Mapped[str] = held(Category.CORRESPONDENCE, String(32), primary_key=True, tombstone=True)
    person_id: Mapped[str | None] = held(Category.CORRESPONDENCE, ForeignKey("people.id"), index=True)
    mode: Mapped[str] = held(Category.CORRESPONDENCE, String(10), tombstone=True)
    at: Mapped[datetime] = held(Category.CORRESPONDENCE, Instant, tombstone=True)
    # Address or number of the other side.
    counterpart: Mapped[bytes | None] = held(Category.CORRESPONDENCE, LargeBinary)
    # Which of us it was for.
    recipient: Mapped[str | None] = held(Category.CORRESPONDENCE, String(128), account=True)
    duration_seconds: Mapped[int | None] = held(Category.CORRESPONDENCE)
    title: Mapped[bytes | None] = held(Category.CORRESPONDENCE, LargeBinary)
    body: Mapped[bytes | None] = held(Category.CORRESPONDENCE, LargeBinary)
    case_ref: Mapped[str | None] = held(Category.CORRESPONDENCE, String(60))
    read_at: Mapped[datetime | None] = held(Category.CORRESPONDENCE, Instant, tombstone=True)
