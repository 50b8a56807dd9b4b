"""Signatures of webhooks that carry no JWT: Standard Webhooks 1.0, and Atlassian's `X-Hub-Signature`.

Verify over the raw bytes, before anything is parsed. Each takes several secrets, newest first, for rotation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

TOLERANCE_SECONDS = 5 * 60
MAX_SIGNATURES = 20
MAX_SIGNATURE_CHARS = 2_000
MAX_ID_CHARS = 256


class SignatureError(Exception):
    """A signature was refused. `code`: missing | malformed | bad-timestamp | too-old | too-new | bad-signature."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def verify_standard(
    secrets: Sequence[str], *, message_id: str, timestamp: str, signature: str, body: bytes, now: int
) -> None:
    """Check `webhook-id`, `webhook-timestamp` and `webhook-signature` (Standard Webhooks 1.0).

    The clock may be five minutes off either way; entries of unknown versions are skipped; any matching one is enough.
    The caller still has to keep `message_id` for at least 7 days: senders retry for longer than the tolerance.
    """
    if not message_id or not timestamp or not signature:
        raise SignatureError("missing")
    if len(message_id) > MAX_ID_CHARS or len(signature) > MAX_SIGNATURE_CHARS:
        raise SignatureError("malformed")
    _require_recent(timestamp, now)
    claimed = [entry[3:] for entry in signature.split(" ")[:MAX_SIGNATURES] if entry.startswith("v1,")]
    matches = [
        hmac.compare_digest(_standard_digest(secret, message_id, timestamp, body).encode(), one.encode())
        for secret in secrets
        for one in claimed
    ]
    if not any(matches):
        raise SignatureError("bad-signature")


def verify_hub(secrets: Sequence[str], *, signature: str, body: bytes) -> None:
    """Check `X-Hub-Signature: sha256=<hex>` (WebSub; Jira and Bitbucket put SHA-256 under the plain name).

    It signs neither an id nor a time, so the caller pairs it with a store of delivery ids. The secret is used as it
    stands, in UTF-8; hex of either case is taken, SHA-1 is not.
    """
    if not signature:
        raise SignatureError("missing")
    if not re.fullmatch(r"sha256=[0-9a-fA-F]{64}", signature):
        raise SignatureError("malformed")
    claimed = bytes.fromhex(signature.removeprefix("sha256="))
    matches = [hmac.compare_digest(hmac.digest(secret.encode(), body, "sha256"), claimed) for secret in secrets]
    if not any(matches):
        raise SignatureError("bad-signature")


def sign_standard(secret: str, *, message_id: str, timestamp: int | str, body: bytes) -> str:
    """The `webhook-signature` header of a message, as a sender makes it."""
    return "v1," + _standard_digest(secret, message_id, str(timestamp), body)


def standard_key(secret: str) -> bytes:
    """The bytes behind `whsec_…`: base64 of 24 to 64 bytes. Raises ValueError, without the secret, on anything else."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError("a webhook secret is whsec_ and the base64 of 24 to 64 bytes")
    return key


def _standard_digest(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.digest(standard_key(secret), signed, hashlib.sha256)).decode()


def _require_recent(timestamp: str, now: int) -> None:
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise SignatureError("bad-timestamp")
    if now - int(timestamp) > TOLERANCE_SECONDS:
        raise SignatureError("too-old")
    if int(timestamp) - now > TOLERANCE_SECONDS:
        raise SignatureError("too-new")
