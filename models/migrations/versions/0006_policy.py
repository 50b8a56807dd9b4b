"""Who made a version of the policy known and whether its change is material; what a foreign edit changed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("author", sa.String(length=128), nullable=True))
        batch_op.add_column(sa.Column("material", sa.Boolean(), server_default=sa.true(), nullable=False))
    with op.batch_alter_table("policy_snapshots", schema=None) as batch_op:
        batch_op.add_column(sa.Column("diff", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("policy_snapshots", schema=None) as batch_op:
        batch_op.drop_column("diff")
    with op.batch_alter_table("policy_versions", schema=None) as batch_op:
        batch_op.drop_column("material")
        batch_op.drop_column("author")
