"""Storage XHTML reduced to what matters, so that what Confluence gives back can be compared with what it was given.

Confluence adds ids and schema versions to macros and writes `&eacute;` where it got `é` (reference: policy.md 2).
"""

from __future__ import annotations

import hashlib
import html
import re
from difflib import unified_diff
from html.entities import html5
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from services.policy.errors import RenderError

AC = "http://atlassian.com/content"
RI = "http://atlassian.com/resource/identifier"
_VOLATILE = {"local-id", "localId", "macro-id", "schema-version", "data-layout", "data-local-id"}
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}


class _Events:
    """A target for the XML parser that writes down what it sees: no tree, so no depth that could hurt."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._end_text()
        kept = sorted((name, value) for name, value in attributes.items() if name.rpartition("}")[2] not in _VOLATILE)
        self._seen.append("<" + tag + "".join(f" {name}={value!r}" for name, value in kept) + ">")

    def end(self, tag: str) -> None:
        self._end_text()
        self._seen.append(f"</{tag}>")

    def data(self, text: str) -> None:
        self._text.append(text)

    def close(self) -> str:
        return "\n".join(self._seen)

    def _end_text(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text:
            self._seen.append(html.escape(text))


def canonical(storage: str) -> str:
    """The canonical form of storage XHTML; `RenderError` when it is not well-formed."""
    parser = DefusedXMLParser(target=_Events(), forbid_dtd=True)
    try:
        parser.feed(f'<page xmlns:ac="{AC}" xmlns:ri="{RI}">')
        parser.feed(_ENTITY.sub(_character, storage))
        parser.feed("</page>")
        return str(parser.close())
    except (ParseError, DefusedXmlException) as error:
        raise RenderError(f"not well-formed: {type(error).__name__}") from None


def body_digest(storage: str) -> str:
    """SHA-256 of the canonical form; of the bare text where somebody has made it unreadable as XML."""
    try:
        reduced = canonical(storage)
    except RenderError:
        reduced = "unreadable " + storage
    return hashlib.sha256(reduced.encode("utf-8", "surrogatepass")).hexdigest()


def difference(before: str, after: str) -> str:
    """What reading `after` instead of `before` (both storage XHTML) changes, as a unified diff of their texts."""
    old, new = (_readable(storage) for storage in (before, after))
    return "\n".join(list(unified_diff(old, new, lineterm="", n=1))[2:])


def _readable(storage: str) -> list[str]:
    try:
        lines = canonical(storage).split("\n")
    except RenderError:
        return storage.splitlines()
    # Text of a macro's parameter (an anchor's name) is nothing that anybody reads.
    return [
        html.unescape(line)
        for before, line in zip(["", *lines], lines, strict=False)
        if not line.startswith("<") and f"{{{AC}}}parameter" not in before
    ]


def _character(found: re.Match[str]) -> str:
    name = found[1]
    return found[0] if name in _XML_ENTITIES else html5.get(f"{name};", found[0])
