"""The consent ledger, the suppression list that outlives erasure, signed links, and the audit chain."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, column_property

from models.accountability import Account
from models.base import Base, Instant, held
from models.register import Category


class ConsentEvent(Base):
    """One entry of the ledger: append-only (a trigger refuses UPDATE and DELETE), each chained to the one before.

    `person_ref` is the pseudonymous id of the person, which says nothing once the person's row is empty: the ledger
    needs no erasure and stays verifiable.
    """

    __tablename__ = "consent_events"
    __table_args__ = (Index("ix_consent_events_person", "person_ref", "purpose", "channel"),)

    seq: Mapped[int] = held(Category.CONSENT, primary_key=True)
    person_ref: Mapped[str] = held(Category.CONSENT, String(32), of="person")
    purpose: Mapped[str] = held(Category.CONSENT, String(30))
    channel: Mapped[str] = held(Category.CONSENT, String(20))
    state: Mapped[str] = held(Category.CONSENT, String(30))
    basis: Mapped[str | None] = held(Category.CONSENT, String(30))
    actor_kind: Mapped[str] = held(Category.CONSENT, String(20))
    source: Mapped[str] = held(Category.CONSENT, String(60))
    policy_version: Mapped[int | None] = held(Category.CONSENT)
    wording_hash: Mapped[str | None] = held(Category.CONSENT, String(64))
    at: Mapped[datetime] = held(Category.CONSENT, Instant)
    previous_hash: Mapped[str] = held(Category.CONSENT, String(64))
    hash: Mapped[str] = held(Category.CONSENT, String(64))


# On the suppression list: nobody with this mailbox is recorded again, for whatever purpose.
EVERY_PURPOSE = "*"


class Suppression(Base):
    """A keyed digest of an address that must not be contacted. It survives erasure and blocks re-creation.

    E-mail and phone digests only, and a date without a time: more would be more than the CNIL allows such a list
    (liste repoussoir, 27/01/2022; MED-2023-040).
    """

    __tablename__ = "suppressions"

    kind: Mapped[str] = held(Category.ACCOUNTABILITY, String(20), primary_key=True)
    digest: Mapped[str] = held(Category.ACCOUNTABILITY, String(64), primary_key=True, of="mailbox")
    purpose: Mapped[str] = held(Category.ACCOUNTABILITY, String(30), primary_key=True)
    reason: Mapped[str] = held(Category.ACCOUNTABILITY, String(30))
    created_on: Mapped[date] = held(Category.ACCOUNTABILITY, Date)


class SignedLink(Base):
    """What a signed link stands for. The link itself carries a random id only, never an address."""

    __tablename__ = "signed_links"

    id: Mapped[str] = held(Category.OPERATIONS, String(40), primary_key=True)
    kind: Mapped[str] = held(Category.OPERATIONS, String(20))
    person_id: Mapped[str | None] = held(Category.IDENTIFICATION, ForeignKey("people.id"), index=True)
    # Keeps an unsubscribe link working after the person is erased.
    mailbox_index: Mapped[str] = held(Category.ACCOUNTABILITY, String(64), of="mailbox")
    issued_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    expires_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)


def _known_as(actor_ref: Any) -> Any:
    column = actor_ref.column
    return func.coalesce(select(Account.account_id).where(Account.ref == column).scalar_subquery(), column)


class AuditEvent(Base):
    """One entry of the staff journal: who did what to whom, for which purpose and case. Append-only and chained.

    The chain holds accounts of Atlassian by our name for them (`actor_ref`), and `actor`
    reads as the account while we know it.
    """

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject", "subject"), Index("ix_audit_events_at", "at"))

    seq: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True)
    actor_ref: Mapped[str] = held(Category.ACCOUNTABILITY, "actor", String(128))
    action: Mapped[str] = held(Category.ACCOUNTABILITY, String(60))
    subject: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(128), of="person")
    purpose: Mapped[str] = held(Category.ACCOUNTABILITY, String(30))
    case_ref: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(60))
    detail: Mapped[dict[str, Any]] = held(Category.ACCOUNTABILITY, JSON)
    at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    previous_hash: Mapped[str] = held(Category.ACCOUNTABILITY, String(64))
    hash: Mapped[str] = held(Category.ACCOUNTABILITY, String(64))

    actor: Mapped[str] = column_property(_known_as(actor_ref))


APPEND_ONLY = ("consent_events", "audit_events")


def append_only_statements(table: str, dialect: str) -> list[str]:
    """The statements that make `table` refuse UPDATE and DELETE on `dialect` (`sqlite` or `postgresql`)."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    ]


# What is said in the person's name is entered by them, or by an officer who has their evidence (privacy.md 2.3).
RAISED = "NEW.state IN ('requested', 'granted')"
BY_FEED = "NEW.actor_kind = 'feed' AND NEW.state NOT IN ('unknown', 'notice_due')"
NOT_THEIRS = f"({RAISED} AND NEW.actor_kind NOT IN ('person', 'officer')) OR ({BY_FEED})"
REFUSAL = "only the person can raise consent"


def raising_statements(dialect: str) -> list[str]:
    """The statements that make the ledger refuse consent which neither the person nor an officer has entered."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER consent_events_raised BEFORE INSERT ON consent_events WHEN {NOT_THEIRS} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        ]
    return [
        "CREATE FUNCTION consent_events_raised() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'check_violation'; END $$",
        "CREATE TRIGGER consent_events_raised BEFORE INSERT ON consent_events "
        f"FOR EACH ROW WHEN ({NOT_THEIRS}) EXECUTE FUNCTION consent_events_raised()",
    ]
