"""The schema: every table, and the migrations that lead to it.

Alembic is imported where it is needed: commands that find the schema as it should be start without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from models import (
    accountability,
    consent,
    correspondence,
    exchange,
    forge,
    marketplace,
    notes,
    people,
    policy,
    queues,
    rights,
    support,
    tenants,
    views,
)
from models.base import Base
from models.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

METADATA = Base.metadata
# Named so that the imports, which fill the metadata, are seen to be used.
SUBJECTS = (
    accountability,
    consent,
    correspondence,
    exchange,
    forge,
    marketplace,
    notes,
    people,
    policy,
    queues,
    rights,
    support,
    tenants,
    views,
)
# The newest migration.
HEAD = "0014"


def upgrade(database: Database) -> None:
    """Bring the database to the newest schema; nothing happens when it is there. Processes that start together wait."""
    if is_current(database):
        return
    from alembic import command

    with database.write() as session:
        config = configuration()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Is the schema the newest one?"""
    with database.read() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return False
        return session.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]


def configuration() -> Config:
    """Alembic's settings: where the migrations are."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
