"""What staff note about a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped

from models.base import Base, Instant, held
from models.register import Category


class Note(Base):
    """One note. Its text is sealed under the key of the person whom it is about, so it goes with them.

    `author_ref`: our name for the account of who wrote it (services/account_ids.py).
    """

    __tablename__ = "notes"

    id: Mapped[str] = held(Category.OPERATIONS, String(32), primary_key=True)
    person_id: Mapped[str] = held(Category.IDENTIFICATION, ForeignKey("people.id"), index=True)
    text: Mapped[bytes] = held(Category.IDENTIFICATION, LargeBinary)
    author_ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32))
    written_at: Mapped[datetime] = held(Category.IDENTIFICATION, Instant)
