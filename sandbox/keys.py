"""The two key servers: install keys as PEM (Connect), and a JSON web key set (Forge). Keys are made at start."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from sandbox.context import world

blueprint = Blueprint("keys", __name__)


@dataclass(frozen=True)
class SigningKey:
    """An RSA key of the outside world; the private half never leaves this process."""

    key_id: str
    private: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def generate(cls) -> SigningKey:
        return cls(str(uuid4()), rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def public_pem(self) -> str:
        raw = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return raw.decode()

    def public_jwk(self) -> dict[str, Any]:
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": _base64url(numbers.n),
            "e": _base64url(numbers.e),
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """An RS256 token that names this key."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.key_id})


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@blueprint.get("/install-keys/<path:key_id>")
def install_key(key_id: str) -> ResponseReturnValue:
    """The PEM of one install key, as connect-install-keys.atlassian.com gives it."""
    if key_id != world().install_key.key_id:
        return Response("Not Found", 404, mimetype="text/plain")
    return Response(world().install_key.public_pem(), mimetype="application/x-pem-file")


@blueprint.get("/.well-known/jwks.json")
def forge_keys() -> ResponseReturnValue:
    """Forge's public keys."""
    return jsonify({"keys": [world().forge_key.public_jwk()]})
