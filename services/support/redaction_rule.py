"""What one rule of redaction is, and what its patterns have in common. No quantifier is open-ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

# What stands behind a name: quoted, in the braces of a JDBC address, or up to the next space or separator.
VALUE = (
    r"(?P<value>\\?\"[^\"\n]{1,1000}\"|'[^'\n]{1,1000}'|\{[^{}\"':\n]{1,200}\}(?=[;,\s]|$)|"
    r"(?!\{(?:[\"'\s]|$))[^\s\"'<>;&]{1,1000})"
)


@dataclass(frozen=True)
class Rule:
    """What one kind of secret looks like. The group `value`, or else the first, is taken out; `keywords` (lower case)
    say which lines to look at."""

    token: str
    keywords: frozenset[str]
    pattern: re.Pattern[str]
    numbered: bool = False
    accept: Callable[[re.Match[str]], bool] = bool

    @property
    def group(self) -> int:
        """The number of the group that is taken out."""
        return self.pattern.groupindex.get("value", 1)


def rule(
    token: str,
    keywords: str,
    pattern: str,
    *,
    numbered: bool = False,
    accept: Callable[[re.Match[str]], bool] = bool,
) -> Rule:
    return Rule(token, frozenset(keywords.split("|")), re.compile(pattern, re.IGNORECASE), numbered, accept)
