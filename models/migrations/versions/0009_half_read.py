"""How much of a report was read when the reading was cut off; and quotes, which are held as sales are."""

import sqlalchemy as sa
from alembic import op

from models.accountability import hold_statements
from models.base import Instant

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feeds") as batch:
        batch.add_column(sa.Column("half_export", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("half_since", sa.Date(), nullable=True))
        batch.add_column(sa.Column("half_as_of", Instant(), nullable=True))
        batch.add_column(sa.Column("half_taken", sa.Integer(), server_default="0", nullable=False))
    for statement in hold_statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("migrations go one way: restore the backup")
