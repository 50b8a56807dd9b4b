"""People, their organisations, and the prospects that staff see."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped

from models.base import OF_ORGANISATION, Base, Instant, held
from models.register import Category

HALF_ERASED = "erased_at IS NOT NULL AND mailbox_index <> ''"
PAST = "kept_until IS NOT NULL"


class Person(Base):
    """One natural person, known by an e-mail address. Personal fields are sealed under the person's own `data_key`.

    `id` is made from the keyed digest of the address, so that it does not depend on the order in which feeds arrive.
    """

    __tablename__ = "people"
    # Whose key is gone while other traces are still to go: looked for every few seconds, and next to nobody.
    __table_args__ = (
        Index("ix_people_half_erased", "id", sqlite_where=text(HALF_ERASED), postgresql_where=text(HALF_ERASED)),
        Index("ix_people_kept_until", "kept_until", "id", sqlite_where=text(PAST), postgresql_where=text(PAST)),
    )

    id: Mapped[str] = held(Category.OPERATIONS, String(32), primary_key=True, of="person", tombstone=True)
    email_index: Mapped[str] = held(Category.IDENTIFICATION, String(64), unique=True, of="email")
    mailbox_index: Mapped[str] = held(Category.IDENTIFICATION, String(64), index=True, of="mailbox")
    data_key: Mapped[bytes | None] = held(Category.OPERATIONS, LargeBinary)
    email: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    name: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    phone: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    company: Mapped[bytes | None] = held(Category.IDENTIFICATION, LargeBinary)
    # Of each field the version of the observation it comes from: an older one never overwrites it.
    versions: Mapped[dict[str, str]] = held(Category.OPERATIONS, JSON, of="content")
    source: Mapped[str] = held(Category.IDENTIFICATION, String(60), tombstone=True)
    first_seen_at: Mapped[datetime] = held(Category.IDENTIFICATION, Instant, tombstone=True)
    # The day of their newest own act that no licence tells of: a message, a choice, a request.
    last_contact_on: Mapped[date | None] = held(Category.IDENTIFICATION, Date)
    # Of somebody whom no licence names now: from this day on they are not written to, and then they go. None: their
    # prospect tells.
    kept_until: Mapped[date | None] = held(Category.OPERATIONS, Date)
    erased_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    # Since when nothing but storage is allowed (GDPR Art. 18); since when they are known to have died (LIL art. 85).
    restricted_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    deceased_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)


class Organisation(Base):
    """A customer organisation, as the licences that belong together show it."""

    __tablename__ = "organisations"

    id: Mapped[str] = held(Category.OPERATIONS, String(32), primary_key=True)
    name: Mapped[str | None] = held(Category.IDENTIFICATION, Text)
    domain: Mapped[str | None] = held(Category.IDENTIFICATION, String(255))
    country: Mapped[str | None] = held(Category.IDENTIFICATION, String(100))


class Prospect(Base):
    """What staff see: a person (or, where no person is known, an organisation) with the evaluations they started."""

    __tablename__ = "prospects"
    # One index for each order of the list, and for each filter in the order that it is mostly read in.
    __table_args__ = (
        Index("ix_prospects_recent", "last_observed", "id"),
        Index("ix_prospects_state_recent", "state", "last_observed", "id"),
        Index("ix_prospects_ends", "ends_on", "id"),
        Index("ix_prospects_state_ends", "state", "ends_on", "id"),
        OF_ORGANISATION,
    )

    id: Mapped[str] = held(Category.OPERATIONS, String(40), primary_key=True)
    person_id: Mapped[str | None] = held(Category.IDENTIFICATION, ForeignKey("people.id"), unique=True, tombstone=True)
    organisation_id: Mapped[str | None] = held(Category.IDENTIFICATION, ForeignKey("organisations.id"), index=True)
    state: Mapped[str] = held(Category.IDENTIFICATION, String(30))
    ends_on: Mapped[date | None] = held(Category.IDENTIFICATION, Date)
    last_observed: Mapped[date] = held(Category.IDENTIFICATION, Date)
    # From this day on nothing of it is shown, and then it goes. None: not worked out yet.
    kept_until: Mapped[date | None] = held(Category.OPERATIONS, Date, index=True)
    apps: Mapped[list[str]] = held(Category.IDENTIFICATION, JSON)
    flags: Mapped[list[str]] = held(Category.IDENTIFICATION, JSON)
    # Blinded trigrams of name, address and company, in order: finds part of a word without storing any.
    search: Mapped[str] = held(Category.IDENTIFICATION, Text, of="content")
    # What the full-text index of SQLite knows the row by: its own row numbers may change.
    number: Mapped[int] = held(Category.OPERATIONS, Integer, unique=True)
    # Digest of what `search` was made of.
    search_source: Mapped[str] = held(Category.OPERATIONS, String(64), of="content")
