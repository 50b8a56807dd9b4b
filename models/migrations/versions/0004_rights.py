"""Rights requests, directives, erasures and their certificates, the budget of the public form."""

import sqlalchemy as sa
from alembic import op

from models.base import Instant

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("subjects", sa.JSON(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(length=200), nullable=False),
        sa.Column("needles", sa.LargeBinary(), nullable=True),
        sa.Column("journalled_at", Instant(), nullable=True),
        sa.Column("scanned_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasures_journalled_at"), ["journalled_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasures_scanned_at"), ["scanned_at"], unique=False)

    op.create_table(
        "request_budgets",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("window", Instant(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "window", name=op.f("pk_request_budgets")),
    )
    op.create_table(
        "rights_cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("open_key", sa.String(length=100), nullable=True),
        sa.Column("person_ref", sa.String(length=32), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_at", Instant(), nullable=True),
        sa.Column("suspended_at", Instant(), nullable=True),
        sa.Column("suspended_days", sa.Integer(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_cases")),
        sa.UniqueConstraint("open_key", name=op.f("uq_rights_cases_open_key")),
    )
    with op.batch_alter_table("rights_cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_cases_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_rights_cases_person_ref"), ["person_ref"], unique=False)
        batch_op.create_index("ix_rights_cases_state_due_on", ["state", "due_on"], unique=False)

    op.create_table(
        "directives",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("executor", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("executed_at", Instant(), nullable=True),
        sa.CheckConstraint("action IN ('retain', 'erase', 'communicate')", name=op.f("ck_directives_action")),
        sa.ForeignKeyConstraint(["case_id"], ["rights_cases.id"], name=op.f("fk_directives_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_directives_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directives")),
    )
    with op.batch_alter_table("directives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_directives_person_id"), ["person_id"], unique=False)

    op.create_table(
        "rights_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["rights_cases.id"], name=op.f("fk_rights_events_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_events")),
    )
    with op.batch_alter_table("rights_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_events_case_id"), ["case_id"], unique=False)

    op.create_table(
        "rights_links",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["rights_cases.id"], name=op.f("fk_rights_links_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_links")),
    )
    with op.batch_alter_table("rights_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_links_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rights_links_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("restricted_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("deceased_at", Instant(), nullable=True))
        half_erased = sa.text("erased_at IS NOT NULL AND mailbox_index <> ''")
        batch_op.create_index(
            "ix_people_half_erased", ["id"], unique=False, sqlite_where=half_erased, postgresql_where=half_erased
        )


def downgrade() -> None:
    raise RuntimeError("migrations go one way: restore the backup")
