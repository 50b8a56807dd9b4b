"""The pauses that Atlassian asks for: until one is over, nobody calls the place that it is for.

A 429 with a reason is said to a part of the API, not to one caller (developer.atlassian.com, "Rate limiting"):

    quota, global    all sites of the product, since they draw on the same points
    quota, tenant    this site of the product
    burst            this method of this endpoint of this site; so is a reason that nobody has documented
    per issue        writes to this issue

A 429 without a reason says nothing about other calls and stays the matter of its caller. Pauses live in the process
that was told of them: another one finds out by a refused call of its own.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from connect.outcomes import UpstreamError
from connect.waits import reason_of, wait_of

MAX_PAUSES = 1_000
# A quota is full again at the next full hour (UTC); no host may silence us for longer.
MAX_SECONDS = 3_600
BURST_SECONDS = 1
# The longer of the two windows in which Jira counts the writes to an issue.
ISSUE_SECONDS = 30
# Read from the top: the live names differ from the documented ones (`conf-global-based`).
KINDS = (("issue", "issue"), ("burst", "burst"), ("global", "global"), ("tenant", "tenant"), ("quota", "tenant"))
PRODUCTS = {"rest": "jira", "wiki": "confluence"}
Scope = tuple[str, ...]


class Quota:
    """What is paused, and until when. Safe to share between threads; `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[Scope, float] = {}
        self._lock = threading.Lock()

    def require(self, method: str, url: str) -> None:
        """Raise `rate-limited` with the seconds left while calls to this place are paused."""
        scopes = _scopes(method, url).values()
        with self._lock:
            left = max(self._until.get(scope, 0.0) for scope in scopes) - self._clock()
        # More is left than was ever granted only if the clock was set back.
        if 0 < left <= MAX_SECONDS:
            raise UpstreamError("rate-limited", retry_after=math.ceil(left))

    def learn(self, method: str, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Take note of what an answer orders for the calls to come."""
        reason = reason_of(headers) if status == 429 else ""
        if not reason:
            return
        kind = next((kind for mark, kind in KINDS if mark in reason), "burst")
        scope = _scopes(method, url).get(kind)
        now = self._clock()
        wait = wait_of(headers, now)
        if scope is not None:
            self._pause(scope, now, _unsaid(kind, now) if wait is None else min(wait, MAX_SECONDS))

    def _pause(self, scope: Scope, now: float, seconds: float) -> None:
        with self._lock:
            self._until[scope] = max(now + seconds, self._until.get(scope, 0.0))
            if len(self._until) > MAX_PAUSES:
                self._until = {scope: until for scope, until in self._until.items() if until > now}
            if len(self._until) > MAX_PAUSES:
                del self._until[min(self._until, key=lambda scope: self._until[scope])]


def _unsaid(kind: str, now: float) -> float:
    return {"burst": BURST_SECONDS, "issue": ISSUE_SECONDS}.get(kind, MAX_SECONDS - now % MAX_SECONDS)


def _scopes(method: str, url: str) -> dict[str, Scope]:
    """Every pause that could hold this call back, by the kind of its limit."""
    parts = urlsplit(url)
    site, path = parts.netloc.lower(), parts.path
    if gateway := re.match(r"/ex/(jira|confluence)/[^/]+", path):
        product, site, path = gateway[1], site + gateway[0], path[gateway.end() :]
    else:
        # Not a product (a key host, the Marketplace): its limits are its own.
        product = PRODUCTS.get(path.split("/")[1] if "/" in path else "", site)
    # Names and numbers of things have digits; what has none tells endpoints apart.
    endpoint = re.sub(r"[^/]*[0-9%][^/]*", "*", path)
    scopes: dict[str, Scope] = {
        "global": (product,),
        "tenant": (product, site),
        "burst": (product, site, method, endpoint),
    }
    if method not in ("GET", "HEAD") and (issue := re.search(r"/issue/([^/]+)", path)):
        scopes["issue"] = (product, site, "issue", issue[1])
    return scopes
