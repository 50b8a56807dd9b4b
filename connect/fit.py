"""Forge invocation tokens (FIT): which installation calls, through which module, for whom (connect.md 5.2).

RS256 by Forge's key set, and nothing else. The audience is the app id of OUR settings: taken from the token, as some
libraries do, it would let every other Forge app in. A FIT covers neither method, nor path, nor body: so its `token_id`
counts once, and its `module_key` has to be one of the route's; both are the caller's to check.

Every refusal is a `TokenError` with a stable `code` that carries nothing of the token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt

from connect.jwks import KeySet
from connect.session import LOOPBACK
from connect.tokens import MAX_TIME, TokenError, read_key_id

__all__ = ["FitVerifier", "Invocation", "Site", "TokenError", "site_of"]

ISSUER = "forge/invocation-token"
# A FIT lives 25 s: a leeway as wide as for Connect's tokens would more than double that.
LEEWAY_SECONDS = 10
MAX_LIFE_SECONDS = 60
MAX_TEXT_CHARS = 255
MAX_CONTEXTS = 10
_INSTALLATION = re.compile(r"ari:cloud:ecosystem::installation/[0-9A-Za-z-]{1,36}")
_API_PATH = re.compile(r"/ex/(jira|confluence)/([0-9A-Za-z-]{1,64})")
_UNREADABLE = (jwt.PyJWTError, ValueError, RecursionError)


@dataclass(frozen=True)
class Site:
    """One product of one site, and where its REST API is: `{api_base_url}/rest/…`, of Confluence `…/wiki/…`."""

    product: str
    cloud_id: str
    api_base_url: str


@dataclass(frozen=True)
class Invocation:
    """What a verified FIT says. Times are seconds since the epoch.

    `sites`: the product that calls, then the others of the same installation. `account_id` and `context` come with
    calls of the front end only. `licence` None: the FIT says nothing of it, which is no licence and no lack of one.
    """

    token_id: str
    installation_id: str
    sites: tuple[Site, ...]
    environment_id: str | None
    environment: str
    app_version: str | None
    module_key: str
    account_id: str | None
    context: Mapping[str, Any]
    licence: Mapping[str, Any] | None
    issued_at: int
    expires_at: int

    @property
    def site(self) -> Site:
        """The product that calls."""
        return self.sites[0]


class FitVerifier:
    """`app_id`: our own, `ari:cloud:ecosystem::app/…`. `environments`: the types that may call, `PRODUCTION` …"""

    def __init__(self, app_id: str, environments: Sequence[str], keys: KeySet) -> None:
        self._app_id = app_id
        self._environments = frozenset(environment.upper() for environment in environments)
        self._keys = keys

    def verify(self, token: str, now: int) -> Invocation:
        """What `token` says, at `now` (epoch seconds). Raises TokenError, and `UpstreamError` if no key can be had."""
        claims = _decode(token, self._keys.public_key(read_key_id(token)))
        if claims.get("iss") != ISSUER:
            raise TokenError("wrong-issuer")
        if claims.get("aud") not in (self._app_id, [self._app_id]):
            raise TokenError("wrong-audience")
        issued, expires = _times(claims, now)
        if _text(claims, "app", "id") != self._app_id:
            raise TokenError("wrong-app")
        return Invocation(
            token_id=_text(claims, "jti") or _refuse("no-token-id"),
            installation_id=_installation(claims),
            sites=_sites(claims),
            environment_id=_text(claims, "app", "environment", "id"),
            environment=self._environment(claims),
            app_version=_text(claims, "app", "appVersion"),
            module_key=_text(claims, "app", "module", "key") or _refuse("no-module"),
            account_id=_text(claims, "principal"),
            context=_part(claims, "context"),
            licence=_licence(claims),
            issued_at=issued,
            expires_at=expires,
        )

    def _environment(self, claims: Mapping[str, Any]) -> str:
        # A development build of the app, which any contributor can deploy, must not read what production holds.
        environment = (_text(claims, "app", "environment", "type") or "").upper()
        return environment if environment in self._environments else _refuse("wrong-environment")


def site_of(api_base_url: str | None) -> Site | None:
    """The site behind `https://<host>/ex/<product>/<cloud id>`; None for anything else. http is for loopback alone."""
    try:
        parts = urlsplit(api_base_url or "")
        host = parts.hostname
    except ValueError:
        return None
    matched = _API_PATH.fullmatch(parts.path)
    if not matched or not host or "@" in parts.netloc or parts.query or parts.fragment:
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        return None
    return Site(matched[1], matched[2], f"{parts.scheme}://{parts.netloc}{parts.path}")


def _decode(token: str, key: Any) -> dict[str, Any]:
    # Times are checked by the caller's clock, the rest by name below; PyJWT would take the machine's clock.
    unchecked = {f"verify_{claim}": False for claim in ("exp", "iat", "nbf", "aud", "sub", "iss", "jti")}
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], options=unchecked)  # type: ignore[arg-type]
    except jwt.InvalidSignatureError:
        raise TokenError("bad-signature") from None
    except _UNREADABLE:
        raise TokenError("malformed") from None
    return claims


def _times(claims: Mapping[str, Any], now: int) -> tuple[int, int]:
    issued, expires = _time(claims.get("iat")), _time(claims.get("exp"))
    not_before = _time(claims.get("nbf", issued))
    if now > expires + LEEWAY_SECONDS:
        raise TokenError("expired")
    if max(issued, not_before) > now + LEEWAY_SECONDS:
        raise TokenError("from-the-future")
    if not 0 <= expires - issued <= MAX_LIFE_SECONDS:
        raise TokenError("life-too-long")
    return int(issued), int(expires)


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MAX_TIME < value < MAX_TIME:
        raise TokenError("no-times")
    return value


def _installation(claims: Mapping[str, Any]) -> str:
    installation = _text(claims, "app", "installationId") or ""
    # `app.installation` came later than `installationId`; where both are there they are one.
    also = _part(claims, "app").get("installation")
    agrees = also is None or _text(claims, "app", "installation", "id") == installation
    return installation if agrees and _INSTALLATION.fullmatch(installation) else _refuse("wrong-installation")


def _sites(claims: Mapping[str, Any]) -> tuple[Site, ...]:
    here = site_of(_text(claims, "app", "apiBaseUrl")) or _refuse("wrong-site")
    claimed = _part(claims, "context").get("cloudId")
    if claimed is not None and claimed != here.cloud_id:
        raise TokenError("wrong-site")
    contexts = _part(claims, "app", "installation").get("contexts")
    listed = contexts[:MAX_CONTEXTS] if isinstance(contexts, list) else []
    others = (site_of(_text(context, "apiBaseUrl")) for context in listed if isinstance(context, dict))
    # One row a product is kept: the same product on a second site is another installation.
    return (here, *{site.product: site for site in others if site and site.product != here.product}.values())


def _licence(claims: Mapping[str, Any]) -> Mapping[str, Any] | None:
    licence = _part(claims, "app").get("license")
    return licence if isinstance(licence, dict) else None


def _part(claims: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    part: Any = claims
    for name in path:
        part = part.get(name) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else {}


def _text(claims: Mapping[str, Any], *path: str) -> str | None:
    value = _part(claims, *path[:-1]).get(path[-1]) if len(path) > 1 else claims.get(path[0])
    return value if isinstance(value, str) and 0 < len(value) <= MAX_TEXT_CHARS and value.isprintable() else None


def _refuse(code: str) -> Any:
    raise TokenError(code)
