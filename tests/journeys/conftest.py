"""The whole product as processes, on each kind of database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.journey import Journey
from sandbox.stack import ROOT, Stack


@pytest.fixture
def journey(database_url: str, tmp_path: Path) -> Iterator[Journey]:
    """A running stack, and a journey through it; the policy is a copy that may be edited."""
    policy_dir = tmp_path / "policy"
    shutil.copytree(ROOT / "policy", policy_dir)
    settings = {
        "FAIRTRIAL_DATABASE_URL": database_url,
        "FAIRTRIAL_SECRET_KEYS": "a-secret-key-for-the-journeys",
        "FAIRTRIAL_POLICY_DIR": str(policy_dir),
        "FAIRTRIAL_MARKETPLACE_POLL_MINUTES": "0",
        "FAIRTRIAL_LEASE_SECONDS": "2",
    }
    with Stack(tmp_path / "stack", settings=settings) as stack:
        yield Journey(stack, policy_dir)
