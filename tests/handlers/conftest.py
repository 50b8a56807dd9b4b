"""The app at its edge, on each kind of database, empty or with one tenant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from models.database import Database
from tests.handlers.edge import Edge, edge_on


@pytest.fixture(scope="session")
def install_key() -> rsa.RSAPrivateKey:
    """Atlassian's key for installs: making one takes longer than most tests."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def bare(database: Database, install_key: rsa.RSAPrivateKey) -> Iterator[Edge]:
    """Nothing is installed yet."""
    with edge_on(database, install_key) as edge:
        yield edge


@pytest.fixture
def edge(bare: Edge) -> Edge:
    """One Jira has installed the app, through the front door."""
    assert bare.lifecycle("installed", iat=-5).status_code == 204
    return bare
