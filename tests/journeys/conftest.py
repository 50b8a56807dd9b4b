"""The whole product as processes, on each kind of database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.journey import Journey
from sandbox.stack import ROOT, Stack


@pytest.fixture
def journey(database_url: str, tmp_path: Path) -> Iterator[Journey]:
    """A running stack on each kind of database, and a journey through it."""
    with running(database_url, tmp_path) as stack:
        yield Journey(stack, tmp_path / "policy")


@pytest.fixture
def journey_by_forge(tmp_path: Path) -> Iterator[Journey]:
    """A journey through Forge's door; on one kind of database, for what is behind the doors is walked on both."""
    with running(f"sqlite:///{tmp_path / 'forge.db'}", tmp_path) as stack:
        yield Journey(stack, tmp_path / "policy", "forge")


@contextmanager
def running(database_url: str, home: Path) -> Iterator[Stack]:
    """A stack whose policy, `home/policy`, is a copy that may be edited."""
    policy_dir = home / "policy"
    shutil.copytree(ROOT / "policy", policy_dir)
    settings = {
        "FAIRTRIAL_DATABASE_URL": database_url,
        "FAIRTRIAL_SECRET_KEYS": "a-secret-key-for-the-journeys",
        "FAIRTRIAL_POLICY_DIR": str(policy_dir),
        "FAIRTRIAL_MARKETPLACE_POLL_MINUTES": "0",
        "FAIRTRIAL_LEASE_SECONDS": "2",
    }
    with Stack(home / "stack", settings=settings) as stack:
        yield stack
