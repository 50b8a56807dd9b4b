"""What we answer for: who may be staff, disclosures, incidents, runs of retention.

Disclosures are append-only, as the journal is. Accounts of Atlassian stand in both under a name of ours, which says
nothing once `accounts` has forgotten whose it was: a closed account leaves the chain whole.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session

from models.base import Base, Instant, held
from models.marketplace import ACCOUNTING_DAYS, ACCOUNTING_KINDS
from models.register import Category


class ChainHead(Base):
    """Where a chain ends, how many entries it has, and up to which one its period is over.

    Without the head a chain that lost its newest entries would still look whole. Entries up to `purged_seq` may be
    deleted, and no others: the trigger of the table looks here. `purged_hash` is what the first one left refers to.
    """

    __tablename__ = "chain_heads"

    name: Mapped[str] = held(Category.ACCOUNTABILITY, String(40), primary_key=True)
    seq: Mapped[int] = held(Category.ACCOUNTABILITY)
    hash: Mapped[str] = held(Category.ACCOUNTABILITY, String(64))
    purged_seq: Mapped[int] = held(Category.ACCOUNTABILITY, default=0)
    purged_hash: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(64))


class ChainGap(Base):
    """An entry of a chain whose period is over: what it was linked by, so that the rest stays verifiable without it."""

    __tablename__ = "chain_gaps"

    name: Mapped[str] = held(Category.ACCOUNTABILITY, String(40), primary_key=True)
    seq: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True, autoincrement=False)
    previous_hash: Mapped[str] = held(Category.ACCOUNTABILITY, String(64))
    hash: Mapped[str] = held(Category.ACCOUNTABILITY, String(64))


def gaps(session: Session, name: str) -> dict[str, str]:
    """Where entries of a chain have gone: from the hash before each to its own, so that a check steps over them."""
    rows = session.execute(select(ChainGap.previous_hash, ChainGap.hash).where(ChainGap.name == name))
    return {row.previous_hash: row.hash for row in rows}


class Account(Base):
    """One account of Atlassian whose id we store, once, under a name of our own.

    `digest` stays when the account is closed, so that it is neither asked about nor recorded again.
    """

    __tablename__ = "accounts"

    ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), primary_key=True)
    account_id: Mapped[str | None] = held(Category.IDENTIFICATION, String(128), account=True)
    digest: Mapped[str] = held(Category.ACCOUNTABILITY, String(64), unique=True)
    # When what we hold about the account was last known to be right: what the report tells as `updatedAt`.
    updated_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    report_after: Mapped[datetime | None] = held(Category.OPERATIONS, Instant, index=True)
    closed_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)


class AuthorisationSource(StrEnum):
    """Who says that an account may: its groups in Jira, or an officer."""

    JIRA = "jira"
    OFFICER = "officer"


class Authorisation(Base):
    """Who may do what, since when and until when (commitment C69). `barred`: may not, whatever the groups say."""

    __tablename__ = "authorisations"
    __table_args__ = (
        Index("ix_authorisations_account_ref_role", "account_ref", "role"),
        CheckConstraint("source IN ('jira', 'officer')", name="source"),
    )

    id: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True)
    account_ref: Mapped[str] = held(Category.ACCOUNTABILITY, ForeignKey("accounts.ref"))
    role: Mapped[str] = held(Category.ACCOUNTABILITY, String(20))
    source: Mapped[str] = held(Category.ACCOUNTABILITY, String(20))
    barred: Mapped[bool] = held(Category.ACCOUNTABILITY, default=False)
    given_by: Mapped[str] = held(Category.ACCOUNTABILITY, String(128))
    since: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    until: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)


class Disclosure(Base):
    """Something was given to somebody outside (commitments C03, C04, C58). Append-only."""

    __tablename__ = "disclosures"
    __table_args__ = (CheckConstraint("basis IN ('law', 'consent', 'policy')", name="basis"),)

    id: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), primary_key=True)
    at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant, index=True)
    recipient: Mapped[str] = held(Category.ACCOUNTABILITY, String(40))
    basis: Mapped[str] = held(Category.ACCOUNTABILITY, String(10))
    reference: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(200))
    purpose: Mapped[str] = held(Category.ACCOUNTABILITY, String(30))
    case_ref: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(60))
    categories: Mapped[list[str]] = held(Category.ACCOUNTABILITY, JSON)
    event_id: Mapped[int | None] = held(Category.ACCOUNTABILITY, ForeignKey("corporate_events.id"))
    actor: Mapped[str] = held(Category.ACCOUNTABILITY, String(128))
    approved_by: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(128))


class DisclosureSubject(Base):
    """Whom a disclosure was about. Append-only."""

    __tablename__ = "disclosure_subjects"

    disclosure_id: Mapped[str] = held(Category.ACCOUNTABILITY, ForeignKey("disclosures.id"), primary_key=True)
    person_ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), primary_key=True, index=True, of="person")


class CorporateEvent(Base):
    """A joint venture, a sale or a merger (commitment C61). Nothing is handed over before `objections_until`."""

    __tablename__ = "corporate_events"
    __table_args__ = (CheckConstraint("kind IN ('joint_venture', 'sale', 'merger')", name="kind"),)

    id: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True)
    kind: Mapped[str] = held(Category.ACCOUNTABILITY, String(20))
    partner: Mapped[str] = held(Category.ACCOUNTABILITY, String(200))
    announced_at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    objections_until: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    closed_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)


class CorporateObjection(Base):
    """Somebody objects to being handed over."""

    __tablename__ = "corporate_objections"

    event_id: Mapped[int] = held(Category.ACCOUNTABILITY, ForeignKey("corporate_events.id"), primary_key=True)
    person_ref: Mapped[str] = held(Category.ACCOUNTABILITY, String(32), primary_key=True, of="person")
    at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)


class Incident(Base):
    """A breach of personal data, with the clock of GDPR Art. 33. Words of it name nobody (commitment C70)."""

    __tablename__ = "incidents"

    id: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True)
    title: Mapped[str] = held(Category.ACCOUNTABILITY, String(200))
    nature: Mapped[str] = held(Category.ACCOUNTABILITY, String(30))
    categories: Mapped[list[str]] = held(Category.ACCOUNTABILITY, JSON)
    people_count: Mapped[int | None] = held(Category.ACCOUNTABILITY)
    consequences: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(2000))
    measures: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(2000))
    known_at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    due_at: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    notified_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    # Why the authority was told late, or not at all (Art. 33(1)): no risk to rights and freedoms.
    not_notified_because: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(500))
    people_told_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    closed_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)


class RetentionRun(Base):
    """One run of retention: what was due and done, rule by rule, and the signed certificate of it."""

    __tablename__ = "retention_runs"

    id: Mapped[int] = held(Category.ACCOUNTABILITY, primary_key=True)
    as_of: Mapped[datetime] = held(Category.ACCOUNTABILITY, Instant)
    done: Mapped[dict[str, int]] = held(Category.ACCOUNTABILITY, JSON)
    finished_at: Mapped[datetime | None] = held(Category.ACCOUNTABILITY, Instant)
    certificate: Mapped[dict[str, Any] | None] = held(Category.ACCOUNTABILITY, JSON)
    signature: Mapped[str | None] = held(Category.ACCOUNTABILITY, String(200))


EXPIRED_BEGINNING = "OLD.seq <= COALESCE((SELECT purged_seq FROM chain_heads WHERE name = '{table}'), 0)"
EXPIRED_ENTRY = "EXISTS (SELECT 1 FROM chain_gaps WHERE name = '{table}' AND seq = OLD.seq AND hash = OLD.hash)"
THREE_YEARS_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 years')",
    "postgresql": "now() - interval '3 years'",
}
EXPIRED_DISCLOSURE = "OLD.at <= {ago}"
EXPIRED_SUBJECT = "EXISTS (SELECT 1 FROM disclosures WHERE id = OLD.disclosure_id AND at <= {ago})"


def purgeable_statements(table: str, dialect: str, expired: str) -> list[str]:
    """The statements that turn an append-only `table` into one whose expired rows may be deleted, and no others.

    `expired` is the condition on `OLD`: what was announced in `chain_heads` or `chain_gaps`, or has the age.
    """
    expired = expired.format(table=table, ago=THREE_YEARS_AGO[dialect])
    if dialect == "sqlite":
        return [
            f"DROP TRIGGER {table}_no_delete",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} WHEN NOT ({expired}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        ]
    return [
        f"DROP TRIGGER {table}_append_only ON {table}",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
        f"CREATE FUNCTION {table}_no_early_delete() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {expired} THEN RETURN OLD; END IF; RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_no_early_delete BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_no_early_delete()",
    ]


def hold_statements(dialect: str) -> list[str]:
    """The statements that keep accounting records until their ten years are over (code de commerce, L123-22; C49).

    From the end of the financial year, which is the calendar year. What bears no date of sale is held for good: nobody
    can say when its time is up. Quotes are records as well (C48), from the day on which they were accepted.
    """
    kinds = ", ".join(f"'{kind}'" for kind in ACCOUNTING_KINDS)
    if dialect == "sqlite":
        days = ", ".join(f"json_extract(OLD.facts, '$.{'.'.join(path)}')" for path in ACCOUNTING_DAYS)
        over = f"CAST(strftime('%Y', 'now') AS INTEGER) > CAST(substr(COALESCE({days}, '9000'), 1, 4) AS INTEGER) + 10"
        return [
            "DROP TRIGGER IF EXISTS observations_hold",
            f"CREATE TRIGGER observations_hold BEFORE DELETE ON observations WHEN OLD.kind IN ({kinds}) "
            f"AND NOT ({over}) BEGIN SELECT RAISE(ABORT, 'an accounting record is held by law'); END",
        ]
    days = ", ".join(f"OLD.facts #>> '{{{','.join(path)}}}'" for path in ACCOUNTING_DAYS)
    over = f"EXTRACT(YEAR FROM now()) > substr(COALESCE({days}, '9000'), 1, 4)::integer + 10"
    return [
        f"CREATE OR REPLACE FUNCTION observations_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF OLD.kind IN ({kinds}) AND NOT ({over}) THEN "
        f"RAISE EXCEPTION 'an accounting record is held by law'; END IF; RETURN OLD; END $$",
        "DROP TRIGGER IF EXISTS observations_hold ON observations",
        "CREATE TRIGGER observations_hold BEFORE DELETE ON observations "
        "FOR EACH ROW EXECUTE FUNCTION observations_hold()",
    ]
