"""Confluence's storage format: well-formedness, and what Confluence itself changes in it when it is saved."""

from __future__ import annotations

import html
import re
from uuid import uuid4
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

NAMESPACES = "".join(f' xmlns:{prefix}="urn:{prefix}"' for prefix in ("ac", "ri", "at"))
ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
MACRO = re.compile(r"<ac:structured-macro\b([^>]*?)(/?)>")
WRAPPER = re.compile(r"</?(?:div|span)\b[^>]*>")
XML_ENTITIES = ("amp", "lt", "gt", "quot", "apos")


class BadStorageError(ValueError):
    """The markup is not well-formed; the text is like Confluence's."""


def parse(markup: str) -> Element:
    """The tree of a body under one root element, HTML's named entities understood, DOCTYPE refused."""
    known = "".join(part if part.startswith("<![CDATA[") else _named(part) for part in CDATA.split(markup))
    try:
        return fromstring(f"<root{NAMESPACES}>{known}</root>", forbid_dtd=True)
    except ParseError as error:
        raise BadStorageError(f"Error parsing xhtml: {error}") from None
    except (DefusedXmlException, ValueError) as error:
        raise BadStorageError(f"Error parsing xhtml: {type(error).__name__}") from None


def _named(text: str) -> str:
    return ENTITY.sub(lambda match: match[0] if match[1] in XML_ENTITIES else html.unescape(match[0]), text)


def normalised(markup: str) -> str:
    """What reads back after saving: macros get ids and a schema version, `<hr/>` a space, bare div and span go.

    Everything else stays byte for byte (observed live, 2026-07). BadStorageError when it cannot be saved at all.
    """
    parse(markup)
    return "".join(part if part.startswith("<![CDATA[") else _as_saved(part) for part in CDATA.split(markup))


def _as_saved(text: str) -> str:
    return WRAPPER.sub("", MACRO.sub(_macro, text).replace("<hr/>", "<hr />"))


def _macro(match: re.Match[str]) -> str:
    attributes = match[1]
    if "ac:schema-version=" not in attributes:
        attributes += ' ac:schema-version="1"'
    if "ac:macro-id=" not in attributes:
        attributes += f' ac:macro-id="{uuid4()}"'
    return f"<ac:structured-macro{attributes}{match[2]}>"
