"""What staff decide of links; whether a report has shrunk; an index for each order of the list of prospects."""

import sqlalchemy as sa
from alembic import op

from models.base import Instant
from models.search import CREATE, DROP

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
    op.add_column("feeds", sa.Column("whole_rows", sa.Integer(), nullable=True))
    op.add_column("feeds", sa.Column("shrunk_at", Instant(), nullable=True))
    with op.batch_alter_table("prospects") as batch:
        batch.add_column(sa.Column("number", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE prospects SET number = ranked.number FROM "
        "(SELECT id, row_number() OVER (ORDER BY id) AS number FROM prospects) AS ranked WHERE ranked.id = prospects.id"
    )
    with op.batch_alter_table("prospects") as batch:
        batch.alter_column("number", existing_type=sa.Integer(), nullable=False)
        batch.create_unique_constraint(op.f("uq_prospects_number"), ["number"])
    # Marks were written in another alphabet: they are made anew, by the next run that links.
    op.execute("UPDATE prospects SET search = '', search_source = ''")
    for statement in CREATE[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_index("ix_prospects_state", "prospects")
    op.drop_index("ix_licences_app_key", "licences")
    for table, indexes in (("prospects", PROSPECTS), ("licences", LICENCES)):
        for name, columns in indexes.items():
            op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    for table, indexes in (("licences", LICENCES), ("prospects", PROSPECTS)):
        for name in reversed(indexes):
            op.drop_index(name, table)
    for statement in DROP[op.get_bind().dialect.name]:
        op.execute(statement)
    with op.batch_alter_table("prospects") as batch:
        batch.drop_constraint(op.f("uq_prospects_number"), type_="unique")
        batch.drop_column("number")
    op.create_index("ix_licences_app_key", "licences", ["app_key"], unique=False)
    op.create_index("ix_prospects_state", "prospects", ["state"], unique=False)
    with op.batch_alter_table("feeds") as batch:
        batch.drop_column("shrunk_at")
        batch.drop_column("whole_rows")
    op.drop_table("link_decisions")
