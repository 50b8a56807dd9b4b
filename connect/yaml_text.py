"""Writing plain data as YAML 1.2 that people read and compare: block style, keys in their order, text in quotes.

Only what a manifest holds: objects, lists, text, whole numbers, booleans. A quoted JSON string is a quoted YAML string
(YAML 1.2, chapter 1.3), so no word of it can be taken for a boolean or a date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
# A key that YAML 1.1, which many tools still read by, takes for a boolean.
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def dump(value: Mapping[str, Any]) -> str:
    """`value` as one YAML document; the same value always gives the same text."""
    return "\n".join(_mapping(value, 0)) + "\n"


def _mapping(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, inner in value.items():
        name = key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS else json.dumps(key, ensure_ascii=False)
        yield from _entry("  " * depth + f"{name}:", inner, depth)


def _entry(head: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str | int) or not value:
        yield f"{head} {_scalar(value)}"
    elif isinstance(value, Mapping):
        yield head
        yield from _mapping(value, depth + 1)
    else:
        yield head
        yield from _items(value, depth + 1)


def _items(value: Sequence[Any], depth: int) -> Iterator[str]:
    dash = "  " * depth + "-"
    for inner in value:
        if isinstance(inner, Mapping) and inner:
            # The first member stands on the line of the dash, the others below it.
            first, *others = _mapping(inner, depth + 1)
            yield f"{dash} {first.lstrip(' ')}"
            yield from others
        elif isinstance(inner, Sequence) and not isinstance(inner, str):
            raise TypeError("a list in a list is not written")
        else:
            yield f"{dash} {_scalar(inner)}"


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
