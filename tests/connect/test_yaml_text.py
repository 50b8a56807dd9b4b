"""YAML that reads back as what was written, by a reader of just this form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect.yaml_text import dump


class Reader:
    """Reads block YAML of quoted text, numbers and booleans; anything else is an error."""

    def __init__(self, document: str) -> None:
        self.lines = [(len(line) - len(line.lstrip(" ")), line.lstrip(" ")) for line in document.split("\n") if line]

    def read(self) -> Any:
        value = self.block(0)
        assert self.lines == []
        return value

    def block(self, indent: int) -> Any:
        if self.lines[0][1].startswith("-"):
            return list(self.items(indent))
        return dict(self.members(indent))

    def items(self, indent: int) -> Iterator[Any]:
        while self.lines and self.lines[0][0] == indent and self.lines[0][1].startswith("- "):
            rest = self.lines.pop(0)[1][2:]
            is_member = not rest.startswith(("{", "[")) and self.is_member(rest)
            if is_member:
                self.lines.insert(0, (indent + 2, rest))
                yield dict(self.members(indent + 2))
            else:
                yield json.loads(rest)

    def is_member(self, text: str) -> bool:
        try:
            json.loads(text)
        except ValueError:
            return True
        return False

    def members(self, indent: int) -> Iterator[tuple[str, Any]]:
        while self.lines and self.lines[0][0] == indent:
            key, rest = self.key(self.lines.pop(0)[1])
            yield key, json.loads(rest) if rest else self.block(self.lines[0][0])

    def key(self, line: str) -> tuple[str, str]:
        if line.startswith('"'):
            key, end = json.JSONDecoder().raw_decode(line)
        else:
            end = line.index(":")
            key = line[:end]
        assert line[end] == ":"
        return key, line[end + 1 :].strip()


scalars = st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Zl", "Zp")))
keys = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Zl", "Zp")), max_size=12)
values = st.recursive(
    scalars,
    lambda inner: (
        st.dictionaries(keys, inner, max_size=4)
        | st.lists(inner.filter(lambda one: not isinstance(one, list)), max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(keys, values, min_size=1, max_size=5))
def test_it_reads_back(value: dict[str, Any]) -> None:
    assert Reader(dump(value)).read() == value


def test_it_looks_as_people_write_it() -> None:
    value = {
        "app": {"id": "ari:cloud", "on": True},
        "jira:pages": [{"key": "a", "name": {"value": "Été"}}, {"key": "b"}],
        "scopes": ["read", "no"],
        "none": [],
    }
    assert dump(value) == (
        'app:\n  id: "ari:cloud"\n  "on": true\n"jira:pages":\n  - key: "a"\n    name:\n      value: "Été"\n'
        '  - key: "b"\nscopes:\n  - "read"\n  - "no"\nnone: []\n'
    )


def test_a_list_in_a_list_is_refused() -> None:
    with pytest.raises(TypeError):
        dump({"a": [["b"]]})
