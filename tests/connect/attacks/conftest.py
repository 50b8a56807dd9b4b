"""The app under attack: the edge of `tests/handlers`, by both doors, and what holds of every refusal."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.handlers.conftest import bare, edge
from tests.handlers.test_forge import bare_forge, forge

__all__ = ["bare", "bare_forge", "edge", "forge"]


@pytest.fixture(scope="session")
def thief() -> rsa.RSAPrivateKey:
    """A good key of somebody else."""
    return rsa.generate_private_key(65537, 2048)
