"""The block of keys at the head of a clause file, between two `---` lines: `key: value`, each key once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.policy.errors import PolicyError
from services.policy.files import Line

KEYS = {"id", "title", "anchor", "commitments", "document", "material"}
_KEY = re.compile(rf"(?:{'|'.join(sorted(KEYS))})\s*:")
_ID = re.compile(r"[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*")
_COMMITMENT = re.compile(r"C\d{2,3}")


def has_front_matter(lines: Sequence[Line]) -> bool:
    """Does the file start with such a block, or with what is left of one?"""
    return lines[0].text.strip() == "---" or _KEY.match(lines[0].text) is not None


def front_matter(lines: Sequence[Line]) -> tuple[Mapping[str, str], int]:
    """The keys, and how many lines the block takes."""
    name = lines[0].file
    if lines[0].text.strip() != "---":
        raise PolicyError("front-matter", name, 1, "the file does not start with ---")
    head: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line.text.strip() == "---":
            return head, number
        key, colon, value = line.text.partition(":")
        if not colon or key.strip() not in KEYS or key.strip() in head:
            raise PolicyError("front-matter", name, number, f"not one of {', '.join(sorted(KEYS))}, once each")
        head[key.strip()] = value.strip()
    raise PolicyError("front-matter", name, len(lines), "the block of keys is not closed by ---")


def required(head: Mapping[str, str], key: str, name: str) -> None:
    """`PolicyError` when the key is missing, or is an id and does not read as one."""
    if not head.get(key):
        raise PolicyError("front-matter", name, 1, f"{key} is missing")
    if key == "id":
        checked_id(head[key], name, 1)


def checked_id(value: str, name: str, line: int) -> str:
    """The id, if it is one."""
    if not _ID.fullmatch(value):
        raise PolicyError("bad-id", name, line, f"not an id: {value[:60]!r} (small letters, digits, - and .)")
    return value


def commitments_of(text: str, name: str) -> tuple[str, ...]:
    """`C01, C02` as they stand in the block."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for commitment in found:
        if not _COMMITMENT.fullmatch(commitment):
            raise PolicyError("front-matter", name, 1, f"not a commitment: {commitment[:20]!r}")
    return found


def yes(value: str, name: str) -> bool:
    """`yes` or `no`."""
    if value.lower() not in ("yes", "no", "true", "false", "oui", "non"):
        raise PolicyError("front-matter", name, 1, "material is yes or no")
    return value.lower() in ("yes", "true", "oui")
