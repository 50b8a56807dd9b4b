"""The same bounds over TLS, which is all that production speaks."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connect.http import Outbound
from tests.connect.server import Reply, Server, serving
from tests.connect.site import outcome


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    """A server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as server:
        yield server


@pytest.fixture
def http(secure: Server, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbound]:
    """A client that trusts that certificate."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Outbound([secure.netloc], timeout=5) as client:
        yield client


def test_an_answer(http: Outbound, secure: Server) -> None:
    secure.answer = lambda _: Reply(200, {"n": 1})
    assert [http.request("GET", secure.base).json() for _ in range(2)] == [{"n": 1}] * 2
    assert len({asked.peer for asked in secure.asked}) == 1


def test_a_certificate_that_nobody_vouches_for(secure: Server) -> None:
    with Outbound([secure.netloc], timeout=5) as stranger:
        assert outcome(lambda: stranger.request("GET", secure.base)) == "unreachable"
    assert not secure.asked


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n{}"])
def test_a_drip_ends_when_the_time_is_up(http: Outbound, secure: Server, head: bytes) -> None:
    def drip(write: Callable[[bytes], None]) -> None:
        write(head)
        for _ in range(30):
            time.sleep(0.1)
            write(b"1")

    secure.answer = lambda _: Reply(raw=drip)
    started = time.monotonic()
    assert outcome(lambda: http.request("GET", secure.base, timeout=1)) == "timeout"
    assert time.monotonic() - started < 1.5
