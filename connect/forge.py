"""A site that installed the app by Forge: calls to it bear the app's system token (connect.md 5.2).

`Jira` and `Confluence` take a `ForgeHost` in place of a `Host`. The token comes in a header of every invocation and
lives for hours at most; nobody can ask for a new one, so a call without one waits for the next invocation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests
from requests.auth import AuthBase

from connect.fit import Site
from connect.host import is_inside
from connect.http import Outbound, UpstreamError
from connect.tokens import MAX_TIME

# Reserved and read-only: it tells the Forge version of an app the client key that the site had under Connect.
CLIENT_KEY_PROPERTY = "connect_client_key_019cdff3-8bfb-71fe-9628-875b700aebb8"
MAX_TOKEN_CHARS = 8_000
# Atlassian: an hour, four by a scheduled trigger ("Forge Remote access to tokens anytime"); none is kept for longer.
ASSUMED_LIFE_SECONDS = 50 * 60
MAX_LIFE_SECONDS = 4 * 3600
# The scheduled trigger brings a new one every hour.
WAIT_SECONDS = 300


@dataclass(frozen=True)
class ForgeHost:
    """One product of a site. `base_url` is its API prefix; Confluence's ends in `/wiki`."""

    base_url: str
    system_token: str = field(repr=False)

    def auth(self, clock: Callable[[], float]) -> AuthBase:
        """What signs each call."""
        return BearerAuth(self)


class BearerAuth(AuthBase):
    """Bears the system token to the host's own API and nowhere else: any other URL is `refused-host`.

    A 401 is `no-token`, to be tried again: the token has run out, or the installation is minutes old (connect.md 5.2).
    """

    def __init__(self, host: ForgeHost) -> None:
        self._host = host

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not is_inside(request.url or "", self._host.base_url):
            raise UpstreamError("refused-host")
        request.headers["Authorization"] = f"Bearer {self._host.system_token}"
        request.register_hook("response", _require_good_token)  # type: ignore[no-untyped-call]
        return request


def _require_good_token(response: requests.Response, **_: Any) -> None:
    if response.status_code == 401:
        response.close()
        raise no_token(401)


def no_token(status: int | None = None) -> UpstreamError:
    """The failure of a call for which there is no token that counts, now."""
    return UpstreamError("no-token", status=status, retry_after=WAIT_SECONDS)


def host_of(site: Site, system_token: str) -> ForgeHost:
    """`site` as a host for `Jira` or `Confluence`."""
    return ForgeHost(site.api_base_url + ("/wiki" if site.product == "confluence" else ""), system_token)


def readable_token(header: str | None) -> str | None:
    """A system token as `x-forge-oauth-system` brought it; None where it is none, or could be more than one header."""
    token = header or ""
    return token if len(token) <= MAX_TOKEN_CHARS and re.fullmatch(r"[!-+\--~]+", token) else None


def token_expiry(token: str, now: int) -> int:
    """Until when (epoch seconds) a system token may be used. It is opaque but for its `exp`, which is documented."""
    try:
        expires = jwt.decode(token, options={"verify_signature": False}).get("exp")
    except (jwt.PyJWTError, ValueError, RecursionError):
        expires = None
    known = isinstance(expires, int | float) and not isinstance(expires, bool) and -MAX_TIME < expires < MAX_TIME
    return min(int(expires), now + MAX_LIFE_SECONDS) if known else now + ASSUMED_LIFE_SECONDS  # type: ignore[arg-type]


def connect_client_key(host: ForgeHost, product: str, http: Outbound) -> str | None:
    """The client key that this site has, or had, under Connect; None where it never had the app that way."""
    path = "api/v2/app/properties" if product == "confluence" else "rest/forge/1/app/properties"
    url = f"{host.base_url}/{path}/{CLIENT_KEY_PROPERTY}"
    try:
        value = http.request("GET", url, auth=BearerAuth(host)).json_object().get("value")
    except UpstreamError as error:
        # A 403 is what an installation that is minutes old gets: taken for "never", it would lose the tenant.
        if error.outcome == "not-found":
            return None
        raise
    return value if isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable() else None


def cloud_id_of(site_url: str, http: Outbound) -> str:
    """The cloud id of `https://acme.atlassian.net`, which the site tells anybody."""
    cloud_id = http.request("GET", f"{site_url.rstrip('/')}/_edge/tenant_info").json_object().get("cloudId")
    if not isinstance(cloud_id, str) or not cloud_id:
        raise UpstreamError("bad-answer")
    return cloud_id
