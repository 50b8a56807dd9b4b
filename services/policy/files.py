"""The files of a policy as lines, each of which remembers where it stands; files that are included are read in place.

`{{ include other.md }}` alone on a line stands for the lines of that file, which is looked for beside the including one
and then at the root; what is outside of the root is not found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.register import Language
from services.policy.errors import PolicyError

MAX_FILE_BYTES = 1_000_000
MAX_FILES = 200
MAX_INCLUDES = 20
SUFFIXES = (".md", ".markdown", ".txt")
_INCLUDE = re.compile(r"""\s*(?:\{\{\s*include:?|\{%\s*include|!include)\s+["']?([^"'{}%]+?)["']?\s*(?:\}\}|%\})?\s*""")


@dataclass(frozen=True)
class Line:
    """One line of text and where it stands."""

    text: str
    file: str
    number: int


def groups_of(folder: Path, language: Language) -> list[Path]:
    """The clause files of a language, in the order of their names."""
    found = sorted(path for path in (folder / language).glob("*") if path.suffix in SUFFIXES and path.is_file())
    if len(found) > MAX_FILES:
        raise PolicyError("too-large", f"{language}/", 1, f"more than {MAX_FILES} files")
    return found


def document_of(folder: Path, language: Language) -> Path:
    """The one document of a language: `fr.md`, or a name that ends in it, as in `policy.fr.txt`, `policy-fr.md`."""
    named = re.compile(rf"(?:.*[._-])?{language}", re.IGNORECASE)
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and named.fullmatch(path.stem))
    except OSError:
        found = []
    exact = [path for path in found if path.stem == language]
    if not found:
        raise PolicyError("missing-language", f"{language}/", 1, f"no {language}/*.md and no {language}.md")
    if len(exact or found) > 1:
        names = ", ".join(path.name for path in found)
        raise PolicyError("two-documents", found[1].name, 1, f"which of these is the text: {names}")
    return (exact or found)[0]


def lines_of(path: Path, root: Path, above: Sequence[Path] = ()) -> list[Line]:
    """The lines of a file with its includes in place; `PolicyError` names file and line of what cannot be read."""
    name = path.relative_to(root).as_posix()
    lines: list[Line] = []
    for number, text in enumerate(_text(path, name).split("\n"), start=1):
        include = _INCLUDE.fullmatch(text)
        if include is None:
            lines.append(Line(text, name, number))
        else:
            lines.extend(lines_of(_included(include[1].strip(), path, root, above, number), root, (*above, path)))
    return lines


def _included(wanted: str, path: Path, root: Path, above: Sequence[Path], number: int) -> Path:
    name = path.relative_to(root).as_posix()
    places = [path.parent / wanted, root / wanted]
    found = next((one for one in places if one.is_file() and one.resolve().is_relative_to(root.resolve())), None)
    if found is None:
        raise PolicyError("bad-include", name, number, f"there is no file {wanted[:80]!r} to include")
    found = root / found.resolve().relative_to(root.resolve())
    if found in (*above, path) or len(above) >= MAX_INCLUDES:
        raise PolicyError("cyclic-include", name, number, f"{wanted[:80]!r} includes itself")
    return found


def _text(path: Path, name: str) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PolicyError("too-large", name, 1, f"larger than {MAX_FILE_BYTES:,} bytes")
        raw = path.read_bytes()
    except OSError as error:
        raise PolicyError("unreadable", name, 1, f"cannot be read: {type(error).__name__}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PolicyError("encoding", name, line, "not UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
