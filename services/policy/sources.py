"""Markdown files of a policy, read into clauses; the placeholders are still in them.

Two layouts, each with the same shape in both languages:

    fr/*.md, en/*.md   one file a clause group, in the order of the file names. It starts with a block between two `---`
                       lines: `id`, `title`, and if wanted `anchor`, `commitments` (C01, C02 …), `document` (the title
                       of the whole, in one file). `## Title {#id}` starts a clause within the group.
    fr.md, en.md       one document a language: `# Title of the document`, `## Clause {#id}`, `### Clause within {#id}`.

An id that is not given comes from the position, which is the same in both languages if the two have the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from models.register import LANGUAGES, Language
from services.policy.errors import PolicyError

MAX_FILE_BYTES = 1_000_000
MAX_FILES = 200
KEYS = {"id", "title", "anchor", "commitments", "document"}
TITLES: Mapping[Language, str] = {"fr": "Politique de confidentialité", "en": "Privacy policy"}
_ID = re.compile(r"[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*")
_HEADING_ID = re.compile(r"\s*\{#([^}]*)\}\s*$")
_COMMITMENT = re.compile(r"C\d{2,3}")
_BLOCKS = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Clause:
    """One clause: a heading and the text under it, down to the next heading. `level` 2 is a group, 3 a clause within.

    `line` is where the text starts in its file; a heading stands above it.
    """

    id: str
    title: str
    level: int
    markdown: str
    commitments: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True)
class Document:
    """The clauses of one language, in their order."""

    title: str
    clauses: tuple[Clause, ...]


def read(folder: Path) -> Mapping[Language, Document]:
    """Both languages as they stand in `folder`; `PolicyError` names file and line of what is wrong."""
    return {language: _unique(_read_language(folder, language)) for language in LANGUAGES}


def _read_language(folder: Path, language: Language) -> Document:
    single = folder / f"{language}.md"
    files = sorted((folder / language).glob("*.md"))
    if not files and not single.is_file():
        raise PolicyError("missing-language", f"{language}/", 0, f"no {language}/*.md and no {language}.md")
    if not files:
        return _single_document(single, language)
    if len(files) > MAX_FILES:
        raise PolicyError("too-large", f"{language}/", 0, f"more than {MAX_FILES} files")
    groups = [_clause_group(path, f"{language}/{path.name}") for path in files]
    titles = [title for title, _ in groups if title]
    return Document(titles[0] if titles else TITLES[language], tuple(one for _, clauses in groups for one in clauses))


def _unique(document: Document) -> Document:
    seen: dict[str, Clause] = {}
    for clause in document.clauses:
        first = seen.setdefault(clause.id, clause)
        if first is not clause:
            message = f"the id {clause.id!r} stands in {first.file}:{first.line} already"
            raise PolicyError("duplicate-id", clause.file, clause.line, message)
    return document


def _single_document(path: Path, language: Language) -> Document:
    name = path.name
    parts = list(_split(_lines(path, name), name, 0))
    title = next((part.title for part in parts if part.level == 1), TITLES[language])
    clauses = [part.clause(f"section-{part.position}", 0) for part in parts if part.level > 1]
    preface = [part for part in parts if part.level <= 1 and part.markdown]
    clauses[:0] = [
        Clause(f"preamble-{n}", "", 2, part.markdown, (), name, part.line) for n, part in enumerate(preface, 1)
    ]
    return Document(title, tuple(clauses))


def _clause_group(path: Path, name: str) -> tuple[str | None, list[Clause]]:
    lines = _lines(path, name)
    head, body_start = _front_matter(lines, name)
    parts = list(_split(lines[body_start:], name, body_start))
    group = _required(head, "id", name)
    clause = Clause(
        id=head.get("anchor") or group,
        title=_required(head, "title", name),
        level=2,
        markdown=parts[0].markdown,
        commitments=_commitments(head.get("commitments", ""), name),
        file=name,
        line=parts[0].line,
    )
    for part in parts[1:]:
        if part.level == 1:
            raise PolicyError("heading-level", name, part.line, "headings in a clause file start at ##")
    return head.get("document"), [clause, *(part.clause(f"{group}-{part.position}", 1) for part in parts[1:])]


def _lines(path: Path, name: str) -> list[str]:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise PolicyError("too-large", name, 0, f"larger than {MAX_FILE_BYTES:,} bytes")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PolicyError("encoding", name, line, "not UTF-8") from None
    return text.replace("\r\n", "\n").split("\n")


def _front_matter(lines: Sequence[str], name: str) -> tuple[Mapping[str, str], int]:
    if lines[0].strip() != "---":
        raise PolicyError("front-matter", name, 1, "the file does not start with ---")
    head: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line.strip() == "---":
            return head, number
        key, colon, value = line.partition(":")
        if not colon or key.strip() not in KEYS or key.strip() in head:
            raise PolicyError("front-matter", name, number, f"not one of {', '.join(sorted(KEYS))}, once each")
        head[key.strip()] = value.strip()
    raise PolicyError("front-matter", name, len(lines), "the block of keys is not closed by ---")


def _required(head: Mapping[str, str], key: str, name: str) -> str:
    value = head.get(key, "")
    if not value:
        raise PolicyError("front-matter", name, 1, f"{key} is missing")
    if key == "id":
        return _checked_id(value, name, 1)
    return value


def _checked_id(value: str, name: str, line: int) -> str:
    if not _ID.fullmatch(value):
        raise PolicyError("bad-id", name, line, f"not an id: {value[:60]!r} (small letters, digits, - and .)")
    return value


def _commitments(text: str, name: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for commitment in found:
        if not _COMMITMENT.fullmatch(commitment):
            raise PolicyError("front-matter", name, 1, f"not a commitment: {commitment[:20]!r}")
    return found


@dataclass(frozen=True)
class _Part:
    title: str
    given_id: str | None
    position: str
    level: int
    file: str
    markdown: str
    line: int

    def clause(self, default_id: str, deeper: int) -> Clause:
        id_ = self.given_id or default_id
        return Clause(id_, self.title, self.level + deeper, self.markdown, (), self.file, self.line)


def _split(lines: Sequence[str], name: str, offset: int) -> Iterator[_Part]:
    """What stands before the first heading (level 0), then each heading with its text. Fences are left whole."""
    tokens = _BLOCKS.parse("\n".join(lines))
    marks = [
        (token.map[0], token.map[1], int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    ends = [start for start, *_ in marks] + [len(lines)]
    yield _Part("", None, "", 0, name, *_body(lines, 0, ends[0], offset))
    counters = [0] * 7
    for (start, body, level, heading), end in zip(marks, ends[1:], strict=True):
        counters[level:] = [counters[level] + 1] + [0] * (6 - level)
        title, given_id = _title(heading, name, offset + start + 1)
        position = ".".join(str(count) for count in counters[2 : level + 1])
        yield _Part(title, given_id, position, level, name, *_body(lines, body, end, offset))


def _body(lines: Sequence[str], start: int, end: int, offset: int) -> tuple[str, int]:
    while start < end and not lines[start].strip():
        start += 1
    return "\n".join(lines[start:end]).rstrip(), offset + start + 1


def _title(heading: str, name: str, line: int) -> tuple[str, str | None]:
    found = _HEADING_ID.search(heading)
    if found is None:
        return heading.strip(), None
    return heading[: found.start()].strip(), _checked_id(found[1], name, line)
