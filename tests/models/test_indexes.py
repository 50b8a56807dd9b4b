"""What is asked of licences by what they are linked to is found by an index that holds the linked ones alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import Database
from models.schema import upgrade

BY_APP = "SELECT prospect_id FROM licences WHERE app_key = 'x' OR app_name = 'x'"
SHARED = "SELECT id FROM licences WHERE person_id = 'x' OR organisation_id IN (SELECT id FROM organisations)"


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        # The key of a licence is looked for each time that a prospect goes.
        ("DELETE FROM prospects WHERE id = 'x'", "ix_licences_prospect_id"),
        ("SELECT id FROM licences WHERE prospect_id IN ('x', 'y')", "ix_licences_prospect_id"),
        ("SELECT id FROM licences WHERE organisation_id = 'x'", "ix_licences_organisation_id"),
        (SHARED, "ix_licences_organisation_id"),
        (BY_APP, "ix_licences_app"),
    ],
)
def test_no_licence_is_looked_for_among_all(tmp_path: Path, asked: str, index: str) -> None:
    database = Database(f"sqlite:///{tmp_path / 'plans.db'}")
    upgrade(database)
    with database.read() as session:
        plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {asked}"))]
    database.dispose()
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN licences") for step in plan), plan
