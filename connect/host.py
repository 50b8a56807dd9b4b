"""An Atlassian host that installed the app, and the signature that each call to it carries.

A host that installed it by Forge is a `connect.forge.ForgeHost`; the clients take either."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from connect import tokens
from connect.outcomes import UpstreamError


@dataclass(frozen=True)
class Host:
    """One tenant as the lifecycle callback described it. `base_url` is the API prefix; Confluence's ends in `/wiki`."""

    base_url: str
    client_key: str
    app_key: str
    shared_secret: str = field(repr=False)

    def auth(self, clock: Callable[[], float]) -> AuthBase:
        """What signs each call."""
        return ConnectAuth(self, clock)


class AnyHost(Protocol):
    """A host that can be called, whichever door the app came in by."""

    @property
    def base_url(self) -> str:
        """The API prefix."""

    def auth(self, clock: Callable[[], float], /) -> AuthBase:
        """What signs each call."""


class ConnectAuth(AuthBase):
    """Signs each request for its final URL: issuer is the app key (a client key here gets a 401), life three minutes.

    Raises `refused-host` for any URL outside the host's base URL: libraries follow absolute links with our token.
    """

    def __init__(self, host: Host, clock: Callable[[], float] = time.time) -> None:
        self._host = host
        self._clock = clock

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = request.url or ""
        if not is_inside(url, self._host.base_url):
            raise UpstreamError("refused-host")
        token = tokens.sign(
            self._host.shared_secret,
            issuer=self._host.app_key,
            qsh=tokens.query_string_hash(request.method or "GET", url, self._host.base_url),
            now=int(self._clock()),
            audience=[self._host.client_key],
        )
        request.headers["Authorization"] = f"JWT {token}"
        return request


def is_inside(url: str, base_url: str) -> bool:
    """Is `url` under `base_url`, also for a far side that resolves dot segments?"""
    here, base = urlsplit(url), urlsplit(base_url)
    if (here.scheme, here.netloc.lower()) != (base.scheme, base.netloc.lower()):
        return False
    if ".." in unquote(here.path).split("/"):
        return False
    return (here.path + "/").startswith(base.path.rstrip("/") + "/")
