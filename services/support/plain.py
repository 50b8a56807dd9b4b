"""A file that is neither an archive nor XML: JSON, a paste, a log, a list, or prose.

A module of its own, so that a process that reads a support zip does not wait for all this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.support import limits
from services.support.assembly import merge
from services.support.findings import NotUnderstoodError, Reading, RefusedError, add_facts
from services.support.readers import documents, labelled, lists, platforms, words

MAX_LINES = 100_000
# A handful of labels that we know, among some that we do not.
FEW_COMPONENTS = 4

LineReader = Callable[[Sequence[str], str], Reading | None]
# Files that are one list from end to end.
_WHOLE: tuple[LineReader, ...] = (lists.compose, lists.pip_freeze, lists.spdx_tags, platforms.os_release)
# What people paste, also one after the other; most trusted first.
_PASTED: tuple[LineReader, ...] = (platforms.systeminfo, labelled.read, platforms.java)
# Formats that tell so little that the words around them count too.
_SPARSE = (None, "java-version", "system-info")


def read(text: str, source: str) -> Reading:
    """What a text tells. `RefusedError`, `NotUnderstoodError`."""
    reading = _read_json(text, source) if text.lstrip()[:1] in ("{", "[") else None
    return reading or read_text(text, source)


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
