"""Secrets and personal data out of a text that is otherwise worth keeping.

Fields that are stored come from an allow-list, so this guards free text, raw lines and names. Each rule runs only on
lines that hold one of its keywords, and no quantifier is open-ended: a megabyte of hostile text costs a bounded time
(support.md 5). The same value becomes the same token within one text (`[ip-2]`), so that a reader can still follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby

from services.support import limits
from services.support.redaction_rules import RULES, Rule

# Neighbours with the same keywords are looked up once.
_BY_KEYWORDS = [(keywords, tuple(rules)) for keywords, rules in groupby(RULES, lambda rule: rule.keywords)]
_TOKEN = re.compile(r"\[(?:secret|id|mail|host|name|phone|mac|ip)(?:-\d{1,6})?\]")
# Atlassian's tools write `Sanitized by Support Utility` in place of a secret: hidden already, nothing to count.
_HIDDEN = ("Sanitized",)
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----")
_KEY_END = "PRIVATE KEY-----"


def redact(text: str) -> tuple[str, int]:
    """A text without secrets and personal data, and how many were taken out. At most a megabyte is given back."""
    redactor = Redactor()
    return redactor.redact(text), redactor.count


class Redactor:
    """Redacts one text after the other, with the same token for the same value; counts what it took out."""

    def __init__(self) -> None:
        self.count = 0
        self._tokens: dict[str, dict[str, str]] = {}
        self._in_key = False

    def redact(self, text: str) -> str:
        """The text without secrets and personal data; what is past the first megabyte is left out."""
        self._in_key = False
        return "\n".join(self._line(line) for line in text[: limits.MAX_REDACTED_CHARS].split("\n"))

    def _line(self, line: str) -> str:
        if len(line) > limits.MAX_LINE_CHARS:
            return "".join(self._line(piece) for piece in _pieces(line))
        if self._in_key or "-----BEGIN" in line:
            return self._key_line(line)
        lowered = line.lower()
        for keywords, rules in _BY_KEYWORDS:
            if any(keyword in lowered for keyword in keywords):
                for rule in rules:
                    line = rule.pattern.sub(partial(self._replaced, rule), line)
        return line

    def _key_line(self, line: str) -> str:
        """A line with, or within, a private key in PEM form."""
        begins = _KEY_BEGIN.search(line)
        if not begins and not self._in_key:
            return line
        self.count += not self._in_key
        ends = line.find(_KEY_END, begins.end() if begins else 0)
        self._in_key = ends < 0
        before = line[: begins.start()] + "[secret]" if begins else ""
        return before + (line[ends + len(_KEY_END) :] if ends >= 0 else "")

    def _replaced(self, rule: Rule, match: re.Match[str]) -> str:
        value = match.group(1).strip("\"'")
        if not value or value.startswith(_HIDDEN) or _TOKEN.match(value) or not rule.accept(match):
            return match.group()
        self.count += 1
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        return match.group()[:start] + self._token(rule, value) + match.group()[end:]

    def _token(self, rule: Rule, value: str) -> str:
        if not rule.numbered:
            return f"[{rule.token}]"
        tokens = self._tokens.setdefault(rule.token, {})
        return tokens.setdefault(value.lower(), f"[{rule.token}-{len(tokens) + 1}]")


def _pieces(line: str) -> Iterator[str]:
    """A long line in parts, cut at a space so that no secret is halved; a line without one is data, not text."""
    while len(line) > limits.MAX_LINE_CHARS:
        cut = line.rfind(" ", limits.MAX_LINE_CHARS // 2, limits.MAX_LINE_CHARS)
        cut = cut if cut > 0 else limits.MAX_LINE_CHARS
        yield line[:cut]
        line = line[cut:]
    yield line
