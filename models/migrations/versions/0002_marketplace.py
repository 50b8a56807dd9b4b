"""What staff decide of links; an index for each order of the list of prospects."""

import sqlalchemy as sa
from alembic import op

from models.base import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PROSPECTS = {
    "ix_prospects_state_recent": ["state", "last_observed", "id"],
    "ix_prospects_ends": ["ends_on", "id"],
    "ix_prospects_state_ends": ["state", "ends_on", "id"],
}
LICENCES = {"ix_licences_app": ["app_key", "prospect_id"], "ix_licences_app_name": ["app_name"]}


def upgrade() -> None:
    op.create_table(
        "link_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("licences", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("taken_back_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('apart', 'together')", name=op.f("ck_link_decisions_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_decisions")),
    )
    op.drop_index("ix_prospects_state", "prospects")
    op.drop_index("ix_licences_app_key", "licences")
    for table, indexes in (("prospects", PROSPECTS), ("licences", LICENCES)):
        for name, columns in indexes.items():
            op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for table, indexes in (("licences", LICENCES), ("prospects", PROSPECTS)):
        for name in reversed(indexes):
            op.drop_index(name, table)
    op.create_index("ix_licences_app_key", "licences", ["app_key"], unique=False)
    op.create_index("ix_prospects_state", "prospects", ["state"], unique=False)
    op.drop_table("link_decisions")
