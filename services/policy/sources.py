"""Markdown files of a policy, read into clauses; the placeholders are still in them.

Two layouts, each with the same shape in both languages:

    fr/*.md, en/*.md   one file a clause group, in the order of the file names. It starts with a block between two `---`
                       lines: `id`, `title`, and if wanted `anchor`, `commitments` (C01, C02 …), `document` (the title
                       of the whole, in one file), `material` (yes or no, in one file: is the change to this text one
                       that people have to be told of). `## Title {#id}` starts a clause within the group. A file
                       without that block is named by its first heading.
    fr.md, en.md       one document a language: `# Title of the document`, `## Clause {#id}`, `### Clause within {#id}`.
                       `policy.fr.txt` and the like do as well; where no heading is marked, short lines are.

An id that is not given comes from the position, which is the same in both languages if the two have the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markdown_it import MarkdownIt

from models.register import LANGUAGES, Language
from services.policy.errors import PolicyError
from services.policy.files import Line, document_of, groups_of, lines_of
from services.policy.front_matter import checked_id, commitments_of, front_matter, has_front_matter, required, yes
from services.policy.plain import underlined, with_headings

MAX_CLAUSES = 500
TITLES: Mapping[Language, str] = {"fr": "Politique de confidentialité", "en": "Privacy policy"}
_HEADING_ID = re.compile(r"\s*\{#([^}]*)\}\s*$")
# Only where headings are is asked here: what stands in a line is read later.
_BLOCKS = MarkdownIt("commonmark", {"html": False}).disable("inline")


@dataclass(frozen=True)
class Clause:
    """One clause: a heading and the text under it, down to the next heading. `level` 2 is a group, 3 a clause within.

    `line` is where the text starts in its file; a heading stands above it. `named`: the id was given by the author.
    `origins` are the places of the lines of `markdown`, where these do not simply follow `line`.
    """

    id: str
    title: str
    level: int
    markdown: str
    commitments: tuple[str, ...]
    file: str
    line: int
    named: bool = True
    origins: tuple[tuple[str, int], ...] = ()
    heading_line: int = 0

    @property
    def heading(self) -> tuple[str, int]:
        """File and line of the heading."""
        return self.file, self.heading_line or max(1, self.line - 1)

    def place(self, index: int) -> tuple[str, int]:
        """File and line of the line with this index in `markdown`."""
        return self.origins[index] if index < len(self.origins) else (self.file, self.line + index)


@dataclass(frozen=True)
class Document:
    """The clauses of one language, in their order."""

    title: str
    clauses: tuple[Clause, ...]
    material: bool = True


def read(folder: Path) -> Mapping[Language, Document]:
    """Both languages as they stand in `folder`; `PolicyError` names file and line of what is wrong."""
    return {language: _unique(_read_language(folder, language)) for language in LANGUAGES}


def _read_language(folder: Path, language: Language) -> Document:
    files = groups_of(folder, language)
    if not files:
        return _bounded(_single_document(lines_of(document_of(folder, language), folder), language))
    groups = [_clause_group(path, lines_of(path, folder)) for path in files]
    titles = [head["document"] for head, _ in groups if head.get("document")]
    material = all(yes(head.get("material", "yes"), path.name) for (head, _), path in zip(groups, files, strict=True))
    clauses = tuple(one for _, clauses in groups for one in clauses)
    return _bounded(Document(titles[0] if titles else TITLES[language], clauses, material))


def _bounded(document: Document) -> Document:
    if len(document.clauses) > MAX_CLAUSES:
        odd = document.clauses[MAX_CLAUSES]
        raise PolicyError("too-large", odd.file, odd.line, f"more than {MAX_CLAUSES} clauses")
    return document


def _unique(document: Document) -> Document:
    seen: dict[str, Clause] = {}
    for clause in document.clauses:
        first = seen.setdefault(clause.id, clause)
        if first is not clause:
            message = f"the id {clause.id!r} stands in {first.file}:{first.line} already"
            raise PolicyError("duplicate-id", clause.file, clause.line, message)
    return document


def _single_document(lines: list[Line], language: Language) -> Document:
    head: Mapping[str, str] = {}
    if has_front_matter(lines):
        head, start = front_matter(lines)
        lines = lines[start:]
    parts = _parts(lines)
    title = next((part.title for part in parts if part.level == 1), head.get("title") or TITLES[language])
    clauses = [part.clause(f"section-{part.position}", 0) for part in parts if part.level > 1]
    preface = [part for part in parts if part.level <= 1 and part.markdown]
    clauses[:0] = [replace(part.clause(f"preamble-{n}", 0), title="", level=2) for n, part in enumerate(preface, 1)]
    if not clauses:
        raise PolicyError("empty", lines[0].file if lines else f"{language}/", 1, "there is no text")
    return Document(head.get("document") or title, tuple(clauses), yes(head.get("material", "yes"), language))


def _clause_group(path: Path, lines: list[Line]) -> tuple[Mapping[str, str], list[Clause]]:
    head: Mapping[str, str] = {"id": _id_of(path.stem)}
    if has_front_matter(lines):
        head, start = front_matter(lines)
        lines = lines[start:]
        required(head, "id", lines[0].file if lines else path.name)
        required(head, "title", lines[0].file if lines else path.name)
    parts = list(_split(lines)) if "title" in head else _parts(lines)
    group = head["id"]
    if "title" not in head:
        return head, _unheaded_group(parts, group)
    name = parts[0].file
    clause = replace(
        parts[0].clause(head.get("anchor") or group, 2),
        title=head["title"],
        commitments=commitments_of(head.get("commitments", ""), name),
        named=True,
    )
    for part in parts[1:]:
        if part.level == 1:
            raise PolicyError("top-heading", part.file, part.line, "headings in a clause file start at ##")
    return head, [clause, *(part.clause(f"{group}-{part.position}", 1) for part in parts[1:])]


def _parts(lines: Sequence[Line]) -> list[_Part]:
    """The parts of a text, by its own headings or else by what reads as one."""
    parts = list(_split(underlined(lines)))
    if len(parts) > 1:
        return parts
    parts = list(_split(with_headings(lines)))
    # A heading with nothing under it, before all others, names the whole.
    return [replace(part, level=1) if n == 1 and not part.markdown else part for n, part in enumerate(parts)]


def _unheaded_group(parts: list[_Part], group: str) -> list[Clause]:
    """The clauses of a file without front matter: its headings say which they are."""
    # A heading of the first level with nothing under it names the whole, unless it is all there is.
    kept = [part for part in parts if part.markdown or part.level > 1] or list(parts)
    top = min((part.level for part in kept if part.level), default=2)
    return [
        part.clause(group if n == 0 else f"{group}-{n}", 2 - top if part.level else 2) for n, part in enumerate(kept)
    ]


def _id_of(stem: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    return re.sub(r"^[0-9-]+", "", plain) or f"part-{plain or 0}"


@dataclass(frozen=True)
class _Part:
    title: str
    given_id: str | None
    position: str
    level: int
    lines: tuple[Line, ...]
    file: str
    line: int
    heading_line: int = 0

    @property
    def markdown(self) -> str:
        return "\n".join(line.text for line in self.lines)

    def clause(self, default_id: str, deeper: int) -> Clause:
        origins = tuple((line.file, line.number) for line in self.lines)
        named = self.given_id is not None
        id_ = self.given_id or default_id
        level = self.level + deeper
        return Clause(
            id_, self.title, level, self.markdown, (), self.file, self.line, named, origins, self.heading_line
        )


def _split(lines: Sequence[Line]) -> Iterator[_Part]:
    """What stands before the first heading (level 0), then each heading with its text. Fences are left whole."""
    tokens = _BLOCKS.parse("\n".join(line.text for line in lines))
    marks = [
        (token.map[0], token.map[1], int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    ends = [start for start, *_ in marks] + [len(lines)]
    yield _Part("", None, "", 0, *_body(lines, 0, ends[0]))
    counters = [0] * 7
    for (start, body, level, heading), end in zip(marks, ends[1:], strict=True):
        counters[level:] = [counters[level] + 1] + [0] * (6 - level)
        title, given_id = _title(heading, lines[start])
        position = ".".join(str(count) for count in counters[2 : level + 1])
        yield _Part(title, given_id, position, level, *_body(lines, body, end), heading_line=lines[start].number)


def _body(lines: Sequence[Line], start: int, end: int) -> tuple[tuple[Line, ...], str, int]:
    while start < end and not lines[start].text.strip():
        start += 1
    stop = end
    while stop > start and not lines[stop - 1].text.strip():
        stop -= 1
    first = lines[min(start, len(lines) - 1)] if lines else Line("", "", 1)
    number = first.number if start < len(lines) else first.number + 1
    return tuple(lines[start:stop]), first.file, number


def _title(heading: str, line: Line) -> tuple[str, str | None]:
    found = _HEADING_ID.search(heading)
    if found is None:
        return heading.strip(), None
    return heading[: found.start()].strip(), checked_id(found[1], line.file, line.number)
