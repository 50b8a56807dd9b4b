"""Public keys that sign `installed` and `uninstalled`, by `kid`, from Atlassian's key hosts.

A rotation always makes a new `kid`, so a key once seen is kept for ever: installs survive an outage of the key hosts.
Anybody can send a token with an invented `kid`, so misses are remembered and look-ups are rationed.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from connect.http import Outbound, UpstreamError
from connect.tokens import TokenError

MAX_PEM_BYTES = 16 * 1024
MIN_KEY_BITS = 2048
# Verifying with an absurdly long key is work that a lying host could make us do.
MAX_KEY_BITS = 8192
MISS_SECONDS = 5 * 60
MAX_MISSES = 1_000
LOOKUPS_PER_MINUTE = 30


class KeyStore(Protocol):
    """Where keys outlive the process."""

    def get(self, key_id: str) -> str | None:
        """The stored PEM, or None."""

    def put(self, key_id: str, pem: str) -> None:
        """Keep a PEM for ever; the same one again is fine."""


class InstallKeys:
    """Look-up of public keys. `urls`: key hosts in order, each answering `GET {url}/{kid}` with a PEM."""

    def __init__(self, urls: Sequence[str], http: Outbound, store: KeyStore, clock: Callable[[], float]) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._http = http
        self._store = store
        self._clock = clock
        self._known: dict[str, str] = {}
        self._misses: OrderedDict[str, float] = OrderedDict()
        self._lookups: deque[float] = deque()
        self._lock = threading.Lock()

    def public_key(self, key_id: str) -> str:
        """The PEM of `key_id`.

        Raises TokenError `bad-key-id` or `unknown-key` (every host says 404), and `UpstreamError` when a host that
        might have it gave no usable answer, or when too many were looked up within a minute.
        """
        _require_key_id(key_id)
        pem = self._known.get(key_id) or self._store.get(key_id)
        if pem is None:
            pem = self._look_up(key_id)
            self._store.put(key_id, pem)
        self._known[key_id] = pem
        return pem

    def _look_up(self, key_id: str) -> str:
        self._require_budget(key_id)
        failed: UpstreamError | None = None
        for url in self._urls:
            try:
                return _rsa_pem(self._http.request("GET", f"{url}/{key_id}", max_bytes=MAX_PEM_BYTES).content)
            except UpstreamError as error:
                if error.outcome not in ("not-found", "gone"):
                    failed = failed or error
        if failed:
            raise failed
        self._remember_miss(key_id)
        raise TokenError("unknown-key")

    def _require_budget(self, key_id: str) -> None:
        now = self._clock()
        with self._lock:
            if now - self._misses.get(key_id, now - MISS_SECONDS) < MISS_SECONDS:
                raise TokenError("unknown-key")
            while self._lookups and now - self._lookups[0] >= 60:
                self._lookups.popleft()
            if len(self._lookups) >= LOOKUPS_PER_MINUTE:
                raise UpstreamError("rate-limited", retry_after=60)
            self._lookups.append(now)

    def _remember_miss(self, key_id: str) -> None:
        with self._lock:
            self._misses[key_id] = self._clock()
            self._misses.move_to_end(key_id)
            if len(self._misses) > MAX_MISSES:
                self._misses.popitem(last=False)


def _require_key_id(key_id: str) -> None:
    # It becomes a path on the key host; keys of the ASAP style have slashes in them.
    if not re.fullmatch(r"[A-Za-z0-9._/-]{1,200}", key_id) or any(
        part in ("", ".", "..") for part in key_id.split("/")
    ):
        raise TokenError("bad-key-id")


def _rsa_pem(answer: bytes) -> str:
    # Written anew, so that stray line ends of a CDN (which once broke Atlassian's own framework) do not matter.
    try:
        key = load_pem_public_key(answer.strip())
    except (ValueError, UnsupportedAlgorithm):
        raise UpstreamError("bad-answer") from None
    if not isinstance(key, RSAPublicKey) or not MIN_KEY_BITS <= key.key_size <= MAX_KEY_BITS:
        raise UpstreamError("bad-answer")
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
