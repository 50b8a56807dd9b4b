"""Keys: sealing of secrets and personal fields, look-ups of what is sealed, one key a person.

AES-256-GCM with the place (table, column, row) as associated data: a sealed value that is copied to another row does
not open. Each person has a data key of their own, wrapped by ours: destroying it makes every copy of their
fields unreadable that is apart from an older copy of `people`: in logs of the database, in observations, in exports.

`SECRET_KEYS` are newest first. New values are sealed by the first; each carries the fingerprint of its key. Blind
indexes are made by the LAST key, so that prepending a key (rotation) keeps every look-up working: it has to stay.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
FINGERPRINT_BYTES = 4


class SealError(Exception):
    """A sealed value does not open: wrong place, unknown key, changed bytes, or a destroyed key."""


class Place:
    """Where a sealed value stands: table, column and row. It is bound into the seal."""

    def __init__(self, table: str, column: str, row: str | int) -> None:
        self.associated_data = f"{table}|{column}|{row}".encode()


class SealingKey:
    """One AES-256-GCM key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, place: Place) -> bytes:
        """Nonce and cipher text."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place.associated_data)

    def unseal(self, sealed: bytes, place: Place) -> bytes:
        """The plain bytes; `SealError` when anything is not as it was."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.associated_data)
        except (InvalidTag, ValueError):
            raise SealError("does not open") from None


class Vault:
    """The keys of this installation, made from `SECRET_KEYS` (newest first)."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys:
            raise ValueError("no secret key")
        self._keys = {
            _derive(key, "fingerprint")[:FINGERPRINT_BYTES]: SealingKey(_derive(key, "seal")) for key in secret_keys
        }
        self._signers = {
            _derive(key, "fingerprint")[:FINGERPRINT_BYTES]: Ed25519PrivateKey.from_private_bytes(
                _derive(key, "certificates")
            )
            for key in secret_keys
        }
        self._current = _derive(secret_keys[0], "fingerprint")[:FINGERPRINT_BYTES]
        self._index_key = _derive(secret_keys[-1], "blind index")
        self.signing_keys = [_derive(key, "links").hex() for key in reversed(secret_keys)]

    def __repr__(self) -> str:
        return "<Vault>"

    def seal(self, text: str, place: Place) -> bytes:
        """`text` sealed under the newest key."""
        return self._current + self._keys[self._current].seal(text.encode(), place)

    def unseal(self, sealed: bytes, place: Place) -> str:
        """What `seal` was given; `SealError` when it does not open."""
        return self._unseal(sealed, place).decode()

    def new_person_key(self, person_id: str) -> bytes:
        """A new data key for one person, wrapped for storage in `people.data_key`."""
        place = Place("people", "data_key", person_id)
        return self._current + self._keys[self._current].seal(AESGCM.generate_key(256), place)

    def person_key(self, wrapped: bytes | None, person_id: str) -> SealingKey:
        """The person's data key, unwrapped; `SealError` once it has been destroyed."""
        if wrapped is None:
            raise SealError("the key was destroyed")
        return SealingKey(self._unseal(wrapped, Place("people", "data_key", person_id)))

    def blind_index(self, kind: str, value: str) -> str:
        """A keyed digest (64 hex characters) by which an equal value is found again without being stored."""
        return hmac.digest(self._index_key, f"{kind}\0{value}".encode(), "sha256").hex()

    def sign(self, document: str) -> str:
        """An Ed25519 signature of `document` by the newest key, with the fingerprint of that key in front of it."""
        return f"{self._current.hex()}.{self._signers[self._current].sign(document.encode()).hex()}"

    def verify(self, document: str, signature: str) -> bool:
        """Was `document` signed by one of our keys, as it stands?"""
        fingerprint, _, value = signature.partition(".")
        try:
            self._signers[bytes.fromhex(fingerprint)].public_key().verify(bytes.fromhex(value), document.encode())
        except (KeyError, ValueError, InvalidSignature):
            return False
        return True

    def public_key(self) -> str:
        """What others verify our signatures with: the raw public key in hex."""
        return self._signers[self._current].public_key().public_bytes_raw().hex()

    def _unseal(self, sealed: bytes, place: Place) -> bytes:
        key = self._keys.get(sealed[:FINGERPRINT_BYTES])
        if key is None:
            raise SealError("unknown key")
        return key.unseal(sealed[FINGERPRINT_BYTES:], place)


def _derive(secret: str, use: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"fairtrial {use}".encode()).derive(secret.encode())
