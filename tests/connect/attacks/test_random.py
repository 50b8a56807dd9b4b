"""Ten thousand tokens by chance, through the whole guard."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable
from typing import Any

import pytest
from flask import request

from connect import tokens
from connect.tokens import TokenError
from handlers.guards import CHECKS, Access
from tests.connect.attacks.siege import besieged
from tests.connect.attacks.test_forged import sealed_with
from tests.handlers.edge import KEY_ID, Edge
from tests.handlers.test_guards import zeros

TOKENS = 10_000
GETS = ["/staff/prospects", "/support/panel", "/staff/api/prospects", "/support/api/panel"]
CHECKED = [Access.INSTALL, Access.HOST, Access.VIEWER, Access.STAFF]
POSTS = ["/connect/installed", "/connect/enabled", "/webhooks/jira/issue_created"]
ODD: list[Any] = [None, True, 0, -1, 2**63, 1e400, "", "é", "\ud800", [], {}, [[]], "harbour", "x" * 300]


def letters(chance: random.Random) -> str:
    """Any characters that a header may have."""
    return "".join(chance.choices(string.ascii_letters + string.digits + "-_.=+/ ", k=chance.randint(1, 400))).strip()


def parts(chance: random.Random) -> str:
    """Parts that are base64url of any bytes."""
    made = (base64.urlsafe_b64encode(chance.randbytes(chance.randint(0, 90))) for _ in range(chance.randint(1, 5)))
    return ".".join(part.decode().rstrip("=") for part in made)


def claims(chance: random.Random, good: dict[str, Any]) -> dict[str, Any]:
    """Good claims, with some taken out and some of any type."""
    kept = {name: value for name, value in good.items() if chance.random() < 0.8}
    return kept | {chance.choice([*good, "aud", "sub", "nbf"]): chance.choice(ODD) for _ in range(chance.randint(0, 3))}


def with_a_wrong_signature(chance: random.Random, edge: Edge, good: dict[str, Any]) -> str:
    header = {"alg": chance.choice(["HS256", "RS256", "none", *ODD]), "kid": chance.choice([KEY_ID, *ODD])}
    kept = {name: value for name, value in header.items() if chance.random() < 0.7}
    return zeros(kept, claims(chance, good), chance.randbytes(chance.choice([0, 32, 256])))


def with_wrong_claims(chance: random.Random, edge: Edge, good: dict[str, Any]) -> str:
    """The tenant itself signs, for a request that is none of ours."""
    return sealed_with(edge.site.secret.encode(), {"alg": "HS256"}, claims(chance, good))


def bent(chance: random.Random, edge: Edge, good: dict[str, Any]) -> str:
    """A good token with one byte of its signature, or one letter of its text, changed."""
    head, _, signature = sealed_with(edge.site.secret.encode(), {"alg": "HS256"}, good).rpartition(".")
    if chance.random() < 0.5:
        place = chance.randrange(len(head))
        return f"{head[:place]}{chance.choice('-_~.=')}{head[place:]}.{signature}"
    mac = bytearray(base64.urlsafe_b64decode(signature + "="))
    mac[chance.randrange(len(mac))] ^= chance.randint(1, 255)
    return f"{head}.{base64.urlsafe_b64encode(bytes(mac)).decode().rstrip('=')}"


def test_none_of_ten_thousand_gets_in(edge: Edge) -> None:
    chance = random.Random(20261122)
    good = edge.site.claims("0" * 64, sub="alice")
    makers: list[Callable[[], str]] = [
        lambda: letters(chance),
        lambda: parts(chance),
        lambda: with_a_wrong_signature(chance, edge, good),
        lambda: with_wrong_claims(chance, edge, good),
        lambda: bent(chance, edge, good | {"qsh": tokens.CONTEXT_QSH}),
    ]
    with besieged(edge) as siege:
        for number in range(TOKENS // 20):
            token = makers[number % len(makers)]()
            method, path = ("GET", chance.choice(GETS)) if number % 2 else ("POST", chance.choice(POSTS))
            siege.refused(edge.call(path, token, method), token, token)
    before = edge.snapshot()
    for access in CHECKED:
        # The guard alone, in one request whose header changes: a whole request for each would take a minute.
        with edge.app.test_request_context("/webhooks/jira/issue_created", method="POST"):
            for number in range(TOKENS // len(CHECKED)):
                request.environ["HTTP_AUTHORIZATION"] = f"JWT {makers[number % len(makers)]()}"
                with pytest.raises(TokenError):
                    CHECKS[access]()
    assert edge.snapshot() == before
