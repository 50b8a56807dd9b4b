"""The blocks of a clause as a reader meets them: paragraphs, items of lists, cells of tables; each with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.policy.align import plain_words
from services.policy.errors import PolicyError
from services.policy.markdown import parse
from services.policy.sources import Clause, Document
from services.policy.values import PLACEHOLDER

_CONTAINERS: Mapping[str, Literal["item", "cell"]] = {"list_item": "item", "td": "cell", "th": "cell"}
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"»”)]*\s+(?=[^\W\d_a-zà-ÿ])")
MIN_CONTENTS = 3


@dataclass(frozen=True)
class Block:
    """`text` without markup and placeholders, `links` where its links lead, `where` as file and line.

    `row`: what the first cell of its row says, for a cell of a table.
    """

    kind: Literal["paragraph", "item", "cell"]
    text: str
    where: str
    links: tuple[str, ...]
    row: str = ""

    @property
    def sentences(self) -> list[str]:
        """The text, a sentence at a time."""
        return [one.strip() for one in _SENTENCE_END.split(self.text) if one.strip()]


def blocks_of(clause: Clause) -> list[Block]:
    """The blocks of a clause in their order; none where it is nested deeper than anybody could follow."""
    found: list[Block] = []
    inside: list[str] = []
    line = 0
    row = ""
    try:
        tokens = parse(clause)
    except PolicyError:
        return []
    for token in tokens:
        line = token.map[0] if token.map else line
        name = token.type.rpartition("_")[0]
        if name in _CONTAINERS:
            inside = [*inside, name] if token.nesting > 0 else inside[:-1]
        if token.type == "tr_open":
            row = ""
        if token.type != "inline":
            continue
        children = token.children or ()
        text = "".join(" " if one.type.endswith("break") else one.content for one in children)
        links = tuple(str(one.attrs["href"]) for one in children if one.type == "link_open")
        file, number = clause.place(line)
        kind = _CONTAINERS[inside[-1]] if inside else "paragraph"
        plain = " ".join(PLACEHOLDER.sub(" ", text).split())
        row = row or plain
        found.append(Block(kind, plain, f"{file}:{number}", links, row if kind == "cell" else ""))
    return found


@dataclass(frozen=True)
class Contents:
    """A list of the document's own headings: its blocks, and the entries that are no heading."""

    clause: Clause
    blocks: tuple[Block, ...]
    strangers: tuple[Block, ...]


def contents_of(document: Document, blocks: Mapping[str, Sequence[Block]]) -> Contents | None:
    """The table of contents that somebody has written (or pasted) into the text, if there is one."""
    titles = {_key(clause.title) for clause in document.clauses if clause.title}
    written = {clause.title.casefold() for clause in document.clauses}
    for clause in document.clauses:
        for run in _runs(blocks[clause.id]):
            known = [block for block in run if _key(block.text) in titles]
            if len(known) >= MIN_CONTENTS and 2 * len(known) > len(run):
                strangers = tuple(block for block in run if block.text.casefold() not in written)
                return Contents(clause, tuple(run), strangers)
    return None


def _runs(blocks: Sequence[Block]) -> list[list[Block]]:
    runs: list[list[Block]] = [[]]
    for block in blocks:
        short = block.kind == "item" and len(block.text) <= 100
        if short and (not runs[-1] or bool(block.links) == bool(runs[-1][-1].links)):
            runs[-1].append(block)
        else:
            runs.append([block] if short else [])
    return [run for run in runs if len(run) >= MIN_CONTENTS]


def _key(title: str) -> str:
    return " ".join(plain_words(re.sub(r"^[\d.)\s]+", "", title)))
