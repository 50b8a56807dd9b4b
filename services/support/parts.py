"""A file that is elsewhere: the child says which part it wants to look at, and its parent gets that part and no other.

The child has no network and no key; over its standard input, a socket, it writes start and length and reads the bytes.
"""

from __future__ import annotations

import io
import os
import socket
import struct
from collections.abc import Callable

from services.support import limits

# A part from where to where. May raise whatever says that it can't be had.
Fetch = Callable[[int, int], bytes]
_WISH = struct.Struct("<QQ")
# The end of a zip is looked for in its last 65,557 bytes: one part.
FIRST_BYTES = 96 * limits.KIB
LARGEST_BYTES = 4 * limits.MIB
SECONDS = 30.0


class OverstepError(Exception):
    """The child wished for what no reader of a file needs: something hostile speaks out of it."""


class Supply:
    """The parent's end of the socket."""

    def __init__(self, end: socket.socket, fetch: Fetch, size: int) -> None:
        end.settimeout(SECONDS)
        self._end, self._fetch, self._size, self._left = end, fetch, size, limits.MAX_PARTS

    def fileno(self) -> int:
        return self._end.fileno()

    def serve(self) -> bool:
        """Fulfil one wish; False once the child has none any more. What the fetch raises passes through."""
        try:
            wish = self._end.recv(_WISH.size, socket.MSG_WAITALL)
        except OSError:
            return False
        if len(wish) < _WISH.size:
            return False
        start, length = _WISH.unpack(wish)
        self._left -= 1
        if self._left < 0 or not 0 < length <= LARGEST_BYTES or start + length > self._size:
            raise OverstepError
        part = self._fetch(start, length)
        try:
            self._end.sendall(part)
        except OSError:
            return False
        return True


class RemoteFile(io.RawIOBase):
    """The child's end: a file to read and to seek in. Who reads on gets more at a time, who jumps gets little."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor, self._size, self._at = descriptor, size, 0
        self._part, self._start, self._length = b"", 0, FIRST_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if at < 0:
            raise OSError("before the beginning")
        self._at = at
        return at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]
        if self._at >= self._size:
            return 0
        if not self._start <= self._at < self._start + len(self._part):
            self._wish()
        given = self._part[self._at - self._start :][: len(buffer)]
        buffer[: len(given)] = given
        self._at += len(given)
        return len(given)

    def _wish(self) -> None:
        reads_on = self._part and self._at == self._start + len(self._part)
        self._length = min(2 * self._length, LARGEST_BYTES) if reads_on else FIRST_BYTES
        length = min(self._length, self._size - self._at)
        os.write(self._descriptor, _WISH.pack(self._at, length))
        pieces, left = [], length
        while left and (piece := os.read(self._descriptor, left)):
            pieces.append(piece)
            left -= len(piece)
        if left:
            raise OSError("the part was cut off")
        self._part, self._start = b"".join(pieces), self._at
