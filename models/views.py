"""Views of the list of prospects that staff have kept for themselves."""

from __future__ import annotations

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, held
from models.register import Category


class SavedView(Base):
    """A named set of filters of one account. Words that were searched for are never kept: they may name a person."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("account_ref", "name"),)

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    account_ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32))
    name: Mapped[str] = held(Category.OPERATIONS, String(40))
    query: Mapped[dict[str, str]] = held(Category.OPERATIONS, JSON)
