"""A driver that costs little beside what it drives: one process, kept connections, requests made before the start.

A client that builds its requests while it measures would be the limit itself. Connections are renewed now and then:
whichever process of a server takes one serves it as long as it lasts, and by chance one process could have them all.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

TIMEOUT = 30.0
RENEWED_AFTER = 50


@dataclass
class Outcome:
    """Requests a second, and how long each took, in seconds; as fast as it goes, or at a rate from its due moment."""

    rate: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class _Client:
    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self._port, self._selector = port, selector
        self.received, self.due, self._answers = b"", 0.0, 0
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self._port), TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(self.socket, selectors.EVENT_READ, self)

    def close(self) -> None:
        self._selector.unregister(self.socket)
        self.socket.close()

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def answer(self) -> int | None:
        """The status, once the answer is whole."""
        read = self.socket.recv(65536)
        if not read:
            raise ConnectionError("the server hung up")
        self.received += read
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return None
        self.received = b""
        self._answers += 1
        if self._answers % RENEWED_AFTER == 0:
            self.close()
            self._connect()
        return int(head[9:12])


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def drive(port: int, requests: Sequence[bytes], *, expected: int, clients: int, rate: float | None = None) -> Outcome:
    """Send every request once, over so many connections: as fast as answers come, or `rate` a second."""
    waiting, latencies, begun = iter(enumerate(requests)), list[float](), time.perf_counter()
    upcoming, busy = next(waiting, None), 0
    with selectors.DefaultSelector() as selector:
        idle = deque(_Client(port, selector) for _ in range(clients))
        while upcoming is not None or busy:
            now = time.perf_counter()
            while upcoming is not None and idle:
                number, request = upcoming
                due = begun + number / rate if rate else now
                if due > now:
                    break
                idle.popleft().send(request, due)
                busy, upcoming = busy + 1, next(waiting, None)
            pause = TIMEOUT if upcoming is None or not idle or not rate else max(begun + upcoming[0] / rate - now, 0)
            ready = selector.select(pause)
            if not ready and pause == TIMEOUT:
                raise TimeoutError("no answer")
            for key, _ in ready:
                status = key.data.answer()
                if status is None:
                    continue
                if status != expected:
                    raise ValueError(f"answered {status}")
                latencies.append(time.perf_counter() - key.data.due)
                idle.append(key.data)
                busy -= 1
        seconds = time.perf_counter() - begun
        for client in idle:
            client.close()
    return Outcome(len(latencies) / seconds, latencies)


def request(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One request as it goes over the wire."""
    fields = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body
