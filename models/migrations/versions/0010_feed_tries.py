"""When a report was last asked for, so that one which can't be had is not asked for at every turn."""

import sqlalchemy as sa
from alembic import op

from models.base import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("feeds") as batch:
        batch.add_column(sa.Column("tried_at", Instant(), nullable=True))


def downgrade() -> None:
    raise RuntimeError("migrations go one way: restore the backup")
