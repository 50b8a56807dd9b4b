"""Connect JSON web tokens and the query string hash that binds them to one request.

The route decides the class of token and its algorithm, never the token:

    verify_install   RS256, key by `kid`        installed, uninstalled
    verify_request   HS256, qsh of the request  enabled, disabled, webhooks, pages in a frame
    verify_context   HS256, literal qsh         calls of our own pages (`AP.context.getToken`)

Every refusal is a `TokenError` with a stable `code`; it carries nothing of the token, so it may be logged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, quote, unquote

import jwt
from jwt.algorithms import HMACAlgorithm

from connect import compact

CONTEXT_QSH = "context-qsh"
LEEWAY_SECONDS = 30
# Hosts sign for 900 s. A longer life would turn a leaked token into a pass.
MAX_LIFE_SECONDS = 900 + 2 * LEEWAY_SECONDS
MAX_TOKEN_CHARS = 8_000
MAX_QUERY_FIELDS = 200
MAX_ISSUER_CHARS = 255
# Beyond it a JSON number is no exact integer any more; NaN and Infinity, which Python's parser lets in, fall out too.
MAX_TIME = 2**53
_ORIGIN = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
# A few thousand opening brackets fit into a token and exhaust the parser's recursion.
_UNREADABLE = (jwt.PyJWTError, ValueError, RecursionError)


class _SharedSecret(HMACAlgorithm):
    """HS256 with whatever secret the host chose: its length is theirs to answer for, and no warning of ours."""

    def check_key_length(self, key: bytes) -> None:
        return None


_HS256 = _SharedSecret(HMACAlgorithm.SHA256)
_JWS = jwt.PyJWS(algorithms=["RS256"])
_JWS.register_algorithm("HS256", _HS256)


class TokenError(Exception):
    """A token was refused. `code` is one of the short names used in this module, safe to log and to answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Claims:
    """What a verified token says. Times are seconds since the epoch."""

    issuer: str
    subject: str | None
    issued_at: int
    expires_at: int
    context: Mapping[str, Any]


def canonical_request(method: str, url: str, base_url: str = "") -> str:
    """The canonical string that Atlassian's hosts hash: `METHOD&path&query`.

    `url` is absolute or a path with query, raw (still percent-encoded). `base_url` is what stands in front of the app's
    or the host's own path; its path is cut off at a segment boundary only, so that `/app` never eats `/application`.
    """
    path, query = _split(url)
    return _canonical(method, path, _canonical_query(query), base_url)


def query_string_hash(method: str, url: str, base_url: str = "") -> str:
    """The `qsh` claim: lower-case hex SHA-256 of `canonical_request`."""
    return hashlib.sha256(canonical_request(method, url, base_url).encode()).hexdigest()


def _canonical(method: str, path: str, canonical_query: str, base_url: str) -> str:
    relative = _relative_path(path, _split(base_url)[0])
    return "&".join((method.upper(), relative.replace("&", "%26"), canonical_query))


def _split(url: str) -> tuple[str, str]:
    # urlsplit would take the host out of `//hook`, which is a legal path of a request line, and raise on `http://[`.
    path, _, query = _ORIGIN.sub("", url).partition("#")[0].partition("?")
    return path, query


def _relative_path(path: str, base_path: str) -> str:
    base = base_path.rstrip("/")
    if base and (path == base or path.startswith(base + "/")):
        path = path[len(base) :]
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    return path if path.startswith("/") else "/" + path


def _canonical_query(query: str, *, order_by_encoded_name: bool = True) -> str:
    values: dict[str, list[str]] = {}
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        raise TokenError("query-too-long") from None
    for name, value in fields:
        if name != "jwt":
            values.setdefault(name, []).append(value)
    # Names are ordered by their encoded text, values of one name by their decoded text in UTF-16 order, as Java does.
    names = sorted(values, key=_encode if order_by_encoded_name else None)
    return "&".join(
        f"{_encode(name)}={','.join(_encode(value) for value in sorted(values[name], key=_utf16))}" for name in names
    )


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def sign(
    secret: str,
    *,
    issuer: str,
    qsh: str,
    now: int,
    lifetime: int = 180,
    subject: str | None = None,
    audience: Sequence[str] = (),
    context: Mapping[str, Any] | None = None,
) -> str:
    """An HS256 token. `issuer` is the app key for calls to a host, the client key for calls of a host to the app."""
    claims = claim_set(issuer, qsh, now, lifetime, subject, audience, context)
    return _JWS.encode(json.dumps(claims, separators=(",", ":")).encode(), secret, algorithm="HS256")


def claim_set(
    issuer: str,
    qsh: str,
    now: int,
    lifetime: int,
    subject: str | None = None,
    audience: Sequence[str] = (),
    context: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The claims of a Connect token as a plain dictionary, ready to be signed."""
    claims: dict[str, Any] = {"iss": issuer, "iat": now, "exp": now + lifetime, "qsh": qsh}
    if subject is not None:
        claims["sub"] = subject
    if audience:
        claims["aud"] = list(audience)
    if context is not None:
        claims["context"] = dict(context)
    return claims


def read_issuer(token: str) -> str:
    """The claimed issuer of a token that is NOT verified yet: good for one thing, finding the key to verify it with."""
    return _issuer(_read(token).claims)


def read_key_id(token: str) -> str:
    """The `kid` of an unverified RS256 token; any other algorithm is refused here already."""
    header = _read(token).header
    if header.get("alg") != "RS256":
        raise TokenError("wrong-algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise TokenError("no-key-id")
    return key_id


def verify_install(
    token: str, public_key: str, *, method: str, raw_url: str, base_url: str, audiences: Sequence[str], now: int
) -> Claims:
    """Check the RS256 token of `installed` and `uninstalled`; `public_key` is the PEM of its `kid`.

    The audience must be one of ours, letter by letter but for one trailing slash: a substring test once let
    `https://app.example.com.evil.net` in (reference: connect.md 1.3, 6).
    """
    read_key_id(token)
    claims = _decode_asymmetric(token, public_key, now)
    _require_audience(claims.get("aud"), audiences)
    _require_request_hash(claims, method, raw_url, base_url)
    return _claims(claims)


def verify_request(token: str, secrets: Sequence[str], *, method: str, raw_url: str, base_url: str, now: int) -> Claims:
    """Check an HS256 token that is bound to this request. `secrets`: the tenant's current one, and the last one for a
    while after a rotation."""
    claims = _decode_symmetric(token, secrets, now)
    _require_request_hash(claims, method, raw_url, base_url)
    return _claims(claims)


def verify_context(token: str, secrets: Sequence[str], *, now: int) -> Claims:
    """Check a context token: HS256 with the exact literal `context-qsh`, and nothing else in its place."""
    claims = _decode_symmetric(token, secrets, now)
    if not _same(claims["qsh"], CONTEXT_QSH):
        raise TokenError("wrong-qsh")
    return _claims(claims)


def _read(token: str) -> compact.Compact:
    try:
        return compact.read(_bounded(token))
    except _UNREADABLE:
        raise TokenError("malformed") from None


def _issuer(claims: Mapping[str, Any]) -> str:
    # It goes into look-ups before anything is verified: no lone surrogates, no NUL, no megabytes.
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer.isprintable() or not 0 < len(issuer) <= MAX_ISSUER_CHARS:
        raise TokenError("no-issuer")
    return issuer


def _decode_symmetric(token: str, secrets: Sequence[str], now: int) -> Mapping[str, Any]:
    found = _read(token)
    if found.header.get("alg") != "HS256" or "kid" in found.header:
        raise TokenError("wrong-algorithm")
    if not any(_is_signed_with(secret, found) for secret in secrets):
        raise TokenError("bad-signature")
    return _checked(found.claims, now)


def _is_signed_with(secret: str, found: compact.Compact) -> bool:
    # A secret that is a public key is refused by PyJWT: whoever has the key could sign with it.
    try:
        return _HS256.verify(found.signed, _prepared(secret), found.signature)
    except jwt.InvalidKeyError:
        return False


@lru_cache(maxsize=1_000)
def _prepared(secret: str) -> bytes:
    return _HS256.prepare_key(secret)


def _decode_asymmetric(token: str, public_key: str, now: int) -> Mapping[str, Any]:
    try:
        _JWS.decode(token, public_key, algorithms=["RS256"])
    except jwt.InvalidAlgorithmError:
        raise TokenError("wrong-algorithm") from None
    except jwt.InvalidSignatureError:
        raise TokenError("bad-signature") from None
    except _UNREADABLE:
        raise TokenError("malformed") from None
    return _checked(_read(token).claims, now)


def _checked(claims: Mapping[str, Any], now: int) -> Mapping[str, Any]:
    # Times are checked against the caller's clock, where PyJWT would take the machine's.
    _require_times(claims, now)
    _issuer(claims)
    if not isinstance(claims.get("qsh"), str):
        raise TokenError("no-qsh")
    return claims


def _bounded(token: str) -> str:
    if not token or len(token) > MAX_TOKEN_CHARS:
        raise TokenError("malformed")
    return token


def _require_times(claims: Mapping[str, Any], now: int) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not _is_number(issued) or not _is_number(expires):
        raise TokenError("no-times")
    not_before = claims.get("nbf", issued)
    if not _is_number(not_before):
        raise TokenError("no-times")
    if now > expires + LEEWAY_SECONDS:
        raise TokenError("expired")
    if max(issued, not_before) > now + LEEWAY_SECONDS:
        raise TokenError("from-the-future")
    if expires - issued > MAX_LIFE_SECONDS:
        raise TokenError("life-too-long")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and -MAX_TIME < value < MAX_TIME


def _require_audience(audience: object, accepted: Sequence[str]) -> None:
    claimed = [audience] if isinstance(audience, str) else audience
    if not isinstance(claimed, list):
        raise TokenError("wrong-audience")
    ours = {url.removesuffix("/") for url in accepted}
    if not any(isinstance(url, str) and url.removesuffix("/") in ours for url in claimed):
        raise TokenError("wrong-audience")


def _require_request_hash(claims: Mapping[str, Any], method: str, raw_url: str, base_url: str) -> None:
    for canonical in _candidates(method, raw_url, base_url):
        if _same(claims["qsh"], hashlib.sha256(canonical.encode()).hexdigest()):
            return
    raise TokenError("wrong-qsh")


def _candidates(method: str, raw_url: str, base_url: str) -> Iterator[str]:
    # Some hosts hash the decoded path, or order names by their decoded text; each form binds the same request.
    path, query = _split(raw_url)
    for by_encoded_name in (True, False):
        canonical_query = _canonical_query(query, order_by_encoded_name=by_encoded_name)
        for one_path in (path, unquote(path)):
            yield _canonical(method, one_path, canonical_query, base_url)


def _same(claimed: str, expected: str) -> bool:
    return hmac.compare_digest(claimed.encode("utf-8", "surrogatepass"), expected.encode())


def _claims(claims: Mapping[str, Any]) -> Claims:
    subject = claims.get("sub")
    context = claims.get("context")
    return Claims(
        issuer=claims["iss"],
        subject=subject if isinstance(subject, str) and subject else None,
        issued_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
        context=context if isinstance(context, dict) else {},
    )
