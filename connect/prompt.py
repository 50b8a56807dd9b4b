"""A transport that bounds the time until an answer has been read to its end.

Time-outs of sockets count from byte to byte: a server that sends one byte a second, of a header, of the length of a
chunk, of a compressed body that yields nothing, would hold a worker for ever.
"""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse


class Watchdog:
    """Cuts a connection off after so many seconds, unless its `with` block was left before."""

    def __init__(self, connected: Any, seconds: float) -> None:
        self._connected = connected
        self._late = threading.Event()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Watchdog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Call it off. Raises TimeoutError if it was too late: what was cut off may still look like a whole answer."""
        self._timer.cancel()
        if self._late.is_set():
            raise TimeoutError from None

    def _cut(self) -> None:
        self._late.set()
        try:
            self._connected.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class _Prompt(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        # urllib3 sets the time-out to what is left of the whole call's.
        watchdog = Watchdog(self.sock, self.timeout or 0)
        try:
            response = super().getresponse()
        except BaseException:
            with watchdog:
                raise
        response.watchdog = watchdog  # type: ignore[attr-defined]
        return response


class _PromptHTTPS(_Prompt, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Prompt


class _PoolHTTPS(HTTPSConnectionPool):
    ConnectionCls = _PromptHTTPS


_POOLS = {"http": _Pool, "https": _PoolHTTPS}


class PromptAdapter(HTTPAdapter):
    """An adapter of requests whose answers carry a running `Watchdog` as `raw.watchdog`. It never retries."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by requests when it builds its connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Called by requests when the environment names a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
