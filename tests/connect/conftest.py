"""Servers, a client and keys for the tests of `connect/`."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connect.http import Outbound
from connect.marketplace import Reporting
from tests.connect.reporting import Time
from tests.connect.server import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    """A scripted server."""
    with serving() as running:
        yield running


@pytest.fixture
def second_server() -> Iterator[Server]:
    """Another one, on another port: a foreign host."""
    with serving() as running:
        yield running


@pytest.fixture
def http(server: Server) -> Iterator[Outbound]:
    """A client that may call the first server and nothing else."""
    with Outbound([server.netloc], timeout=5) as client:
        yield client


@pytest.fixture(scope="session")
def install_key() -> rsa.RSAPrivateKey:
    """A key that signs installs."""
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def install_pem(install_key: rsa.RSAPrivateKey) -> str:
    """Its public half, as the key hosts serve it."""
    return pem(install_key)


def pem(key: rsa.RSAPrivateKey) -> str:
    """The public half of a key as SPKI PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def reporting(http: Outbound, server: Server, time: Time) -> Iterator[Reporting]:
    """A client of the scripted Marketplace; afterwards each request's credentials are checked."""
    base = server.base + "/marketplace/rest/3"
    yield Reporting(base, "7b0e", "zoé@example.com", "t0ken", http, time.sleep, lambda: time.now)
    expected = "Basic " + base64.b64encode("zoé@example.com:t0ken".encode()).decode()
    assert {asked.headers["Authorization"] for asked in server.asked} == {expected}
