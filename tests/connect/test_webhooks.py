"""Signatures of webhooks: the 18 vectors, and rotation."""

from __future__ import annotations

from typing import Any

import pytest

from connect.webhooks import SignatureError, sign_standard, standard_key, verify_hub, verify_standard
from tests.contracts import CONTRACTS, load

VECTORS = "webhooks/webhook-signature-vectors.json"
OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8
NOW = 1_790_000_000
BODY = b'{"type":"licence.observed"}'


def is_valid(vector: dict[str, Any]) -> bool:
    body = vector["body"].encode()
    try:
        if vector["scheme"] == "x-hub-signature":
            verify_hub([vector["secret"]], signature=vector["header"], body=body)
        else:
            verify_standard(
                [vector["secret"]],
                message_id=vector["id"],
                timestamp=str(vector["timestamp"]),
                signature=vector["header"],
                body=body,
                now=vector["now"],
            )
    except SignatureError:
        return False
    return True


def test_all_vectors_are_there() -> None:
    assert len(load(VECTORS)) == 18


@pytest.mark.parametrize(
    "vector",
    load(VECTORS) if CONTRACTS.exists() else [],
    ids=lambda v: f"{v['scheme']}: {v.get('why', 'as published')}",
)
def test_vectors(vector: dict[str, Any]) -> None:
    assert is_valid(vector) is vector["valid"]


def code(secrets: list[str], signature: str, **changes: Any) -> str:
    message: dict[str, Any] = {"message_id": "evt-1", "timestamp": str(NOW), "body": BODY, "now": NOW} | changes
    try:
        verify_standard(secrets, signature=signature, **message)
    except SignatureError as error:
        return error.code
    return "ok"


def test_what_we_sign_verifies_and_either_secret_does_while_it_rotates() -> None:
    signed_old = sign_standard(OLD, message_id="evt-1", timestamp=NOW, body=BODY)
    assert code([NEW, OLD], signed_old) == "ok"
    assert code([NEW], signed_old) == "bad-signature"
    assert code([], signed_old) == "bad-signature"


def test_refusals_have_names() -> None:
    signed = sign_standard(NEW, message_id="evt-1", timestamp=NOW, body=BODY)
    assert code([NEW], "") == code([NEW], signed, message_id="") == code([NEW], signed, timestamp="") == "missing"
    assert code([NEW], signed, timestamp="1_790_000_000") == code([NEW], signed, timestamp="-1") == "bad-timestamp"
    assert code([NEW], signed, timestamp="١٧٩٠٠٠٠٠٠٠") == "bad-timestamp"
    assert code([NEW], signed, now=NOW + 301) == "too-old"
    assert code([NEW], signed, now=NOW - 301) == "too-new"
    assert code([NEW], "v1,é " * 500) == code([NEW], signed, message_id="i" * 257) == "malformed"
    assert code([NEW], "v1a," + signed[3:]) == code([NEW], "v1,é") == "bad-signature"


@pytest.mark.parametrize(
    "header", ["sha512=" + "a" * 64, "sha256=" + "a" * 63, "sha256=" + "é" * 64, "SHA256=" + "a" * 64]
)
def test_the_hub_signature_has_one_shape(header: str) -> None:
    with pytest.raises(SignatureError, match="malformed"):
        verify_hub(["s"], signature=header, body=b"")


@pytest.mark.parametrize("secret", ["", "whsec_", "b2xk" * 8, "whsec_" + "b2xk" * 7, "whsec_" + "b2xk" * 22, "whsec_é"])
def test_a_secret_of_another_shape_is_told_without_being_shown(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^a webhook secret is whsec_ and the base64 of 24 to 64 bytes$"):
        standard_key(secret)
