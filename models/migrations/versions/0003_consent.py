"""The consent ledger refuses what neither the person nor an officer has entered."""

from alembic import op

from models.consent import raising_statements

revision = "0003"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in raising_statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER consent_events_raised")
    else:
        op.execute("DROP TRIGGER consent_events_raised ON consent_events")
        op.execute("DROP FUNCTION consent_events_raised()")
