"""The tables of rights come to a database that holds people already."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from models.database import Database
from models.people import Person
from models.schema import configuration, is_current, upgrade
from models.vault import Vault


def test_people_of_the_first_schema_are_kept_and_may_be_restricted(database_url: str, vault: Vault) -> None:
    database = Database(database_url)
    with database.write() as session:
        config = configuration()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "0001")
        session.execute(
            text(
                "INSERT INTO people (id, email_index, mailbox_index, versions, source, first_seen_at) "
                "VALUES ('p1', 'e', 'm', '{}', 'file', '2026-11-22 10:00:00+00:00')"
            )
        )
    upgrade(database)
    assert is_current(database)
    with database.read() as session:
        person = session.get_one(Person, "p1")
        assert (person.mailbox_index, person.restricted_at, person.deceased_at) == ("m", None, None)
    database.dispose()
