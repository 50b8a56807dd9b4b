"""Warnings about a configuration, by rules in a file: `data/rules.yaml`. A broken file names its place and stops."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from services.support.lifecycle import Standing
from services.support.versions import read_java, read_whole

FILE = Path(__file__).with_name("data") / "rules.yaml"
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq,
}  # fmt: skip
_VERSION = re.compile(r"(>=|<=|>|<|=)\s*(\d+(?:\.\d+){0,3})")
Severity = Literal["fail", "warn", "pass"]
WEIGHT: Sequence[Severity] = ("fail", "warn", "pass")


class RulesError(ValueError):
    """The file is no list of rules. The message names file and line, or rule."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """One line of `when`: what has to hold of the component of one kind."""

    kind: Literal["product", "database", "jvm", "os", "app_server"]
    name: tuple[str, ...] = ()
    version: str | None = None
    support: tuple[Literal["ended", "soon", "supported"], ...] = ()
    known: bool | None = None

    @field_validator("version")
    @classmethod
    def version_is_a_comparison(cls, value: str | None) -> str | None:
        """`>=9.0`."""
        if value is not None and not _VERSION.fullmatch(value):
            raise ValueError("is no comparison with a version")
        return value


class Text(_Strict):
    """The words in both languages."""

    fr: str
    en: str


class Rule(_Strict):
    """One rule. It speaks when every condition holds."""

    id: str
    severity: Severity
    when: tuple[Condition, ...]
    text: Text


@dataclass(frozen=True)
class Piece:
    """What a rule may look at of a component."""

    name: str
    version: str | None
    standing: Standing | None


def judge(pieces: Mapping[str, Piece], rules: Sequence[Rule] | None = None) -> list[Rule]:
    """The rules that speak, the gravest first. `pieces`: by kind; a kind that nobody told of is not in it."""
    spoken = [rule for rule in (built_in() if rules is None else rules) if all(_holds(c, pieces) for c in rule.when)]
    return sorted(spoken, key=lambda rule: WEIGHT.index(rule.severity))


@cache
def built_in() -> tuple[Rule, ...]:
    """The rules that come with the program."""
    return read(FILE)


def read(path: Path) -> tuple[Rule, ...]:
    """The rules of a file; `RulesError` where it is none."""
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise RulesError(f"{path.name}:{mark.line + 1 if mark else 1}: is no YAML") from None
    given = listed.get("rules") if isinstance(listed, dict) else None
    if not isinstance(given, list):
        raise RulesError(f"{path.name}:1: has no list of rules")
    rules = tuple(_rule(path, number, one) for number, one in enumerate(given, 1))
    ids = [rule.id for rule in rules]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise RulesError(f"{path.name}: two rules are called {twice}")
    return rules


def _rule(path: Path, number: int, given: Any) -> Rule:
    try:
        return Rule.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RulesError(f"{path.name}: rule {number}, {place}: {first['msg']}") from None


def _holds(condition: Condition, pieces: Mapping[str, Piece]) -> bool:
    piece = pieces.get(condition.kind)
    if condition.known is not None:
        return condition.known == (piece is not None)
    if piece is None or (condition.name and piece.name not in condition.name):
        return False
    if condition.support and (piece.standing is None or piece.standing.state not in condition.support):
        return False
    return condition.version is None or _compares(condition.version, condition.kind, piece.version)


def _compares(wanted: str, kind: str, version: str | None) -> bool:
    """An unknown version is neither above nor below."""
    match = _VERSION.fullmatch(wanted)
    key = (read_java(version) if kind == "jvm" else read_whole(version)).key if version else ()
    if match is None or not key:
        return False
    other = tuple(int(part) for part in match[2].split("."))
    return COMPARISONS[match[1]](key[: len(other)], other)
