"""A material change of the policy is owed to people: it waits in sight until something tells them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from handlers import publishing, work
from handlers.parts import Parts
from handlers.settings import Settings
from models.database import Database
from models.queues import OutboxItem
from services import outbox
from services.policy import editions, record
from services.policy.versions import latest


@pytest.fixture
def parts(database: Database, folder: Path, now: datetime) -> Iterator[Parts]:
    """The parts of an app on the test's database, with a policy that may be changed."""
    settings = Settings(
        secret_keys=("a-secret-key-for-the-tests",),  # type: ignore[arg-type]
        database_url=str(database.url),
        policy_dir=folder,
        _env_file=None,  # type: ignore[call-arg]
    )
    made = Parts(settings, lambda: now)
    made.database = database
    yield made


def new_version(parts: Parts, *, material: bool) -> None:
    """Change a clause in both languages, and record the version as publishing does."""
    for language in ("fr", "en"):
        path = parts.settings.policy_dir / language / "02-about.md"
        head = "" if material else "material: no\n"
        path.write_text(path.read_text().replace("id: about\n", f"id: about\n{head}") + "\nJira.\n")
    with parts.database.write() as session:
        publishing._announce(parts, session, record(session, publishing.load(parts), parts.clock(), author="command"))


def test_a_material_change_waits_in_sight_and_is_not_called_done(parts: Parts) -> None:
    new_version(parts, material=True)
    work.drain_outbox(parts)
    with parts.database.read() as session:
        [item] = session.scalars(select(OutboxItem).where(OutboxItem.kind == "policy.changed"))
        assert (item.key, item.state, item.done_at) == ("policy/1", "quarantined", None)
        assert item.reason == "no letter tells of a change of the policy yet"
        edition = latest(session)
        assert edition is not None
        assert outbox.payload_of(item, parts.vault)["digest"] == edition.digest


def test_a_change_that_both_languages_call_immaterial_is_not_announced(parts: Parts) -> None:
    new_version(parts, material=False)
    with parts.database.read() as session:
        assert [one.material for one in editions(session)] == [False]
        assert list(session.scalars(select(OutboxItem).where(OutboxItem.kind == "policy.changed"))) == []
