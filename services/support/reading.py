"""One file, whatever it is: what it is, by its content and never by its name alone, and what it tells.

Runs in the child process (`child.py`) only.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from services.support import limits, zips
from services.support.decoding import decode
from services.support.findings import NotUnderstoodError, Reading
from services.support.markup import CHUNK_BYTES, Stream
from services.support.readers import xml_files
from services.support.redaction import redact

HEAD_BYTES = 4_096
_XML = re.compile(r"\s{0,1000}<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w:.-]{0,100}[\s/>])")
_OTHER_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd")
_NOT_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ\x90")


def read(file: BinaryIO, name: str) -> Reading:
    """What a file tells; `name` only says in `source` where a value stood. `RefusedError`, `NotUnderstoodError`."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head.strip():
        raise NotUnderstoodError("empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zips.read_zip(file, name, read_member)
    if head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar":
        # Not at the top: `tarfile` takes long to import, and few files are tarballs.
        from services.support import tarballs

        return tarballs.read_tar(file, name, read_member, packed=head.startswith(b"\x1f\x8b"))
    if head.startswith(_OTHER_ARCHIVES):
        raise NotUnderstoodError("other-archive")
    if head.startswith(_NOT_TEXT):
        raise NotUnderstoodError("binary")
    return read_member(file, name)


def read_member(file: Stream, source: str) -> Reading:
    """What a file that is no archive tells; members of archives are read by this too."""
    head = _read_up_to(file, limits.COUNTED_BYTES)
    start = decode(head)
    reading = _read_member(_Rejoined(head, file), start, source)
    # Values off the allow-list never leave; that there were secrets among them is told all the same.
    reading.redactions += redact(start)[1]
    return reading


def _read_member(rest: _Rejoined, start: str, source: str) -> Reading:
    if _XML.match(start):
        return xml_files.read(rest, source)
    from services.support import plain
    from services.support.readers import documents

    documents.refuse_har(start)
    data = _read_up_to(rest, limits.MAX_TEXT_BYTES + 1)
    reading = plain.read(decode(data[: limits.MAX_TEXT_BYTES]), source)
    if len(data) > limits.MAX_TEXT_BYTES:
        reading.warnings.append("truncated:text")
    return reading


class _Rejoined:
    """A stream whose beginning has been looked at already."""

    def __init__(self, head: bytes, rest: Stream) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self._rest.read(size)
        given, self._head = self._head[:size], self._head[size:]
        return given


def _read_up_to(stream: Stream, size: int) -> bytes:
    """At most `size` bytes, in pieces, since nobody says how many there are."""
    pieces, left = [], size
    while left > 0 and (piece := stream.read(min(left, CHUNK_BYTES))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
