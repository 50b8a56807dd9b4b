"""One case, on each kind of database."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.database import Database
from models.vault import Vault
from tests.services.exchange.world import World, case_with_configuration


@pytest.fixture
def world(database: Database, vault: Vault, now: datetime) -> World:
    with database.write() as session:
        case_with_configuration(session, vault, now)
    return World(database, vault, now)
