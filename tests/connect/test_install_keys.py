"""Public keys of installs: which ids are asked for, whom we believe, what is remembered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connect.http import Outbound, UpstreamError
from connect.install_keys import LOOKUPS_PER_MINUTE, MAX_MISSES, MISS_SECONDS, InstallKeys
from connect.tokens import TokenError
from tests.connect.conftest import pem
from tests.connect.server import Reply, Server


class Shelf(dict[str, str]):
    """A key store in memory."""

    def put(self, key_id: str, pem: str) -> None:
        self[key_id] = pem


class Clock:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def both(server: Server, second_server: Server) -> Iterator[Outbound]:
    """A client that may call both key hosts."""
    with Outbound([server.netloc, second_server.netloc], timeout=1) as http:
        yield http


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(both: Outbound, server: Server, second_server: Server, clock: Clock) -> InstallKeys:
    return InstallKeys([server.base + "/", second_server.base], both, Shelf(), clock)


def test_a_key_is_fetched_once_and_kept_for_ever(
    keys: InstallKeys, both: Outbound, server: Server, clock: Clock, install_pem: str
) -> None:
    server.answer = lambda _: Reply(200, install_pem.replace("\n", "\r\n").encode() + b"\n\n")
    assert keys.public_key("asap/k-1.a_B") == install_pem
    server.answer = lambda _: Reply(500)
    clock.now += 10 * 365 * 86_400
    assert keys.public_key("asap/k-1.a_B") == install_pem
    assert [asked.url for asked in server.asked] == ["/asap/k-1.a_B"]


def test_a_stored_key_survives_a_restart_and_an_outage(both: Outbound, clock: Clock, install_pem: str) -> None:
    keys = InstallKeys(["http://127.0.0.1:1"], both, Shelf(k1=install_pem), clock)
    assert keys.public_key("k1") == install_pem


@pytest.mark.parametrize(
    "key_id",
    ["", "..", "a/../b", "/a", "a/", "a//b", "./a", "a b", "a?b", "a#b", "a%2e", "http://x", "é", "a\n", "k" * 201],
)
def test_an_id_with_path_tricks_is_never_asked_for(keys: InstallKeys, server: Server, key_id: str) -> None:
    with pytest.raises(TokenError, match="bad-key-id"):
        keys.public_key(key_id)
    assert not server.asked


def test_the_next_host_answers_when_the_first_is_down_or_lies(
    keys: InstallKeys, server: Server, second_server: Server, install_pem: str
) -> None:
    second_server.answer = lambda _: Reply(200, install_pem.encode())
    lies = [
        Reply(500),
        Reply(404),
        Reply(302, b"", {"Location": second_server.base}),
        Reply(200, b"<html>not a key</html>"),
        Reply(200, install_pem.encode() + b" " * 20_000),
        Reply(200, pem(rsa.generate_private_key(65537, 1024)).encode()),  # noqa: S505 - that is the point
        Reply(200, elliptic_pem()),
        Reply(raw=lambda write: write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n-----BEGIN")),
    ]
    server.script(*lies)
    for number in range(len(lies)):
        assert keys.public_key(f"k{number}") == install_pem
    assert len(server.asked) == len(lies)


def elliptic_pem() -> bytes:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_an_unknown_key_is_not_asked_for_again_for_a_while(keys: InstallKeys, server: Server, clock: Clock) -> None:
    for _ in range(3):
        with pytest.raises(TokenError, match="unknown-key"):
            keys.public_key("nobody")
    assert len(server.asked) == 1
    clock.now += MISS_SECONDS
    with pytest.raises(TokenError, match="unknown-key"):
        keys.public_key("nobody")
    assert len(server.asked) == 2


@pytest.mark.parametrize("first", [Reply(500), Reply(403), Reply(200, b"junk")])
def test_a_host_that_cannot_say_leaves_the_question_open(keys: InstallKeys, server: Server, first: Reply) -> None:
    server.answer = lambda _: first  # the second one says 404
    for _ in range(2):
        with pytest.raises(UpstreamError):
            keys.public_key("perhaps")
    assert len(server.asked) == 2


def test_floods_of_invented_ids_are_rationed(keys: InstallKeys, server: Server, clock: Clock, install_pem: str) -> None:
    for number in range(LOOKUPS_PER_MINUTE):
        with pytest.raises(TokenError, match="unknown-key"):
            keys.public_key(f"invented-{number}")
    with pytest.raises(UpstreamError, match="rate-limited"):
        keys.public_key("one-more")
    assert len(server.asked) == LOOKUPS_PER_MINUTE
    clock.now += 60
    server.answer = lambda _: Reply(200, install_pem.encode())
    assert keys.public_key("one-more") == install_pem


def test_misses_do_not_fill_the_memory(keys: InstallKeys, server: Server, clock: Clock) -> None:
    for number in range(MAX_MISSES + 20):
        clock.now += 3
        with pytest.raises(TokenError):
            keys.public_key(f"invented-{number}")
    assert len(keys._misses) == MAX_MISSES
