"""Raw calls to one host through atlassian-python-api, without that library's habits.

It would retry in the calling thread, follow links to other hosts, log bodies at DEBUG, hide v2 error texts, and send
malformed page bodies. So: our session, no retries, raw paths, and our own reading of the answer.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from connect.host import AnyHost
from connect.http import Answer, Outbound, answer_of

_constructing = threading.Lock()


class Gateway:
    """Signed JSON calls under a host's base URL. Paths are relative to it; parameters go into the query."""

    def __init__(self, client: Any, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """GET; raises UpstreamError unless 2xx."""
        return answer_of(self._client.get(path, params=params, advanced_mode=True), self._clock())

    def post(self, path: str, data: Any) -> Answer:
        """POST `data` as JSON; raises UpstreamError unless 2xx."""
        return answer_of(self._client.post(path, data=data, advanced_mode=True), self._clock())

    def put(self, path: str, data: Any) -> Answer:
        """PUT `data` as JSON; raises UpstreamError unless 2xx."""
        return answer_of(self._client.put(path, data=data, advanced_mode=True), self._clock())


def jira_gateway(host: AnyHost, http: Outbound, clock: Callable[[], float]) -> Gateway:
    """To Jira Cloud, REST v3."""
    # Importing the library costs half a second: only processes that call out pay it.
    from atlassian import JiraCloud

    _quieten()
    return Gateway(JiraCloud(host.base_url, api_version=3, **_options(host, http, clock)), clock)


def confluence_gateway(host: AnyHost, http: Outbound, clock: Callable[[], float]) -> Gateway:
    """To Confluence Cloud, REST v2 (`api/v2/…`), and v1 for what v2 cannot write (`rest/api/…`)."""
    from atlassian import ConfluenceV2

    _quieten()
    # The right class warns that other methods of it are old. Warning filters are global, hence the lock.
    with _constructing, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client = ConfluenceV2(host.base_url, **_options(host, http, clock))
    return Gateway(client, clock)


def _options(host: AnyHost, http: Outbound, clock: Callable[[], float]) -> dict[str, Any]:
    session = http.session_for(host.auth(clock))
    return {"session": session, "timeout": http.timeout, "backoff_and_retry": False, "retry_with_header": False}


def _quieten() -> None:
    # At DEBUG it prints request and response bodies: personal data.
    logging.getLogger("atlassian.rest_client").setLevel(logging.WARNING)
