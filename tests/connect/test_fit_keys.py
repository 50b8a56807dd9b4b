"""Forge's key set: rotation, a key server that is down or lies, and strangers who make up key ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from connect.http import Outbound, UpstreamError
from connect.jwks import COOL_DOWN_SECONDS, FRESH_SECONDS, KeySet
from connect.tokens import TokenError
from tests.connect import fits
from tests.connect.server import Reply, Server


class Memory:
    """A store that outlives a key set."""

    def __init__(self) -> None:
        self.pems: Mapping[str, str] = {}

    def load(self) -> Mapping[str, str]:
        return self.pems

    def replace(self, pems: Mapping[str, str]) -> None:
        self.pems = pems


class World:
    """A key server, a clock, a store, and the key set that lives by them."""

    def __init__(self, server: Server, http: Outbound) -> None:
        self.server, self.http, self.store, self.now = server, http, Memory(), 1_000.0
        self.restart()

    def restart(self) -> None:
        self.keys = KeySet(f"{self.server.base}/jwks.json", self.http, self.store, lambda: self.now)

    def serve(self, *keys: dict[str, Any]) -> None:
        self.server.answer = lambda _: Reply(200, {"keys": list(keys)})

    def fall_over(self) -> None:
        self.server.answer = lambda _: Reply(500)

    def says(self, key_id: str = fits.KEY_ID) -> str:
        try:
            self.keys.public_key(key_id)
        except TokenError as error:
            return error.code
        except UpstreamError as error:
            return error.outcome
        return "ok"


@pytest.fixture
def world(server: Server, http: Outbound) -> World:
    return World(server, http)


def test_a_key_is_fetched_once_and_gives_the_public_half(world: World, install_key: rsa.RSAPrivateKey) -> None:
    world.serve(fits.jwk(install_key))
    found = [world.keys.public_key(fits.KEY_ID) for _ in range(3)]
    assert {key.public_numbers() for key in found} == {install_key.public_key().public_numbers()}
    assert len(world.server.asked) == 1


def test_a_new_key_is_fetched_after_the_cool_down(world: World, install_key: rsa.RSAPrivateKey) -> None:
    world.serve(fits.jwk(install_key))
    assert world.says() == "ok"
    world.serve(fits.jwk(install_key), fits.jwk(install_key, "forge-key-2"))
    assert world.says("forge-key-2") == "unknown-key"
    world.now += COOL_DOWN_SECONDS
    assert world.says("forge-key-2") == "ok"
    assert world.says() == "ok"


def test_made_up_key_ids_ask_the_server_once_in_a_while(world: World, install_key: rsa.RSAPrivateKey) -> None:
    world.serve(fits.jwk(install_key))
    assert {world.says(f"made-up-{number}") for number in range(200)} == {"unknown-key"}
    assert len(world.server.asked) == 1


def test_a_withdrawn_key_is_good_no_more(world: World, install_key: rsa.RSAPrivateKey) -> None:
    world.serve(fits.jwk(install_key))
    assert world.says() == "ok"
    world.serve(fits.jwk(install_key, "forge-key-2"))
    world.now += FRESH_SECONDS
    assert world.says() == "unknown-key"
    assert list(world.store.pems) == ["forge-key-2"]


def test_known_keys_survive_a_dead_server_and_a_restart(world: World, install_key: rsa.RSAPrivateKey) -> None:
    world.serve(fits.jwk(install_key))
    assert world.says() == "ok"
    world.fall_over()
    world.now += 10 * FRESH_SECONDS
    assert world.says() == "ok"
    world.restart()
    assert world.says() == "ok"
    assert world.says("forge-key-2") == "server-error"


def test_a_server_that_comes_back_is_asked_again(world: World, install_key: rsa.RSAPrivateKey) -> None:
    world.fall_over()
    assert [world.says(), world.says()] == ["server-error", "server-error"]
    assert len(world.server.asked) == 1
    world.serve(fits.jwk(install_key))
    world.now += COOL_DOWN_SECONDS
    assert world.says() == "ok"


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, b"<html>"),
        Reply(200, {"keys": []}),
        Reply(200, {"keys": "none"}),
        Reply(200, {"keys": [{}] * 21}),
        Reply(200, b"[" * 70_000),
        Reply(302, b"", {"Location": "https://elsewhere.example/"}),
    ],
)
def test_what_is_no_key_set_takes_nothing_away(world: World, install_key: rsa.RSAPrivateKey, answer: Reply) -> None:
    world.serve(fits.jwk(install_key))
    assert world.says() == "ok"
    world.server.answer = lambda _: answer
    world.now += FRESH_SECONDS
    assert world.says() == "ok"


def test_keys_that_are_not_for_this_are_left_out(world: World, install_key: rsa.RSAPrivateKey) -> None:
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - too short is the point
    world.serve(
        fits.jwk(install_key),
        fits.jwk(short, "short"),
        fits.jwk(install_key, "encryption", use="enc"),
        fits.jwk(install_key, "another-algorithm", alg="RS512"),
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": 7, "n": "AQAB", "e": "AQAB"},
    )
    odd = ("short", "encryption", "another-algorithm", "secret", "broken", "7")
    assert world.says() == "ok"
    assert {world.says(key_id) for key_id in odd} == {"unknown-key"}
