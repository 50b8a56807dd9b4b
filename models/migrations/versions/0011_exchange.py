"""Packages of configurations that are handed to Atlassian."""

import sqlalchemy as sa
from alembic import op

from models.base import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "state IN ('proposed', 'approved', 'sending', 'handed_over', 'withdrawn')"


def upgrade() -> None:
    op.create_table(
        "exchange_packages",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_ref", sa.String(length=32), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("asked_ref", sa.String(length=32), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("approved_ref", sa.String(length=32), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("handed_over_at", Instant(), nullable=True),
        sa.Column("disclosure_id", sa.String(length=32), nullable=True),
        sa.Column("atlassian_key", sa.String(length=60), nullable=True),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.CheckConstraint(STATES, name=op.f("ck_exchange_packages_state")),
        sa.CheckConstraint("approved_ref <> asked_ref", name=op.f("ck_exchange_packages_two_people")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["support_cases.id"], name=op.f("fk_exchange_packages_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_packages")),
    )
    for column in ("case_id", "person_ref"):
        op.create_index(op.f(f"ix_exchange_packages_{column}"), "exchange_packages", [column])


def downgrade() -> None:
    raise RuntimeError("migrations go one way: restore the backup")
