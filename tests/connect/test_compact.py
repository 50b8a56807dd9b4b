"""Taking a token apart: one way to write it, and nothing that is not understood."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect import compact, tokens


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


GOOD = tokens.sign("a-secret-of-thirty-two-characters", issuer="tenant", qsh="q", now=1)


def test_what_was_signed_is_what_is_read() -> None:
    found = compact.read(GOOD)
    assert found.header == {"alg": "HS256", "typ": "JWT"}
    assert found.claims == {"iss": "tenant", "iat": 1, "exp": 181, "qsh": "q"}
    assert found.signed.decode() == GOOD.rpartition(".")[0] and len(found.signature) == 32


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "..",
        GOOD + "=",
        GOOD + ".",
        GOOD + "\n",
        " " + GOOD,
        GOOD.replace(".", ".."),
        f"{part([])}.{part({})}.{part(b'x')}",
        f"{part({})}.{part('text')}.{part(b'x')}",
        f"{part({})}.{part(b'[' * 4000)}.{part(b'x')}",
        f"{part({'crit': ['exp']})}.{part({})}.{part(b'x')}",
        f"{part({'b64': False})}.{part({})}.{part(b'x')}",
        # `x` is `eA`; the letters after `A` differ from it in bits that are thrown away.
        f"{part({})}.{part({})}.eB",
        f"{part({})}.{part({})}.e",
        f"{part({})}.{part({})}.é",
        f"{part(bytes([0xFF]))}.{part({})}.{part(b'x')}",
    ],
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        compact.read(token)


@given(st.binary(min_size=1, max_size=60))
def test_a_signature_has_one_spelling(signature: bytes) -> None:
    token = f"{part({})}.{part({})}.{part(signature)}"
    assert compact.read(token).signature == signature
