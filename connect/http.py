"""Calls out: one session, bounded and allow-listed, and one error for whatever goes wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import requests
from requests.auth import AuthBase

from connect.outcomes import UpstreamError, failure
from connect.quota import Quota
from connect.session import BoundedSession, Bounds, Sink

__all__ = ["Answer", "Outbound", "UpstreamError", "answer_of", "objects"]

DEFAULT_MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """A 2xx answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body as UTF-8; what is not UTF-8 is replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The parsed body; anything but JSON (a login page with status 200) is `bad-answer`."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise UpstreamError("bad-answer", status=self.status) from None

    def json_object(self) -> dict[str, Any]:
        """The parsed body where the contract promises an object."""
        body = self.json()
        if not isinstance(body, dict):
            raise UpstreamError("bad-answer", status=self.status)
        return body


def objects(listed: Any) -> list[dict[str, Any]]:
    """A part of an answer where the contract promises a list of objects; `bad-answer` if it is anything else."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise UpstreamError("bad-answer")
    return listed


def answer_of(response: requests.Response, now: float) -> Answer:
    """The answer behind a response of our session, or the `UpstreamError` that its status stands for."""
    if not 200 <= response.status_code < 300:
        raise failure(response.status_code, response.headers, response.content, now)
    return Answer(response.status_code, response.headers, response.content)


class Outbound:
    """What may be called, and at what cost. Give it as an argument; close it, or use it in a `with`.

    `allowed_hosts`: `host` (default port) or `host:port`. `timeout`: seconds for one whole call. `max_bytes`: the most
    that is read of one answer. Safe to share between threads.
    """

    def __init__(
        self,
        allowed_hosts: Sequence[str],
        *,
        timeout: int = 20,
        max_bytes: int = DEFAULT_MAX_BYTES,
        user_agent: str = "fairtrial",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.timeout = timeout
        self.clock = clock
        self._allowed_hosts = tuple(allowed_hosts)
        self._bounds = Bounds(timeout, max_bytes)
        self._user_agent = user_agent
        self._quota = Quota(clock)
        self.session = BoundedSession(self._allowed_hosts, self._bounds, user_agent, self._quota)

    def session_for(self, auth: AuthBase) -> BoundedSession:
        """A session that signs with `auth`, under the same bounds and pauses, and over the same connections."""
        session = BoundedSession(self._allowed_hosts, self._bounds, self._user_agent, self._quota, auth)
        for prefix, adapter in self.session.adapters.items():
            session.mount(prefix, adapter)
        return session

    def request(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | tuple[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        timeout: int | None = None,
        into: Sink | None = None,
    ) -> Answer:
        """One call. `json` or `data` is its body, the latter as a form, or as bytes whose type `headers` tell.
        `into`: a binary file that takes the body of a 2xx instead of the memory.

        Raises `UpstreamError` for every other status, for no answer at all, and without a call while the place is
        paused (`rate-limited` with `retry_after`).
        """
        request = requests.Request(
            method, url, auth=auth, params=dict(params or {}), json=json, data=data, headers=dict(headers or {})
        )
        try:
            prepared = self.session.prepare_request(request)
        except (requests.RequestException, ValueError):
            raise UpstreamError("bad-request") from None
        settings = self.session.merge_environment_settings(prepared.url, {}, True, None, None)
        bounds = Bounds(timeout or self._bounds.seconds, max_bytes or self._bounds.max_bytes)
        return answer_of(self.session.send(prepared, bounds=bounds, into=into, **settings), self.clock())

    def close(self) -> None:
        """Close every pooled connection."""
        self.session.close()

    def __enter__(self) -> Outbound:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
