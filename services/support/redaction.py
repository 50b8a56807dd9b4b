"""Secrets and personal data out of a text that is otherwise worth keeping.

Fields that are stored come from an allow-list, so this guards free text, raw lines and names. Each rule runs only on
lines that hold one of its keywords, and no quantifier is open-ended: a megabyte of hostile text costs a bounded time
(support.md 5). The same value becomes the same token within one text (`[ip-2]`), so that a reader can still follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from services.support import limits
from services.support.redaction_checks import is_person
from services.support.redaction_keys import is_harmless, is_secret, names_a_key
from services.support.redaction_people import CLOSING, PEOPLE, SIGNED
from services.support.redaction_rule import NAMES_A_KEY, Rule, shape
from services.support.redaction_secrets import SECRETS

# Lines whose outcome is remembered within one text or file.
MAX_SEEN_LINES = 10_000
MAX_SEEN_CHARS = 200
_RULES = SECRETS + PEOPLE
_KEYWORDS = tuple(sorted({keyword for rule in _RULES for keyword in rule.keywords} - {NAMES_A_KEY}))
_TOKEN = re.compile(r"\[(?:secret|id|mail|host|name|phone|mac|ip)(?:-\d{1,6})?\]")
_WORDS = re.compile(r"[^\W_]")
# Atlassian's tools write `Sanitized by Support Utility` in place of a secret: hidden already, nothing to count.
_HIDDEN = ("Sanitized",)
# Keys, and certificates too: they name whom they were made out to.
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{1,60}-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{1,60}-----")

# A name whose value is on the next line: `password: |`, `<password>`, `- name: DB_PASSWORD` with `value: …` below.
_NAMED_ONLY = re.compile(
    r"^\s{0,80}(?:-\s{1,4})?[\"'{<]{0,2}(?:(?:name|key)[\"']?\s{0,4}[:=>]\s{0,4}[\"']?(?P<below>[\w.-]{2,120})|"
    r"(?P<key>[\w.:-]{2,120})[\"']?\s{0,4}(?:[:=]\s{0,4}[|>]?[-+]?|>))(?:[\"',]{1,2}|</(?:name|key)>)?\s{0,20}$",
    re.IGNORECASE,
)
_VALUE_BELOW = (
    r"^(?:\s{0,80}(?:[\"']?value[\"']?\s{0,4}[:=]|<(?:value|string)>)\s{0,20}|\s{1,80})?"
    r"(\"[^\"]{1,1000}\"|[^\s<]\S{0,1000}?|(?<=\s)[^\s<:=][^<:=]{0,1000}?)(?=\s{0,20}(?:</|[,}]?$))"
)


@lru_cache(maxsize=4096)
def _rules_for(present: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules that a line with these keywords needs."""
    return tuple(rule for rule in _RULES if not rule.keywords.isdisjoint(present))


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
        self._secret_below = self._name_below = False
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._seen: dict[tuple[str, bool, bool], tuple[str, int, bool, bool]] = {}

    def redact(self, text: str) -> str:
        """The text without secrets and personal data; what is past the first megabyte is left out."""
        self._in_key = self._secret_below = self._name_below = False
        return "\n".join([self._line(line) for line in text[: limits.MAX_REDACTED_CHARS].split("\n")])

    def redact_version(self, version: str) -> str:
        """As `redact`. A version of four parts looks like an address: the label in front says that it is none."""
        return self.redact(f"version {version}").removeprefix("version ")

    def _line(self, line: str) -> str:
        if len(line) > limits.MAX_LINE_CHARS:
            return "".join(self._line(piece) for piece in _pieces(line))
        return self._key_line(line) if self._in_key or "-----BEGIN" in line else self._ruled(line)

    def _key_line(self, line: str) -> str:
        """A line with, or within, a key or a certificate in PEM form."""
        if self._in_key:
            end = _KEY_END.search(line)
            self._in_key = end is None
            return self._line(line[end.end() :]) if end else ""
        begin = _KEY_BEGIN.search(line)
        if begin is None:
            return self._ruled(line)
        self.count += 1
        self._in_key = True
        return f"{self._ruled(line[: begin.start()])}[secret]{self._key_line(line[begin.end() :])}"

    def _ruled(self, line: str) -> str:
        """A line after all rules. Files repeat themselves, so what came of a line before is looked up."""
        key, before = (line, self._secret_below, self._name_below), self.count
        if key in self._seen:
            clean, count, self._secret_below, self._name_below = self._seen[key]
            self.count += count
            return clean
        clean = self._looked_at(line)
        if len(self._seen) < MAX_SEEN_LINES and len(line) <= MAX_SEEN_CHARS:
            self._seen[key] = (clean, self.count - before, self._secret_below, self._name_below)
        return clean

    def _looked_at(self, line: str) -> str:
        line = self._below_its_name(line)
        for rule in self._rules_for(line):
            if not (rule.signs and rule.signs.isdisjoint(line)) and (match := rule.pattern.search(line)):
                line = self._applied(rule, match)
        return line

    def _rules_for(self, line: str) -> tuple[Rule, ...]:
        shaped = shape(line)
        rules = self._rules.get(shaped)
        if rules is None:
            present = [keyword for keyword in _KEYWORDS if keyword in shaped]
            rules = _rules_for((*present, NAMES_A_KEY) if names_a_key(shaped) else tuple(present))
            if len(self._rules) < MAX_SEEN_LINES and len(line) <= MAX_SEEN_CHARS:
                self._rules[shaped] = rules
        return rules

    def _below_its_name(self, line: str) -> str:
        """The line without the secret that the line before has named, or the name that a letter is signed with."""
        value = re.match(_VALUE_BELOW, line, re.IGNORECASE) if self._secret_below else None
        named = _NAMED_ONLY.match(line) if ":" in line or "=" in line or ">" in line else None
        self._secret_below = bool(named and is_secret(named["below"] or named["key"]))
        signed = re.match(SIGNED, line, re.IGNORECASE) if self._name_below else None
        self._name_below = bool(CLOSING.match(line)) or (self._name_below and not line.strip())
        if signed and is_person(signed):
            self.count += 1
            return f"{line[: signed.start('value')]}[name]{line[signed.end('value') :]}"
        if named or not value or is_harmless("", value.group(1).strip()):
            return line
        self.count += 1
        return f"{line[: value.start(1)]}[secret]{line[value.end(1) :]}"

    def _applied(self, rule: Rule, first: re.Match[str]) -> str:
        """The line after one rule. What it did not accept may hold what it does: the search goes on within it."""
        line, kept, done = first.string, [], 0
        match: re.Match[str] | None = first
        while match:
            start, end = match.span(rule.group)
            value = match[rule.group].strip("\"'")
            at = max(start, match.start() + 1)
            if not value.startswith(_HIDDEN) and _WORDS.search(_TOKEN.sub("", value)) and rule.accept(match):
                self.count += 1
                kept += [line[done:start], self._token(rule, value)]
                done = at = end
            match = rule.pattern.search(line, at)
        return "".join(kept) + line[done:]

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
