"""A requests session that cannot be led astray, whoever drives it (atlassian-python-api included).

Allow-listed hosts only, https but for loopback, no redirects, no cookies, no `.netrc`, no call where a pause was asked
for; an answer is read within a size and a time, also where Content-Length lies, is missing, or the body is a
compression bomb.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from connect.outcomes import UpstreamError
from connect.prompt import PromptAdapter, Watchdog
from connect.quota import Quota

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CONNECT_SECONDS = 5
CHUNK_BYTES = 64 * 1024
# What is read of an answer that is an error anyway: enough for its envelope.
MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True)
class Bounds:
    """How much one call may cost: whole `seconds` to the end of its answer, and bytes of that after decompression."""

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
        self,
        allowed_hosts: Sequence[str],
        bounds: Bounds,
        user_agent: str,
        quota: Quota,
        auth: AuthBase | None = None,
    ) -> None:
        super().__init__()
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        self.bounds = bounds
        self.quota = quota
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
        method, url = request.method or "GET", request.url or ""
        require_allowed(url, self.allowed_hosts)
        self.quota.require(method, url)
        seconds = bounds.seconds
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds, total=seconds)
        kwargs.update(stream=True, allow_redirects=False, timeout=timeout)
        try:
            response = super().send(request, **kwargs)
            self.quota.learn(method, url, response.status_code, response.headers)
            _read_in_time(response, bounds, into)
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
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


def _read_in_time(response: requests.Response, bounds: Bounds, into: Sink | None) -> None:
    watchdog: Watchdog = response.raw.watchdog  # type: ignore[union-attr]
    try:
        with watchdog:
            _read(response, bounds, into)
    except BaseException:
        response.close()
        raise


def _read(response: requests.Response, bounds: Bounds, into: Sink | None) -> None:
    head = bytearray()
    if not 200 <= response.status_code < 300:
        for chunk in _chunks(response):
            head += chunk
            if len(head) >= MAX_ERROR_BYTES:
                response.close()
                break
    else:
        if _declared_length(response) > bounds.max_bytes:
            raise UpstreamError("too-large", status=response.status_code)
        size = 0
        for chunk in _chunks(response):
            size += len(chunk)
            if size > bounds.max_bytes:
                raise UpstreamError("too-large", status=response.status_code)
            if into is None:
                head += chunk
            else:
                into.write(chunk)
    response._content = bytes(head)
    response._content_consumed = True  # type: ignore[attr-defined]


def _chunks(response: requests.Response) -> Iterator[bytes]:
    # read1 gives what is there; read(n) would gather n bytes first.
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
        yield chunk


def _declared_length(response: requests.Response) -> int:
    declared = response.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() and len(declared) < 20 else 0
