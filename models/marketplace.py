"""Licences: append-only observations, the aliases that identify a licence, and the projected state."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped

from models.base import OF_ORGANISATION, Base, Instant, held
from models.register import Category

# Observations of these kinds are accounting records (C48): sales, and quotes that were accepted.
ACCOUNTING_KINDS = ("transaction", "quote")
# Where the day of one stands in its facts; the first that is there counts.
ACCOUNTING_DAYS = (("purchaseDetails", "saleDate"), ("acceptedDate",), ("quoteCreatedDate",))


def linked(name: str, column: str) -> Index:
    """An index of those licences that have this column."""
    known = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=known, postgresql_where=known)


class Licence(Base):
    """One licence of one app. Everything but the id is a projection of its observations and can be made again."""

    __tablename__ = "licences"
    __table_args__ = (
        Index("ix_licences_app", "app_key", "prospect_id"),
        # A licence is linked after it is written: what these would hold of it until then nobody looks for.
        linked("ix_licences_organisation_id", "organisation_id"),
        linked("ix_licences_prospect_id", "prospect_id"),
        OF_ORGANISATION,
    )

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    licence_key: Mapped[str] = held(Category.IDENTIFICATION, String(300), index=True)
    app_key: Mapped[str | None] = held(Category.IDENTIFICATION, String(200))
    app_name: Mapped[str | None] = held(Category.IDENTIFICATION, String(200), index=True)
    hosting: Mapped[str | None] = held(Category.IDENTIFICATION, String(40))
    state: Mapped[str] = held(Category.IDENTIFICATION, String(30))
    episodes: Mapped[int] = held(Category.IDENTIFICATION, Integer, default=0)
    started_on: Mapped[date | None] = held(Category.IDENTIFICATION, Date)
    ends_on: Mapped[date | None] = held(Category.IDENTIFICATION, Date)
    won_on: Mapped[date | None] = held(Category.IDENTIFICATION, Date)
    last_observed: Mapped[date | None] = held(Category.IDENTIFICATION, Date)
    # The state changes with the calendar alone; on this day it has to be worked out again.
    next_change_on: Mapped[date | None] = held(Category.OPERATIONS, Date, index=True)
    person_id: Mapped[str | None] = held(Category.IDENTIFICATION, ForeignKey("people.id"), index=True, tombstone=True)
    organisation_id: Mapped[str | None] = held(Category.IDENTIFICATION, ForeignKey("organisations.id"))
    prospect_id: Mapped[str | None] = held(Category.IDENTIFICATION, ForeignKey("prospects.id"))
    # Everything that linking needs, and nothing that names a person: see services/marketplace/linking.py.
    link_facts: Mapped[dict[str, Any]] = held(Category.IDENTIFICATION, JSON)
    evidence: Mapped[list[dict[str, str]]] = held(Category.IDENTIFICATION, JSON)
    flags: Mapped[list[str]] = held(Category.IDENTIFICATION, JSON)


class LicenceAlias(Base):
    """One id by which a licence is known. `scope` is the app for ids that are unique within one app only."""

    __tablename__ = "licence_aliases"

    kind: Mapped[str] = held(Category.IDENTIFICATION, String(40), primary_key=True)
    scope: Mapped[str] = held(Category.IDENTIFICATION, String(200), primary_key=True)
    value: Mapped[str] = held(Category.IDENTIFICATION, String(300), primary_key=True)
    licence_id: Mapped[int] = held(Category.OPERATIONS, ForeignKey("licences.id"), index=True)


class Observation(Base):
    """One row as one source gave it, once: the same row from the same source is a no-op (marketplace.md 5, rule 1)."""

    __tablename__ = "observations"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    licence_id: Mapped[int] = held(Category.OPERATIONS, ForeignKey("licences.id"), index=True)
    source: Mapped[str] = held(Category.IDENTIFICATION, String(40))
    source_key: Mapped[str] = held(Category.OPERATIONS, String(300))
    kind: Mapped[str] = held(Category.IDENTIFICATION, String(20))
    as_of: Mapped[datetime] = held(Category.IDENTIFICATION, Instant)
    version: Mapped[str] = held(Category.OPERATIONS, String(120))
    facts: Mapped[dict[str, Any]] = held(Category.IDENTIFICATION, JSON)
    # Atlassian has erased the person of this licence; older rows bring them back no more (rule 4).
    forgotten: Mapped[bool] = held(Category.IDENTIFICATION, Boolean, default=False)


class ObservedContact(Base):
    """A contact of an observation, sealed under the key of the person it names; gone for good with that key."""

    __tablename__ = "observed_contacts"
    __table_args__ = (UniqueConstraint("observation_id", "role"), Index("ix_observed_contacts_person", "person_id"))

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    observation_id: Mapped[int] = held(Category.OPERATIONS, ForeignKey("observations.id"))
    role: Mapped[str] = held(Category.IDENTIFICATION, String(20), tombstone=True)
    person_id: Mapped[str] = held(Category.IDENTIFICATION, ForeignKey("people.id"), tombstone=True)
    details: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)


class LinkDecision(Base):
    """What staff have decided of who belongs together, in place of what the keys say. Feeds never touch it.

    `kind` `apart`: these licences are one organisation, and nobody else's; `together`: whatever they belong to, it is
    one. A decision that was taken back stays, with the day on which it was.
    """

    __tablename__ = "link_decisions"
    __table_args__ = (CheckConstraint("kind IN ('apart', 'together')", name="kind"),)

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    kind: Mapped[str] = held(Category.IDENTIFICATION, String(20))
    # Ids of licences: any that they are known by, so that a better one that comes later changes nothing.
    licences: Mapped[list[str]] = held(Category.IDENTIFICATION, JSON)
    actor: Mapped[str] = held(Category.ACCOUNTABILITY, String(128), account=True)
    reason: Mapped[str] = held(Category.ACCOUNTABILITY, String(500))
    decided_at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    taken_back_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)


class Feed(Base):
    """How far a poll has come. The cursor moves only after a whole export has been taken in.

    `half_…`: the export that is being read, from which day on and as of when it is, and how many of its rows are in.
    """

    __tablename__ = "feeds"

    name: Mapped[str] = held(Category.OPERATIONS, String(60), primary_key=True)
    cursor: Mapped[date | None] = held(Category.OPERATIONS, Date)
    rows: Mapped[int] = held(Category.OPERATIONS, Integer, default=0)
    # How many a whole report had at the last time that it was plausible, and since when it is not.
    whole_rows: Mapped[int | None] = held(Category.OPERATIONS, Integer)
    shrunk_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    # When it was last asked for; later than `finished_at` where it failed or is being read.
    tried_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    finished_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    half_export: Mapped[str | None] = held(Category.OPERATIONS, String(64))
    half_since: Mapped[date | None] = held(Category.OPERATIONS, Date)
    half_as_of: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    half_taken: Mapped[int] = held(Category.OPERATIONS, Integer, default=0, server_default="0")
