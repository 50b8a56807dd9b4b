"""XML read as a stream: no tree, no DTD, no entities, bounded depth.

expat alone stops neither a 200,000-deep document nor an external entity's declaration; the handlers below do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol
from xml.parsers import expat

from services.support import limits
from services.support.findings import NotUnderstoodError, RefusedError

CHUNK_BYTES = 64 * 1024


class Stream(Protocol):
    """What is read: a bounded number of bytes at a time."""

    def read(self, size: int, /) -> bytes: ...


class Element(NamedTuple):
    """One element at its end: local names from the root to itself, its attributes and its own text (bounded)."""

    path: tuple[str, ...]
    attributes: Mapping[str, str]
    text: str

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def place(self) -> str:
        """The path without the root, as people write it."""
        return "/".join(self.path[1:]) or self.path[0]


def elements(stream: Stream) -> Iterator[Element]:
    """Each element of a document as it ends, inner ones first. `RefusedError`: a DTD, too deep, not well-formed."""
    walk = _Walk()
    done = False
    while not done:
        chunk = stream.read(CHUNK_BYTES)
        done = not chunk
        walk.feed(chunk)
        yield from walk.take()


class _Open:
    __slots__ = ("attributes", "path", "pieces", "room")

    def __init__(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        self.path = path
        self.attributes = attributes
        self.pieces: list[str] = []
        self.room = limits.MAX_XML_TEXT_CHARS


class _Walk:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        # expat starts an unfinished token afresh with each chunk: a long one costs the square of its length.
        self._waiting = 0
        self._parser.CommentHandler = self._progress
        self._parser.ProcessingInstructionHandler = self._progress
        self._count = 0
        self._open: list[_Open] = []
        self._ended: list[Element] = []

    def feed(self, chunk: bytes) -> None:
        self._waiting += len(chunk)
        if self._waiting > limits.MAX_XML_TOKEN_BYTES + CHUNK_BYTES:
            raise RefusedError("xml-token-too-long")
        try:
            self._parser.Parse(chunk, not chunk)
        except (expat.ExpatError, ValueError, LookupError):
            raise RefusedError("malformed-xml") from None

    def take(self) -> list[Element]:
        ended, self._ended = self._ended, []
        return ended

    def _progress(self, *_: object) -> None:
        self._waiting = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._waiting = 0
        if len(self._open) >= limits.MAX_XML_DEPTH:
            raise RefusedError("xml-too-deep")
        self._count += 1
        if self._count > limits.MAX_XML_ELEMENTS:
            raise RefusedError("xml-too-many-elements")
        if len(attributes) > limits.MAX_XML_ATTRIBUTES:
            raise RefusedError("xml-too-many-attributes")
        kept = {_local(key): value[: limits.MAX_XML_TEXT_CHARS] for key, value in attributes.items()}
        path = self._open[-1].path if self._open else ()
        self._open.append(_Open((*path, _local(name)), kept))

    def _text(self, text: str) -> None:
        self._waiting = 0
        if self._open and (element := self._open[-1]).room > 0:
            element.room -= len(text)
            element.pieces.append(text[: limits.MAX_XML_TEXT_CHARS])

    def _end(self, name: str) -> None:
        self._waiting = 0
        closed = self._open.pop()
        text = "".join(closed.pieces).strip()[: limits.MAX_XML_TEXT_CHARS]
        self._ended.append(Element(closed.path, closed.attributes, text))

    def _doctype(self, name: str, system_id: str | None, public_id: str | None, has_internal: Any) -> None:
        if name.lower() == "html" and not has_internal:
            raise NotUnderstoodError("html")
        raise RefusedError("doctype")

    def _entity(self, *_: object) -> None:
        raise RefusedError("doctype")


def _local(name: str) -> str:
    return name.rpartition(":")[2][: limits.MAX_NAME_CHARS]
