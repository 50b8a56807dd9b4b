"""A stand-in for one Atlassian site that checks the signature and the shape of every request, as the real one would."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from connect import tokens
from connect.host import Host
from connect.http import Outbound, UpstreamError
from tests.connect.server import Asked, Reply, serving
from tests.openapi import check

SECRET = "the-shared-secret-of-the-scripted-site"


@dataclass
class Site:
    """`host` is how the app knows the site, `http` a client that may call it. Script the answers with `script`."""

    host: Host
    http: Outbound
    specifications: Sequence[str]
    asked: list[Asked] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    def script(self, *replies: Reply) -> None:
        """What to answer, one after the other."""
        self.replies = list(replies)

    @property
    def last(self) -> Asked:
        """The last request."""
        return self.asked[-1]

    def answer(self, asked: Asked) -> Reply:
        """Check one request and answer it."""
        self.asked.append(asked)
        for examine in (self._signature, self._shape):
            try:
                examine(asked)
            except (AssertionError, tokens.TokenError) as error:
                self.faults.append(f"{asked.method} {asked.url}: {error}")
        return self.replies.pop(0) if self.replies else Reply(500)

    def _signature(self, asked: Asked) -> None:
        scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
        assert scheme == "JWT"
        claims = tokens.verify_request(
            token,
            [SECRET],
            method=asked.method,
            raw_url=asked.url,
            base_url=self.host.base_url,
            now=int(time.time()),
        )
        assert claims.issuer == "fairtrial"

    def _shape(self, asked: Asked) -> None:
        if not self.specifications:
            return None
        refusals = []
        for specification in self.specifications:
            try:
                return check(specification, asked.method, asked.url, asked.json)
            except AssertionError as error:
                refusals.append(str(error))
        raise AssertionError("; ".join(refusals))


@contextmanager
def site(path: str, *specifications: str) -> Iterator[Site]:
    """Run a site whose base URL ends in `path`; at the end every request must have been signed and well formed."""
    with serving() as server, Outbound([server.netloc], timeout=5) as http:
        host = Host(server.base + path, "client-1", "fairtrial", SECRET)
        running = Site(host, http, specifications)
        server.answer = running.answer
        yield running
    assert running.faults == []


def outcome(call: Callable[[], object]) -> str:
    """The name of the failure of a call, or `ok`."""
    try:
        call()
    except UpstreamError as error:
        return error.outcome
    return "ok"
