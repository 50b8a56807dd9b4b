"""Headings of a text that marks none: a short line on its own, with no full stop, above a longer text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from services.policy.files import Line

MAX_HEADING_CHARS = 80
MAX_HEADING_WORDS = 12
# A text with longer lines has one paragraph a line; one with shorter ones is wrapped.
WRAPPED_AT = 120
_LIST_ITEM = re.compile(r"\s*(?:[-*+•–]|\d+[.)])\s")
_BOLD = re.compile(r"\s*(\*\*|__)([^*_]+)\1\s*:?\s*")
_UNDERLINE = re.compile(r"\.{3,}|~{3,}|\^{3,}")
_NUMBERED = re.compile(r"\s*\d+(?:\.\d+)*[.)]?\s+(?=\D)")


def underlined(lines: Sequence[Line]) -> list[Line]:
    """`lines` with `### ` in front of what a row of dots or tildes underlines, which Markdown itself does not know."""
    found = list(lines)
    for index, (line, below) in enumerate(pairwise(lines)):
        if line.text.strip() and _UNDERLINE.fullmatch(below.text) and abs(len(line.text) - len(below.text)) <= 1:
            found[index], found[index + 1] = replace(line, text=f"### {line.text.strip()}"), replace(below, text="")
    return found


def with_headings(lines: Sequence[Line]) -> list[Line]:
    """`lines` with `## ` in front of what reads as a heading, and paragraphs set apart by an empty line."""
    paragraph_a_line = any(len(line.text) > WRAPPED_AT for line in lines)
    marked = [_marked(lines, index, apart=paragraph_a_line) for index in range(len(lines))]
    if not paragraph_a_line:
        return marked
    return [one for line in marked for one in (line, replace(line, text=""))]


def _marked(lines: Sequence[Line], index: int, *, apart: bool) -> Line:
    line = lines[index]
    before = lines[index - 1].text if index else ""
    after = [one.text for one in lines[index + 1 : index + 4] if one.text.strip()]
    stands_alone = apart or not (before.strip() or (lines[index + 1 : index + 2] and lines[index + 1].text.strip()))
    if not (stands_alone and after and _reads_as_heading(line.text)):
        return line
    bold = _BOLD.fullmatch(line.text)
    return replace(line, text="## " + (bold[2] if bold else line.text).strip())


def _reads_as_heading(text: str) -> bool:
    stripped = text.strip()
    if _BOLD.fullmatch(text):
        return len(stripped) <= MAX_HEADING_CHARS
    plain = _NUMBERED.sub("", stripped)
    return (
        0 < len(plain) <= MAX_HEADING_CHARS
        and len(plain.split()) <= MAX_HEADING_WORDS
        and plain[0].isupper()
        and plain[-1] not in ".,;:!?…|"
        and not _LIST_ITEM.match(text)
        and not re.search(r"https?://|\]\(|@|\{\{", plain)
        and not re.search(r"\w[.!?]\s+\w", plain)
    )
