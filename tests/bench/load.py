"""A load of prepared requests from one thread, so that the driver takes little of what it measures."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence

CLIENTS = 16
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST, as it goes over the wire."""
    told = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(body))} | headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def answered(port: int, requests: Sequence[bytes], status: int, rate: float | None = None) -> list[float]:
    """Send each request over one of `CLIENTS` connections; gives the seconds until each was answered with `status`.

    `rate`: so many a second are due, and wait from then on. Without it the next one goes as soon as a client is free.
    """
    connections = selectors.DefaultSelector()
    free = deque(_Connection(port, connections, status) for _ in range(CLIENTS))
    sent, seconds, begun = 0, list[float](), time.perf_counter()
    while len(seconds) < len(requests):
        now = time.perf_counter()
        due = begun + sent / rate if rate else now
        if free and sent < len(requests) and due <= now:
            free.popleft().send(requests[sent], due)
            sent += 1
            continue
        wait = due - now if rate and free and sent < len(requests) else 30
        for key, _ in connections.select(wait):
            if (since := key.data.read()) is not None:
                seconds.append(time.perf_counter() - since)
                free.append(key.data)
    for connection in free:
        connection.close()
    return seconds


class _Connection:
    """One client, who waits for an answer before asking again."""

    def __init__(self, port: int, connections: selectors.BaseSelector, status: int) -> None:
        self._address = ("127.0.0.1", port)
        self._connections, self._status = connections, f" {status} ".encode()
        self._request = b""
        self._open()

    def send(self, request: bytes, since: float) -> None:
        self._request, self._since, self._got = request, since, b""
        self._socket.sendall(request)

    def read(self) -> float | None:
        """Since when the request was due, once its answer is whole."""
        part = self._socket.recv(65536)
        if not part:
            # The server closes a connection that was long idle.
            self.close()
            self._open()
            self._socket.sendall(self._request)
            return None
        self._got += part
        head, is_whole, body = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not is_whole or len(body) < (int(length[1]) if length else 0):
            return None
        assert self._status in head.partition(b"\r\n")[0], head[:100]
        self._request = b""
        return self._since

    def close(self) -> None:
        self._connections.unregister(self._socket)
        self._socket.close()

    def _open(self) -> None:
        self._socket = socket.create_connection(self._address, 30)
        self._connections.register(self._socket, selectors.EVENT_READ, self)
