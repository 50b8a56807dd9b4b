"""Who may be staff, disclosures, incidents, correspondence, runs of retention; a head and a purge for the journal.

Depends on nothing of 0004. Entries of the journal that were written before keep the account that they name.
"""

import sqlalchemy as sa
from alembic import op

from models.accountability import (
    EXPIRED_BEGINNING,
    EXPIRED_DISCLOSURE,
    EXPIRED_ENTRY,
    EXPIRED_SUBJECT,
    hold_statements,
    purgeable_statements,
)
from models.base import Instant
from models.consent import append_only_statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PURGEABLE = {
    "audit_events": EXPIRED_BEGINNING,
    "consent_events": EXPIRED_ENTRY,
    "disclosures": EXPIRED_DISCLOSURE,
    "disclosure_subjects": EXPIRED_SUBJECT,
}
HEAD_OF_THE_JOURNAL = """
INSERT INTO chain_heads (name, seq, hash, purged_seq)
SELECT 'audit_events', seq, hash, 0 FROM audit_events ORDER BY seq DESC LIMIT 1
"""


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=128), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("report_after", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_accounts")),
        sa.UniqueConstraint("digest", name=op.f("uq_accounts_digest")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_report_after"), ["report_after"], unique=False)

    op.create_table(
        "chain_heads",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("purged_seq", sa.Integer(), nullable=False),
        sa.Column("purged_hash", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chain_heads")),
    )
    op.create_table(
        "corporate_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("announced_at", Instant(), nullable=False),
        sa.Column("objections_until", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('joint_venture', 'sale', 'merger')", name=op.f("ck_corporate_events_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corporate_events")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("nature", sa.String(length=30), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("people_count", sa.Integer(), nullable=True),
        sa.Column("consequences", sa.String(length=2000), nullable=True),
        sa.Column("measures", sa.String(length=2000), nullable=True),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("notified_at", Instant(), nullable=True),
        sa.Column("not_notified_because", sa.String(length=500), nullable=True),
        sa.Column("people_told_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("as_of", Instant(), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("certificate", sa.JSON(), nullable=True),
        sa.Column("signature", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_table(
        "authorisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_ref", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("barred", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.String(length=128), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.CheckConstraint("source IN ('jira', 'officer')", name=op.f("ck_authorisations_source")),
        sa.ForeignKeyConstraint(["account_ref"], ["accounts.ref"], name=op.f("fk_authorisations_account_ref")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisations")),
    )
    with op.batch_alter_table("authorisations", schema=None) as batch_op:
        batch_op.create_index("ix_authorisations_account_ref_role", ["account_ref", "role"], unique=False)

    op.create_table(
        "corporate_objections",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["corporate_events.id"], name=op.f("fk_corporate_objections_event_id")),
        sa.PrimaryKeyConstraint("event_id", "person_ref", name=op.f("pk_corporate_objections")),
    )
    op.create_table(
        "correspondence",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("counterpart", sa.LargeBinary(), nullable=True),
        sa.Column("recipient", sa.String(length=128), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("case_ref", sa.String(length=60), nullable=True),
        sa.Column("read_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "mode <> 'fax' OR read_at IS NULL OR body IS NULL", name=op.f("ck_correspondence_a_read_fax_is_gone")
        ),
        sa.CheckConstraint(
            "mode <> 'phone' OR (title IS NULL AND body IS NULL AND case_ref IS NULL)",
            name=op.f("ck_correspondence_four_facts_of_a_call"),
        ),
        sa.CheckConstraint(
            "mode = 'phone' OR duration_seconds IS NULL", name=op.f("ck_correspondence_only_calls_last")
        ),
        sa.CheckConstraint("mode IN ('email', 'fax', 'phone', 'post')", name=op.f("ck_correspondence_mode")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_correspondence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correspondence")),
    )
    with op.batch_alter_table("correspondence", schema=None) as batch_op:
        batch_op.create_index("ix_correspondence_mode_at", ["mode", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_correspondence_person_id"), ["person_id"], unique=False)

    op.create_table(
        "disclosures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("case_ref", sa.String(length=60), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("approved_by", sa.String(length=128), nullable=True),
        sa.CheckConstraint("basis IN ('law', 'consent', 'policy')", name=op.f("ck_disclosures_basis")),
        sa.ForeignKeyConstraint(["event_id"], ["corporate_events.id"], name=op.f("fk_disclosures_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    with op.batch_alter_table("disclosures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disclosures_at"), ["at"], unique=False)

    op.create_table(
        "disclosure_subjects",
        sa.Column("disclosure_id", sa.String(length=32), nullable=False),
        sa.Column("person_ref", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["disclosure_id"], ["disclosures.id"], name=op.f("fk_disclosure_subjects_disclosure_id")
        ),
        sa.PrimaryKeyConstraint("disclosure_id", "person_ref", name=op.f("pk_disclosure_subjects")),
    )
    with op.batch_alter_table("disclosure_subjects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disclosure_subjects_person_ref"), ["person_ref"], unique=False)

    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_ref", sa.String(length=60), nullable=True))
        batch_op.create_index("ix_audit_events_at", ["at"], unique=False)

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("last_contact_on", sa.Date(), nullable=True))

    with op.batch_alter_table("prospects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kept_until", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_prospects_kept_until"), ["kept_until"], unique=False)

    op.create_table(
        "chain_gaps",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", "seq", name=op.f("pk_chain_gaps")),
    )
    op.execute(HEAD_OF_THE_JOURNAL)
    dialect = op.get_bind().dialect.name
    statements = hold_statements(dialect)
    for table in ("disclosures", "disclosure_subjects"):
        statements += append_only_statements(table, dialect)
    for table, expired in PURGEABLE.items():
        statements += purgeable_statements(table, dialect, expired)
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("migrations go one way: restore the backup")
