"""One file, whatever it is: what it is, by its content and never by its name alone, and what it tells.

Runs in the child process (`child.py`) only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import BinaryIO

from services.support import limits, tarballs, zips
from services.support.assembly import merge
from services.support.decoding import decode
from services.support.findings import NotUnderstoodError, Reading, RefusedError, add_facts
from services.support.markup import CHUNK_BYTES, Stream
from services.support.readers import documents, labelled, lists, platforms, words, xml_files
from services.support.redaction import redact

HEAD_BYTES = 4_096
MAX_LINES = 100_000
# A handful of labels that we know, among some that we do not.
FEW_COMPONENTS = 4
_XML = re.compile(r"\s{0,1000}<(?:\?xml|!DOCTYPE|!--|[A-Za-z_][\w:.-]{0,100}[\s/>])")
_OTHER_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd")
_NOT_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ\x90")

LineReader = Callable[[Sequence[str], str], Reading | None]
# Files that are one list from end to end.
_WHOLE: tuple[LineReader, ...] = (lists.compose, lists.pip_freeze, lists.spdx_tags, platforms.os_release)
# What people paste, also one after the other; most trusted first.
_PASTED: tuple[LineReader, ...] = (platforms.systeminfo, labelled.read, platforms.java)
# Formats that tell so little that the words around them count too.
_SPARSE = (None, "java-version", "system-info")


def read(file: BinaryIO, name: str) -> Reading:
    """What a file tells; `name` only says in `source` where a value stood. `RefusedError`, `NotUnderstoodError`."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head.strip():
        raise NotUnderstoodError("empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return zips.read_zip(file, name, read_member)
    if head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar":
        return tarballs.read_tar(file, name, read_member, packed=head.startswith(b"\x1f\x8b"))
    if head.startswith(_OTHER_ARCHIVES):
        raise NotUnderstoodError("other-archive")
    if head.startswith(_NOT_TEXT):
        raise NotUnderstoodError("binary")
    return read_member(file, name)


def read_member(file: Stream, source: str) -> Reading:
    """What a file that is no archive tells; members of archives are read by this too."""
    head = _read_up_to(file, limits.COUNTED_BYTES)
    reading = _read_member(_Rejoined(head, file), decode(head), source)
    # Values off the allow-list never leave; that there were secrets among them is told all the same.
    reading.redactions += redact(decode(head))[1]
    return reading


def _read_member(rest: _Rejoined, start: str, source: str) -> Reading:
    if _XML.match(start):
        return xml_files.read(rest, source)
    documents.refuse_har(start)
    data = _read_up_to(rest, limits.MAX_TEXT_BYTES + 1)
    text = decode(data[: limits.MAX_TEXT_BYTES])
    reading = _read_json(text, source) if text.lstrip()[:1] in ("{", "[") else None
    reading = reading or read_text(text, source)
    if len(data) > limits.MAX_TEXT_BYTES:
        reading.warnings.append("truncated:text")
    return reading


def read_text(text: str, source: str) -> Reading:
    """What a text tells: a paste, a log, a list, or prose. `NotUnderstoodError` when it is none that we know."""
    lines = [line[: limits.MAX_LINE_CHARS] for line in text.split("\n", MAX_LINES)[:MAX_LINES]]
    lists.refuse_alias_bomb(lines)
    for reader in _WHOLE:
        if whole := reader(lines, source):
            return whole
    reading = _read_pasted(lines, source, is_short=len(text) <= limits.MAX_FREE_TEXT_BYTES)
    reading = reading or lists.properties(lines, source)
    if reading is None:
        raise NotUnderstoodError("unknown-format")
    return reading


def _read_pasted(lines: Sequence[str], source: str, *, is_short: bool) -> Reading | None:
    total: Reading | None = None
    for reader in _PASTED:
        total = _joined(total, reader(lines, source))
    sparse = total is None or total.format in _SPARSE or len(total.components) < FEW_COMPONENTS
    if is_short and sparse and not lists.properties(lines, source):
        spoken = words.read(lines, source)
        if spoken and total:
            # Prose beside a paste fills gaps; that it disagrees is not worth a warning.
            merge(total.components, spoken.components)
            add_facts(total.facts, spoken.facts)
        return total or spoken
    return total


def _joined(first: Reading | None, more: Reading | None) -> Reading | None:
    if first and more:
        first.warnings += merge(first.components, more.components)
        add_facts(first.facts, more.facts)
    return first or more


def _read_json(text: str, source: str) -> Reading | None:
    try:
        document = documents.parse(text)
    except ValueError:
        if text.lstrip().startswith("{"):
            raise RefusedError("malformed-json") from None
        return None
    written = documents.texts(document)
    if written is not None:
        reading = read_text("\n".join(written), source)
        reading.format = "atlassian-document"
        return reading
    known = documents.read(document, source)
    if known is None:
        raise NotUnderstoodError("unknown-json")
    return known


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
