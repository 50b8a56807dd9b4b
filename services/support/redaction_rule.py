"""What one rule of redaction is, and what its patterns have in common. No quantifier is open-ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

# What stands behind a name: quoted, in the braces of a JDBC address, or up to the next space or separator.
VALUE = (
    r"(?P<value>\\?\"[^\"\n]{1,1000}\"|'[^'\n]{1,1000}'|\{[^{}\"':\n]{1,200}\}(?=[;,\s]|$)|"
    r"(?!\{(?:[\"'\s]|$))[^\s\"'<>;&]{1,1000})"
)
_DIGITS = str.maketrans("23456789", "11111111")
# Stands among the keywords for every name that is a secret's by its word "key" alone.
NAMES_A_KEY = "*key*"


def shape(line: str) -> str:
    """What decides which rules a line needs: lines that differ in case, or in digits other than zero, are alike."""
    return line.lower().translate(_DIGITS)


class Rule:
    """What one kind of secret looks like. The group `value`, or else the first, is taken out.

    Only lines are looked at that have in their shape one of the `keywords` (separated by `|`), and one of the `signs`,
    if there are any.
    """

    def __init__(
        self,
        token: str,
        keywords: str,
        pattern: str,
        *,
        signs: str = "",
        numbered: bool = False,
        accept: Callable[[re.Match[str]], bool] = bool,
    ) -> None:
        self.token = token
        self.keywords = frozenset(shape(keywords).split("|"))
        self.signs = frozenset(signs)
        self.numbered = numbered
        self.accept = accept
        self._pattern = pattern

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first wanted: a process that reads one file wants few of them."""
        return re.compile(self._pattern, re.IGNORECASE)

    @cached_property
    def group(self) -> int:
        """The number of the group that is taken out."""
        return self.pattern.groupindex.get("value", 1)
