"""A transport that bounds the time until an answer's head is read.

Time-outs of sockets count from byte to byte: a server that sends one header byte a second would hold a worker for ever.
"""

from __future__ import annotations

import socket
import threading
from http.client import HTTPException
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse


class _Prompt(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        late = threading.Event()
        watchdog = threading.Timer(self.timeout or 0, _cut, (self.sock, late))
        watchdog.start()
        try:
            response = super().getresponse()
        except (OSError, HTTPException):
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            watchdog.cancel()
        # A head that was cut off may still parse, as a shorter one.
        if late.is_set():
            response.close()
            raise TimeoutError
        return response


def _cut(connected: Any, late: threading.Event) -> None:
    late.set()
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _PromptHTTPS(_Prompt, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Prompt


class _PoolHTTPS(HTTPSConnectionPool):
    ConnectionCls = _PromptHTTPS


class PromptAdapter(HTTPAdapter):
    """An adapter of requests whose read time-out holds for the whole head of the answer. It never retries."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by requests when it builds its connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolHTTPS}
