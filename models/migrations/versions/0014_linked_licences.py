"""Indexes of what a licence is linked to hold those that are linked."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("organisation_id", "prospect_id"):
        name, known = f"ix_licences_{column}", sa.text(f"{column} IS NOT NULL")
        op.drop_index(name, table_name="licences")
        op.create_index(name, "licences", [column], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    raise RuntimeError("migrations go one way: restore the backup")
