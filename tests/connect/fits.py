"""What Forge's side of a call looks like: keys, the key set, and invocation tokens with invented claims."""

from __future__ import annotations

import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

APP_ID = "ari:cloud:ecosystem::app/0d3b6f8e-1111-4222-8333-444455556666"
INSTALLATION = "ari:cloud:ecosystem::installation/7a7b8c9d-1111-4222-8333-444455556666"
CLOUD_ID = "3c2b1a00-1111-4222-8333-444455556666"
API = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
NOW = 1_790_000_000
KEY_ID = "forge-key-1"


def app_claims(**changes: Any) -> dict[str, Any]:
    """The `app` claim; a change to None takes the member away."""
    app = {
        "id": APP_ID,
        "appVersion": "3.1.0",
        "installationId": INSTALLATION,
        "apiBaseUrl": API,
        "environment": {"type": "PRODUCTION", "id": "ari:cloud:ecosystem::environment/e/1"},
        "module": {"type": "core:trigger", "key": "issue-events"},
        "installation": {"id": INSTALLATION, "contexts": [{"name": "jira", "apiBaseUrl": API}]},
    }
    return {name: value for name, value in (app | changes).items() if value is not None}


def claims(now: int = NOW, app: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A whole claim set, good at `now`; a change to None takes the claim away."""
    found = {
        "iss": "forge/invocation-token",
        "aud": APP_ID,
        "iat": now,
        "nbf": now,
        "exp": now + 25,
        "jti": "5f1d0f0c",
        "app": app_claims() if app is None else app,
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def sign(key: Any, payload: Any, *, key_id: str | None = KEY_ID, algorithm: str = "RS256") -> str:
    """A compact JWS over any JSON, whatever PyJWT would say of its claims."""
    headers = {"kid": key_id} if key_id is not None else {}
    return jwt.PyJWS().encode(json.dumps(payload).encode(), key, algorithm=algorithm, headers=headers)


def jwk(key: rsa.RSAPrivateKey, key_id: str = KEY_ID, **changes: Any) -> dict[str, Any]:
    """The public half of a key as a key set lists it."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**public, "kid": key_id, "use": "sig", "alg": "RS256", **changes}
