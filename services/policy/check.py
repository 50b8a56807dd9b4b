"""`policy check`: do the two languages say the same, and does the text say what the register says?

Works on the built-in text and on any other: clause files or one document a language, with or without placeholders, with
or without common ids. Each finding is a dictionary with `rule`, `severity` (`error` stops a publication, `warning` does
not), `lang`, `where` (file and line) and `message`. Findings never hold values of settings, only what is in the files.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from models.register import LANGUAGES, REGISTER, Language, Register, Vendor
from services.policy.blocks import Block, Contents, blocks_of, contents_of
from services.policy.errors import PolicyError
from services.policy.findings import UNREADABLE, Finding, finding, of_error
from services.policy.markdown import links, parse
from services.policy.parity import parity
from services.policy.promises import commitments, periods, unknown_values
from services.policy.sources import Clause, Document, read
from services.policy.values import PLACEHOLDER, Values, fill, values_of
from services.policy.wording import is_chrome, wording

__all__ = ["UNREADABLE", "Finding", "check"]


def check(policy_dir: Path, vendor: Vendor, register: Register = REGISTER) -> list[Finding]:
    """Every finding in the Markdown of `policy_dir`; an empty list when there is nothing to say."""
    try:
        documents = read(policy_dir)
    except PolicyError as error:
        return [of_error(error)]
    found: list[Finding] = []
    blocks: dict[Language, Mapping[str, Sequence[Block]]] = {}
    for language in LANGUAGES:
        document = documents[language]
        every = {clause.id: blocks_of(clause) for clause in document.clauses}
        contents = contents_of(document, every)
        listed = frozenset(contents.blocks if contents else ())
        blocks[language] = {
            id_: [one for one in shown if one not in listed and not is_chrome(one)] for id_, shown in every.items()
        }
        found += _document(document, values_of(register, vendor, language), language)
        found += _contents(document, contents, language)
        found += wording(document, every, listed, language)
        filled = any(PLACEHOLDER.search(clause.markdown) for clause in document.clauses)
        for clause in document.clauses:
            found += periods(clause, blocks[language][clause.id], register, language, filled=filled)
    return [*parity(documents, blocks), *commitments(documents), *found]


def _document(document: Document, values: Values, language: Language) -> Iterator[Finding]:
    anchors = {clause.id for clause in document.clauses} | {slug(clause.title) for clause in document.clauses}
    level = 1
    for clause in document.clauses:
        if clause.level > level + 1:
            yield finding("heading-level", language, clause, f"level {clause.level} follows level {level}")
        level = clause.level
        yield from _clause(clause, values, language, anchors)


def _clause(clause: Clause, values: Values, language: Language, anchors: set[str]) -> Iterator[Finding]:
    unknown = list(unknown_values(clause, values, language))
    yield from unknown
    try:
        tokens = parse(clause if unknown else fill(clause, values))
    except PolicyError as error:
        yield of_error(error)
        return
    dead = Counter(url for url in links(tokens) if _is_dead(url, anchors))
    for url, times in dead.items():
        where = "{}:{}".format(*_place_of(clause, f"]({url}"))
        message = f"{times} link(s) to {url[:60]!r}, which leads nowhere"
        yield Finding(rule="dead-link", severity="error", lang=language, where=where, message=message)


def _is_dead(url: str, anchors: set[str]) -> bool:
    if url.startswith("#"):
        return url[1:] not in anchors
    return url in ("", "mailto:") or re.fullmatch(r"https?://[^.]*/?", url, re.IGNORECASE) is not None


def _place_of(clause: Clause, text: str) -> tuple[str, int]:
    lines = clause.markdown.split("\n")
    return clause.place(next((number for number, line in enumerate(lines) if text in line), 0))


def _contents(document: Document, contents: Contents | None, language: Language) -> Iterator[Finding]:
    if contents is None:
        return
    first = contents.blocks[0]
    named = re.search(r"sommaire|contents|table des mati", contents.clause.title, re.IGNORECASE)
    if contents.clause is not document.clauses[0] and not named:
        message = f"a table of contents in the middle of {contents.clause.title[:60]!r}"
        yield Finding(rule="contents-misplaced", severity="error", lang=language, where=first.where, message=message)
    for entry in contents.strangers:
        message = f"the contents list {entry.text[:60]!r}, which is no heading"
        yield Finding(rule="contents-differ", severity="warning", lang=language, where=entry.where, message=message)


def slug(title: str) -> str:
    """The anchor that GitHub and its like give a heading."""
    words = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFC", title).lower()).strip()
    return re.sub(r"\s", "-", words)
