"""Calls in the name of a person: the scope ACT_AS_USER (reference: connect.md section 4).

We sign an assertion with the tenant's secret, and the authorisation server gives a short-lived access token for it (RFC
7523). What the person may not do, such a call may not do either.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests
from requests.auth import AuthBase

from connect.host import Host, is_inside
from connect.http import Answer, Outbound, UpstreamError

SERVER = "https://oauth-2-authorization-server.services.atlassian.com"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 60
# A token has to outlive the call that carries it.
EARLY_SECONDS = 30
MAX_LIFE_SECONDS = 3_600
MAX_TOKENS = 1_000
MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True)
class Person:
    """Whom to act for, on which tenant. `oauth_client_id` came with the tenant's `installed`.

    `scopes` are named as in the descriptor; none means all that the app has.
    """

    host: Host
    oauth_client_id: str
    account_id: str = field(repr=False)
    scopes: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """A name under which a token can be kept without keeping the account."""
        named = [self.host.client_key, self.account_id, *sorted(self.scopes)]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()


class Impersonation:
    """Access tokens of people, in memory alone. `http` must be allowed to call `server`, a URL without a path."""

    def __init__(self, http: Outbound, clock: Callable[[], float], server: str = SERVER) -> None:
        self._http = http
        self._clock = clock
        self._server = server.rstrip("/")
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()

    def host(self, person: Person) -> UserHost:
        """The tenant as that person sees it."""
        return UserHost(person, self)

    def token(self, person: Person) -> str:
        """An access token, new or kept. Raises UpstreamError: permanent where the person or the tenant refuses us."""
        with self._lock:
            expires, token = self._kept.get(person.digest, (0.0, ""))
            if expires > self._clock():
                self._kept.move_to_end(person.digest)
                return token
        return self._fetch(person)

    def forget(self, person: Person) -> None:
        """Drop a token that a host has refused."""
        with self._lock:
            self._kept.pop(person.digest, None)

    def _fetch(self, person: Person) -> str:
        now = self._clock()
        form = {"grant_type": GRANT, "assertion": self._assertion(person, int(now))}
        if person.scopes:
            form["scope"] = " ".join(sorted(person.scopes)).upper()
        url = f"{self._server}/oauth2/token"
        headers = {"Accept": "application/json"}
        token, life = _read(self._http.request("POST", url, data=form, headers=headers, max_bytes=MAX_ANSWER_BYTES))
        with self._lock:
            self._kept[person.digest] = (now + min(life, MAX_LIFE_SECONDS) - EARLY_SECONDS, token)
            self._kept.move_to_end(person.digest)
            if len(self._kept) > MAX_TOKENS:
                self._kept.popitem(last=False)
        return token

    def _assertion(self, person: Person, now: int) -> str:
        claims = {
            "iss": f"urn:atlassian:connect:clientid:{person.oauth_client_id}",
            "sub": f"urn:atlassian:connect:useraccountid:{person.account_id}",
            "tnt": person.host.base_url,
            "aud": self._server,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        }
        return jwt.encode(claims, person.host.shared_secret, algorithm="HS256")


@dataclass(frozen=True)
class UserHost:
    """A tenant as one person sees it; `Jira` and `Confluence` take it in place of a `Host`."""

    person: Person
    impersonation: Impersonation = field(repr=False)

    @property
    def base_url(self) -> str:
        """The API prefix."""
        return self.person.host.base_url

    def auth(self, clock: Callable[[], float]) -> AuthBase:
        """What authorises each call."""
        return UserAuth(self)


class UserAuth(AuthBase):
    """Bears a person's token to the tenant's own API and nowhere else: any other URL is `refused-host`."""

    def __init__(self, host: UserHost) -> None:
        self._host = host

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not is_inside(request.url or "", self._host.base_url):
            raise UpstreamError("refused-host")
        request.headers["Authorization"] = f"Bearer {self._host.impersonation.token(self._host.person)}"
        request.register_hook("response", self._forget_if_refused)  # type: ignore[no-untyped-call]
        return request

    def _forget_if_refused(self, response: requests.Response, **_: Any) -> None:
        if response.status_code == 401:
            self._host.impersonation.forget(self._host.person)


def _read(answer: Answer) -> tuple[str, float]:
    """The token, which becomes a header, and its life in seconds; 0 where that is not said."""
    body = answer.json_object()
    token, kind, life = body.get("access_token"), body.get("token_type", "Bearer"), body.get("expires_in")
    if not isinstance(token, str) or not re.fullmatch(r"[A-Za-z0-9._~+/=-]{1,8000}", token):
        raise UpstreamError("bad-answer", status=answer.status)
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise UpstreamError("bad-answer", status=answer.status)
    return token, life if isinstance(life, int | float) and not isinstance(life, bool) else 0
