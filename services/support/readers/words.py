"""Free text, French or English: software that we know by name, a version close behind. The least trusted reader."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from services.support import names, versions
from services.support.assembly import component
from services.support.findings import SINGLE_KINDS, Component, Facts, Reading
from services.support.measures import megabytes

_BETWEEN = (
    r"(?:[\s|:=/,(*-]{1,6}(?:version|ver|v|data\s?cent(?:er|re)|dc|server|serveur|enterprise|entreprise|community|lts|jdbc)\b){0,3}"
    r"[\s|:=/(*-]{1,6}v?(\d{1,6}(?:[._]\d{1,9}){0,4}(?:-[A-Za-z]\w{0,20})?)"
)
# "Confluence is now on 8.5.4", "est en version 8.5.4": more words between, so only a dotted number counts.
_SAID = (
    r"(?:[\s,]{1,3}(?:version|v|data\s?cent(?:er|re)|dc|server|serveur|is|on|in|at|now|est|en|maintenant|ist|auf|jetzt)\b){1,5}"
    r"[\s:=]{1,3}v?(\d{1,6}(?:\.\d{1,9}){1,4}(?:-[A-Za-z]\w{0,20})?)"
)
# The last name in a user agent that is not a disguise; Safari's version stands under a name of its own.
_USER_AGENTS = tuple(
    (name, re.compile(pattern + r"/(\d{1,5}(?:\.\d{1,6}){0,4})"))
    for name, pattern in (
        ("Microsoft Edge", "Edg"),
        ("Opera", "OPR"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Version"),
    )
)
# `(Debian 16.4-1.pgdg120+1)` is the revision of a package.
_PACKAGE_REVISION = re.compile(r"-\d")
_APP = re.compile(
    r"(?:version\s{1,3}(?:de\s{1,3}(?:l['’]\s?|notre\s{1,3}|votre\s{1,3})|du\s{1,3}|of\s{1,3}(?:the|our|your)\s{1,3})"
    r"(?:app|application|plugin|extension|add-?on)|(?<![\w])(?:app|plugin|add-?on|extension)(?:\s{1,3}(?:est|is))?(?:\s{1,3}(?:en|in))?(?:\s{1,3}version)?(?:\s{1,3}(?:est|is))?)"
    r"[\s|:=*]{1,6}v?(\d{1,6}(?:\.\d{1,9}){1,4}(?:-[A-Za-z]\w{0,20})?)",
    re.IGNORECASE,
)
_CLOUD = re.compile(
    r"(?<![\w])(jira|confluence)(?:\s{1,3}\w{1,20}){0,3}\s{1,3}cloud\b|\.atlassian\.net\b", re.IGNORECASE
)
# "Windows Server 2019 Datacenter" is an edition of another product.
_DATA_CENTER = re.compile(r"(?<!\b20\d\d )(?<!\bR2 )\bdata\s?cent(?:er|re)\b|\bDC\b", re.IGNORECASE)
_NODES = re.compile(r"\b(\d{1,2})\s{1,3}(?:nœuds|noeuds|nodes|knoten|nodos|nodi)\b", re.IGNORECASE)
_CPUS = re.compile(r"\b(\d{1,4})\s{0,3}(?:v?cpus?|c(?:œ|oe)urs|cores|processeurs|kerne)\b", re.IGNORECASE)
_MEMORY = re.compile(r"\b(\d{1,6}\s{0,3}(?:[GMT]i?[oB]))\b")
_ABOUT_MACHINE = re.compile(r"\b(?:ram|m[ée]moire|memory|v?cpus?|c(?:œ|oe)urs|cores)\b", re.IGNORECASE)
_CLOUD_APP = re.compile(r"-AC$")


def read(lines: Sequence[str], source: str) -> Reading | None:
    """Components and facts that a text speaks of; the first mention of each counts."""
    found: list[Component] = []
    agents: list[Component] = []
    facts: Facts = {}
    for number, line in enumerate(lines, 1):
        # A user agent names browsers that it is not, and systems of ten years ago.
        text, agent, rest = line.partition("Mozilla/")
        for item in _components(text, f"{source}#line {number}"):
            if not any(_is_same(item, old) for old in found):
                found.append(item)
        if agent and (browser := _browser(rest, f"{source}#line {number}")):
            agents.append(browser)
        _facts(text, facts)
    if not any(item.kind == "browser" for item in found):
        found += agents[:1]
    if any(_CLOUD_APP.search(item.version or "") for item in found):
        facts.setdefault("deployment", "cloud")
    name = "wiki-table" if sum(line.lstrip().startswith("|") for line in lines) > 1 else "free-text"
    return Reading("parsed", name, components=found, facts=facts) if found else None


def _browser(agent: str, place: str) -> Component | None:
    """The browser that a user agent stands for."""
    for name, pattern in _USER_AGENTS:
        if match := pattern.search(agent[:1000]):
            return component("browser", name, match.group(1), match.group(), place)
    return None


def _is_same(new: Component, old: Component) -> bool:
    return new.kind == old.kind and (new.kind in SINGLE_KINDS or new.name == old.name)


def _components(text: str, place: str) -> Iterator[Component]:
    if not re.search(r"\d", text) and not _CLOUD.search(text):
        return
    taken = -1
    for start, end, known, version in sorted(_mentions(text), key=lambda mention: (mention[0], -mention[1])):
        if start >= taken:
            taken = end
            yield component(known.kind, known.name, version, text[start:end], place)
    if match := _APP.search(text):
        yield component("plugin", "app", match.group(1), match.group(), place)
    if (cloud := _CLOUD.search(text)) and cloud.group(1):
        yield component("product", cloud.group(1).capitalize(), None, cloud.group(), place)


def _mentions(text: str) -> Iterator[tuple[int, int, names.Known, str]]:
    for known in names.KNOWN:
        for match in _with_version(known).finditer(text):
            version = match.group(1) or match.group(2)
            if known.name in ("Debian", "Ubuntu") and _PACKAGE_REVISION.match(text, match.end()):
                continue
            # "Jira 2" is more likely prose than a version; databases, Java and browsers are told by one number.
            if "." in version or known.kind != "product":
                yield match.start(), match.end(), known, _text(known.kind, version)


def _text(kind: str, version: str) -> str:
    reader = versions.read_java if kind == "jvm" else versions.read
    return reader(version).text or version


@cache
def _with_version(known: names.Known) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])(?:{known.pattern})(?![\w])(?:{_BETWEEN}|{_SAID})", re.IGNORECASE)


def _facts(text: str, facts: Facts) -> None:
    if (nodes := _NODES.search(text)) and int(nodes.group(1)) > 1:
        facts.setdefault("clustered", True)
    if cpus := _CPUS.search(text):
        facts.setdefault("cpu_count", int(cpus.group(1)))
    if (memory := _MEMORY.search(text)) and _ABOUT_MACHINE.search(text):
        facts.setdefault("memory_mb", megabytes(memory.group(1)))
    if _CLOUD.search(text):
        facts.setdefault("deployment", "cloud")
    elif _DATA_CENTER.search(text):
        facts.setdefault("deployment", "datacenter")
