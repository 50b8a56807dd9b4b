"""Until when somebody is kept whom no licence names any more."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PAST = sa.text("kept_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("people", sa.Column("kept_until", sa.Date(), nullable=True))
    op.create_index("ix_people_kept_until", "people", ["kept_until", "id"], sqlite_where=PAST, postgresql_where=PAST)
    # Over until the next run of retention looks at them, which works their day out before it does anything.
    op.execute(
        "UPDATE people SET kept_until = '2000-01-01' WHERE erased_at IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM licences WHERE licences.person_id = people.id)"
    )


def downgrade() -> None:
    raise RuntimeError("migrations go one way: restore the backup")
