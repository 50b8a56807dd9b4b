"""Versions as support people write them. The raw text is always kept; order is by numbers, never by text.

`packaging.version` rejects 14 of 21 real strings (reference support.md 1.5), hence a reader of our own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_PARTS = 5
MAX_DIGITS = 9

# Not the digits in the middle of a word or a number: `log4j`, `x86_64`.
_NUMBERS = re.compile(r"(?<![\w.])[vV]?(\d{1,9}(?:\.\d{1,9}){0,4})")
_DOTTED = re.compile(r"(?<![\w.])[vV]?(\d{1,9}(?:\.\d{1,9}){1,4})")
_ORACLE_RELEASE = re.compile(r"\bRelease\s{1,3}(\d{1,9}(?:\.\d{1,9}){0,4})", re.IGNORECASE)
_JAVA_LEGACY = re.compile(r"(?<![\w.])(1\.(\d{1,2})\.(\d{1,3})(?:_(\d{1,4}))?)")
_JAVA_UPDATE = re.compile(r"(?<![\w.])((\d{1,2})u(\d{1,4}))(?!\w)")
_DIGITS = re.compile(r"\d{1,9}")

MSSQL_RELEASES = {11: "2012", 12: "2014", 13: "2016", 14: "2017", 15: "2019", 16: "2022", 17: "2025"}
WINDOWS_BUILDS = {
    9600: "Server 2012 R2",
    14393: "Server 2016",
    17763: "Server 2019",
    20348: "Server 2022",
    26100: "Server 2025",
}


class Version(NamedTuple):
    """A version as it is shown (`text`), compared (`key`) and as it stood (`raw`)."""

    text: str | None
    key: tuple[int, ...]
    raw: str

    @property
    def major(self) -> int | None:
        """The first number, or None where there is none."""
        return self.key[0] if self.key else None


def read(raw: str) -> Version:
    """The first dotted number of a text, or else its first whole number; `text` is None where there is neither."""
    match = _DOTTED.search(raw) or _NUMBERS.search(raw)
    return _version(match.group(1), raw) if match else Version(None, (), raw)


def read_java(raw: str) -> Version:
    """A Java version: `1.8.0_281` and `8u281` are major 8, update 281 (JEP 223), `17.0.11+9` is 17.0.11."""
    if legacy := _JAVA_LEGACY.search(raw):
        major, minor, update = (int(part or 0) for part in legacy.group(2, 3, 4))
        return Version(legacy.group(1), (major, minor, update), raw)
    if update_form := _JAVA_UPDATE.search(raw):
        return Version(update_form.group(1), (int(update_form.group(2)), 0, int(update_form.group(3))), raw)
    return read(raw)


def read_database(raw: str) -> Version:
    """A database version; Oracle's `Release` number goes before its marketing name (`19c`)."""
    release = _ORACLE_RELEASE.search(raw)
    if release:
        return _version(release.group(1), raw)
    return read(re.sub(r"\b(\d{1,2})[cgi]\b", r"\1", raw))


def read_whole(raw: str) -> Version:
    """A version that stands alone in its field: shown as it is (`4.3.1-jira9`), compared by its numbers."""
    text = raw.strip()
    return Version(text or None, tuple(int(part) for part in _DIGITS.findall(text)[:MAX_PARTS]), raw)


def sort_key(version: str | None, kind: str = "") -> str:
    """A text whose order is the order of versions: `8.5.12` gives `000000008.000000005.000000012`."""
    if not version:
        return ""
    key = (read_java(version) if kind == "jvm" else read_whole(version)).key
    return ".".join(f"{part:09d}" for part in key)


def number(version: str | None) -> int | None:
    """One number for JQL comparisons: major * 10^6 + minor * 10^3 + patch (support.md 3), each part 999 at most."""
    key = read_whole(version).key if version else ()
    if not key:
        return None
    major, minor, patch = (*key[:3], 0, 0)[:3]
    return major * 1_000_000 + min(minor, 999) * 1_000 + min(patch, 999)


def series(version: str | None) -> str | None:
    """The first two numbers, `8.5` of `8.5.12`: what people ask for, and what end-of-life tables list."""
    key = read_whole(version).key if version else ()
    return ".".join(str(part) for part in key[:2]) or None


def release_name(name: str, version: str | None) -> str | None:
    """The name that people know a release by: SQL Server 15.x is 2019, Windows build 20348 is Server 2022."""
    key = read_whole(version).key if version else ()
    if name == "Microsoft SQL Server" and key:
        return MSSQL_RELEASES.get(key[0])
    if "Windows" in name and len(key) > 2:
        return WINDOWS_BUILDS.get(key[2])
    return None


def _version(text: str, raw: str) -> Version:
    return Version(text, tuple(int(part) for part in text.split(".")), raw)
