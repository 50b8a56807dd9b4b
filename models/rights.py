"""What people ask for, the directives they leave, what was erased, and the budget of the public form."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped

from models.base import Base, Instant, held
from models.register import Category


class Right(StrEnum):
    """What a person can ask for (commitments C71 to C79)."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    PORTABILITY = "portability"
    DIRECTIVES = "directives"
    WITHDRAWAL = "withdrawal"


class RequestState(StrEnum):
    """Life of a request (privacy.md 3.2). The last five are ends."""

    RECEIVED = "received"
    IDENTITY_CHECK = "identity_check"
    AWAITING_INFORMATION = "awaiting_information"
    ACCEPTED = "accepted"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    PARTLY_FULFILLED = "partly_fulfilled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn_by_subject"
    DUPLICATE = "duplicate"


class RightsCase(Base):
    """One request, from any channel. The address to answer to and the words of the request are sealed.

    `open_key` is of the kind and the mailbox while the request is open: the same person asking twice at once asks once.
    """

    __tablename__ = "rights_cases"
    __table_args__ = (Index("ix_rights_cases_state_due_on", "state", "due_on"),)

    id: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), primary_key=True)
    kind: Mapped[str] = held(Category.ACCOUNTABILITY, String(20))
    channel: Mapped[str] = held(Category.ACCOUNTABILITY, String(10))
    language: Mapped[str] = held(Category.ACCOUNTABILITY, String(2))
    state: Mapped[str] = held(Category.ACCOUNTABILITY, String(30))
    open_key: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(100), unique=True)
    # Our pseudonymous id for whoever has the address; whether there is such a record is not said here.
    person_ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), index=True, of="person")
    contact: Mapped[bytes | None] = held(Category.ACCOUNTABILITY, LargeBinary, tombstone=True)
    details: Mapped[bytes | None] = held(Category.ACCOUNTABILITY, LargeBinary)
    received_at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    due_on: Mapped[date] = held(Category.ACCOUNTABILITY, Date)
    extended_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    # Days during which identity information was awaited: they do not count (décret 2019-536, art. 77).
    suspended_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    suspended_days: Mapped[int] = held(Category.ACCOUNTABILITY, Integer, default=0)
    closed_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant, index=True)
    reason: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(60))
    reference: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(60))


class RightsEvent(Base):
    """One step of a request, for its file of evidence. `detail` holds codes and counts, no personal data."""

    __tablename__ = "rights_events"

    id: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True)
    case_id: Mapped[str] = held(Category.ACCOUNTABILITY, ForeignKey("rights_cases.id"), index=True)
    at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    actor: Mapped[str] = held(Category.ACCOUNTABILITY, String(128), account=True)
    event: Mapped[str] = held(Category.ACCOUNTABILITY, String(40))
    detail: Mapped[dict[str, Any]] = held(Category.ACCOUNTABILITY, JSON)


class RightsLink(Base):
    """What a link in a letter stands for: to confirm a request, or to see and take the data. Its token is not kept."""

    __tablename__ = "rights_links"

    id: Mapped[str] = held(Category.OPERATIONS, String(40), primary_key=True)
    kind: Mapped[str] = held(Category.OPERATIONS, String(10))
    case_id: Mapped[str] = held(Category.ACCOUNTABILITY, ForeignKey("rights_cases.id"), index=True)
    issued_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    expires_at: Mapped[datetime] = held(Category.OPERATIONS, Instant, index=True)
    used_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)


class Directive(Base):
    """What shall become of a person's data after their death (LIL art. 85; commitment C78); revocable at any time."""

    __tablename__ = "directives"
    __table_args__ = (CheckConstraint("action IN ('retain', 'erase', 'communicate')", name="action"),)

    id: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True)
    person_id: Mapped[str] = held(Category.ACCOUNTABILITY, ForeignKey("people.id"), index=True)
    case_id: Mapped[str] = held(Category.ACCOUNTABILITY, ForeignKey("rights_cases.id"))
    action: Mapped[str] = held(Category.ACCOUNTABILITY, String(20))
    # Sealed under the person's key: who is to see to it, or to receive the data.
    executor: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    registered_at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    revoked_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    executed_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)


class Erasure(Base):
    """One erasure that was carried out: the signed certificate, and the entry of the journal outside the database.

    `needles` are what the files are searched for after the commit, sealed; the search empties them.
    """

    __tablename__ = "erasures"

    id: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), primary_key=True)
    reason: Mapped[str] = held(Category.ACCOUNTABILITY, String(40))
    at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    # `[[id, keyed digest of the mailbox], …]`
    subjects: Mapped[list[list[str]]] = held(Category.ACCOUNTABILITY, JSON)
    certificate: Mapped[str] = held(Category.ACCOUNTABILITY, Text)
    signature: Mapped[str] = held(Category.ACCOUNTABILITY, String(200))
    needles: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    journalled_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant, index=True)
    scanned_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant, index=True)


class RequestBudget(Base):
    """How often the public form was used within one window, by a keyed digest of an address or of a network."""

    __tablename__ = "request_budgets"

    key: Mapped[str] = held(Category.AUTHENTICATION, String(64), primary_key=True)
    window: Mapped[datetime] = held(Category.AUTHENTICATION, Instant, primary_key=True)
    used: Mapped[int] = held(Category.AUTHENTICATION, Integer, default=0)
