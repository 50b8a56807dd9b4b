"""A requests session that cannot be led astray, whoever drives it (atlassian-python-api included).

Allow-listed hosts only, https but for loopback, no redirects, no cookies, no `.netrc`; an answer is read within a size
and a time, also where Content-Length lies, is missing, or the body is a compression bomb.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from connect.outcomes import UpstreamError
from connect.prompt import PromptAdapter

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CONNECT_SECONDS = 5
CHUNK_BYTES = 64 * 1024
# What is read of an answer that is an error anyway: enough for its envelope.
MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True)
class Bounds:
    """How much one answer may cost: whole `seconds`, and bytes after decompression."""

    seconds: int
    max_bytes: int


class Sink(Protocol):
    """Anything that bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""


class _Anonymous(AuthBase):
    """Keeps requests from looking a password up in `~/.netrc`."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class BoundedSession(requests.Session):
    """See the module. Every failure before a status is an `UpstreamError`; a status is left to the caller."""

    def __init__(
        self, allowed_hosts: Sequence[str], bounds: Bounds, user_agent: str, auth: AuthBase | None = None
    ) -> None:
        super().__init__()
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self.bounds = bounds
        self.auth = auth or _Anonymous()
        self.headers["User-Agent"] = user_agent
        for prefix in ("https://", "http://"):
            self.mount(prefix, PromptAdapter())
        # It writes URLs, and what it could not parse of an answer, into the log.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        # One session speaks for several tenants: a cookie of one must never reach another.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send and read. Besides the arguments of requests: `bounds`, and `into`, a file for the body of a 2xx."""
        bounds: Bounds = kwargs.pop("bounds", self.bounds)
        into: Sink | None = kwargs.pop("into", None)
        require_allowed(request.url or "", self.allowed_hosts)
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, bounds.seconds), read=bounds.seconds)
        kwargs.update(stream=True, allow_redirects=False, timeout=timeout)
        deadline = time.monotonic() + bounds.seconds
        try:
            response = super().send(request, **kwargs)
            try:
                _read(response, bounds, deadline, into)
            except BaseException:
                response.close()
                raise
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise UpstreamError("timeout") from None
        except urllib3.exceptions.DecodeError:
            raise UpstreamError("bad-answer") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError):
            raise UpstreamError("unreachable") from None
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never anywhere: a redirect would carry a token signed for another URL, and read its body without bounds."""
        return

    def merge_environment_settings(self, url: Any, *args: Any) -> Any:
        """As in requests, but loopback never goes through a proxy, whatever the environment forgets to say."""
        settings = super().merge_environment_settings(url, *args)
        if urlsplit(url).hostname in LOOPBACK:
            settings["proxies"] = {}
        return settings


def require_allowed(url: str, allowed_hosts: frozenset[str]) -> None:
    """Raise `refused-host` unless the URL's `host` or `host:port` is listed; plain http is for loopback alone."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UpstreamError("refused-host") from None
    default = {"https": 443, "http": 80}.get(parts.scheme)
    if default is None or "@" in parts.netloc or (parts.scheme == "http" and host not in LOOPBACK):
        raise UpstreamError("refused-host")
    name = f"[{host}]" if ":" in host else host
    names = {f"{name}:{port or default}"} | ({name} if port in (None, default) else set())
    if not names & allowed_hosts:
        raise UpstreamError("refused-host")


def _read(response: requests.Response, bounds: Bounds, deadline: float, into: Sink | None) -> None:
    head = bytearray()
    if not 200 <= response.status_code < 300:
        for chunk in _chunks(response, deadline):
            head += chunk
            if len(head) >= MAX_ERROR_BYTES:
                response.close()
                break
    else:
        if _declared_length(response) > bounds.max_bytes:
            raise UpstreamError("too-large", status=response.status_code)
        size = 0
        for chunk in _chunks(response, deadline):
            size += len(chunk)
            if size > bounds.max_bytes:
                raise UpstreamError("too-large", status=response.status_code)
            if into is None:
                head += chunk
            else:
                into.write(chunk)
    response._content = bytes(head)
    response._content_consumed = True  # type: ignore[attr-defined]


def _chunks(response: requests.Response, deadline: float) -> Iterator[bytes]:
    # read1 gives what is there: read(n) would wait for n bytes of a server that drips, and never see the deadline.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
        yield chunk
        if time.monotonic() > deadline:
            raise UpstreamError("timeout", status=response.status_code)


def _declared_length(response: requests.Response) -> int:
    declared = response.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() and len(declared) < 20 else 0
