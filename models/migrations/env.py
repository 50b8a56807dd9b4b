"""Alembic's entry point: runs on the connection that `models.schema` hands over."""

from alembic import context

from models.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
