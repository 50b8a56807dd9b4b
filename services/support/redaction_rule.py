"""What one rule of redaction is, and what its patterns have in common. No quantifier is open-ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

# What stands behind a name: quoted, in the braces of a JDBC address, or up to the next space or separator.
VALUE = (
    r"(?P<value>\\?\"[^\"\n]{1,1000}\"|'[^'\n]{1,1000}'|\{[^{}\"':\n]{1,200}\}(?=[;,\s]|$)|"
    r"(?!\{(?:[\"'\s]|$))[^\s\"'<>;&]{1,1000})"
)


@dataclass(frozen=True)
class Rule:
    """What one kind of secret looks like. The group `value`, or else the first, is taken out.

    Only lines are looked at that have one of the `keywords` (lower case) and one of the `signs`, if there are any.
    """

    token: str
    keywords: frozenset[str]
    signs: frozenset[str]
    text: str
    numbered: bool = False
    accept: Callable[[re.Match[str]], bool] = bool

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first wanted: a process that reads one file wants few of them."""
        return re.compile(self.text, re.IGNORECASE)

    @cached_property
    def group(self) -> int:
        """The number of the group that is taken out."""
        return self.pattern.groupindex.get("value", 1)


def rule(
    token: str,
    keywords: str,
    pattern: str,
    *,
    signs: str = "",
    numbered: bool = False,
    accept: Callable[[re.Match[str]], bool] = bool,
) -> Rule:
    """A rule, with its keywords separated by `|`."""
    return Rule(token, frozenset(keywords.split("|")), frozenset(signs), pattern, numbered, accept)
