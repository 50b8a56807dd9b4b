"""Forge's public keys by `kid`, from one JSON web key set (RFC 7517), which rotates.

Kept in memory and in a store, so that calls are still understood while the key server is down or the app restarts. A
set that was fetched takes the place of the last one: a key that Atlassian has withdrawn is good no more. Anybody can
send a token with an invented `kid`, so the server is asked at most once in `COOL_DOWN_SECONDS`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from jwt.algorithms import RSAAlgorithm

from connect.http import Outbound, UpstreamError
from connect.install_keys import MAX_KEY_BITS, MIN_KEY_BITS
from connect.tokens import TokenError

FRESH_SECONDS = 3600
COOL_DOWN_SECONDS = 30
# Events have five seconds in all, so a slow key server must not use them up.
TIMEOUT_SECONDS = 3
MAX_SET_BYTES = 64 * 1024
MAX_KEYS = 20
MAX_KEY_ID_CHARS = 200


class KeySetStore(Protocol):
    """Where the last good set outlives the process."""

    def load(self) -> Mapping[str, str]:
        """PEMs by key id; empty where nothing was kept."""

    def replace(self, pems: Mapping[str, str]) -> None:
        """Keep exactly these."""


class KeySet:
    """The keys of `url`. `clock`: epoch seconds."""

    def __init__(self, url: str, http: Outbound, store: KeySetStore, clock: Callable[[], float]) -> None:
        self._url = url
        self._http = http
        self._store = store
        self._clock = clock
        self._keys: Mapping[str, RSAPublicKey] | None = None
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._failure: str | None = None
        self._lock = threading.Lock()

    def public_key(self, key_id: str) -> RSAPublicKey:
        """The key of `key_id`.

        Raises TokenError `unknown-key` when the set does not have it, and `UpstreamError` when the server can't be
        asked and nothing that is kept has it either.
        """
        known = self._known().get(key_id)
        if known is not None and self._clock() - self._fetched_at < FRESH_SECONDS:
            return known
        # Whoever has a key goes on with it while one other thread refreshes; whoever has none waits for the news.
        if self._lock.acquire(blocking=known is None):
            try:
                self._refresh()
            finally:
                self._lock.release()
        known = self._known().get(key_id)
        if known is not None:
            return known
        raise UpstreamError(self._failure) if self._failure else TokenError("unknown-key")

    def _known(self) -> Mapping[str, RSAPublicKey]:
        if self._keys is None:
            self._keys = {key_id: key for key_id, pem in self._store.load().items() if (key := _of_pem(pem))}
        return self._keys

    def _refresh(self) -> None:
        if self._clock() - self._asked_at < COOL_DOWN_SECONDS:
            return
        self._asked_at = self._clock()
        try:
            answer = self._http.request("GET", self._url, max_bytes=MAX_SET_BYTES, timeout=TIMEOUT_SECONDS)
            keys = _keys_of(answer.json_object())
        except UpstreamError as error:
            self._failure = error.outcome
            return
        if not self._keys or keys.keys() != self._keys.keys():
            self._store.replace({key_id: _pem(key) for key_id, key in keys.items()})
        self._keys, self._fetched_at, self._failure = keys, self._asked_at, None


def _keys_of(answer: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    """The usable keys of a set; one without any is no set, since it would lock every site out."""
    listed = answer.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise UpstreamError("bad-answer")
    found = {entry["kid"]: key for entry in listed if isinstance(entry, dict) and (key := _of_jwk(entry))}
    if not found:
        raise UpstreamError("bad-answer")
    return found


def _of_jwk(entry: Mapping[str, Any]) -> RSAPublicKey | None:
    key_id = entry.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_CHARS or not key_id.isprintable():
        return None
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
        return None
    try:
        # Numbers alone: with a private part in it, it would be read as a private key.
        return _usable(RSAAlgorithm.from_jwk({name: entry[name] for name in ("kty", "n", "e")}))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None


def _of_pem(pem: str) -> RSAPublicKey | None:
    try:
        return _usable(load_pem_public_key(pem.encode()))
    except (ValueError, UnsupportedAlgorithm):
        return None


def _usable(key: object) -> RSAPublicKey | None:
    return key if isinstance(key, RSAPublicKey) and MIN_KEY_BITS <= key.key_size <= MAX_KEY_BITS else None


def _pem(key: RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
