"""Labels and values: System Info pages as pasted, start-up logs, Tomcat's version logger, key = value dumps, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from services.support.assembly import assemble
from services.support.fields import field_of
from services.support.findings import Found, Reading

MIN_LABELS = 2
MAX_LABEL_CHARS = 100
# In longer texts a line that happens to begin like a label is more likely prose or a log.
MAX_LINES_WITHOUT_SEPARATORS = 500
MAX_LABEL_WORDS = 6
_VERSION_LOGGER = "VersionLoggerListener.log "
# Tab first: values hold colons. Two spaces are what a lost tab leaves.
_SEPARATORS = ("\t", ":", "=", "  ")

# The first mark that occurs names the format, and the product that writes it.
_FORMATS = (
    ("tomcat-version-log", None, ("VersionLoggerListener",)),
    ("jira-startup-log", "Jira", ("JiraStartupLogger", "JIRA Build ", "JIRA Installation Type")),
    (
        "confluence-system-info",
        "Confluence",
        ("confluence.status.service", "com.atlassian.confluence", "confluence.home"),
    ),
    (
        "jira-system-info",
        "Jira",
        (
            "JIRA Info",
            "Jira Info",
            "Database JNDI",
            "External user management",
            "Infos JIRA",
            "Gestion externe des utilisateurs",
            "Gestion des utilisateurs externe",
        ),
    ),
    (
        "confluence-system-info",
        "Confluence",
        ("confluence", "Confluence Home", "Confluence Information", "Confluence Version"),
    ),
    ("jira-system-info", "Jira", ("jira", "Jira")),
)


def read(lines: Sequence[str], source: str) -> Reading | None:
    """Two labels that we know, or more, make a System Info page or a log; fewer are chance."""
    found = list(_pairs(lines))
    if len({item.field for item in found}) < MIN_LABELS:
        return None
    name, product = _format(lines)
    product = product or _by_build(found)
    components, facts = assemble(found, source, product if any(item.field in _OF_PRODUCT for item in found) else None)
    return Reading("parsed", name, components=components, facts=facts) if components else None


_OF_PRODUCT = ("version", "product.version", "product.name", "jira.build", "build", "database.version")


def _pairs(lines: Sequence[str]) -> Iterator[Found]:
    loose = len(lines) <= MAX_LINES_WITHOUT_SEPARATORS
    for number, line in enumerate(lines, 1):
        if labelled := _labelled(line) or (_loosely_labelled(line) if loose else None):
            yield Found(labelled[0], labelled[1], f"line {number}")


def _labelled(line: str) -> tuple[str, str] | None:
    """The field and its value, if the line holds a label that we know."""
    text = line.partition(_VERSION_LOGGER)[2] if _VERSION_LOGGER in line else line
    text = text.strip()
    if text.startswith("|"):
        cells = [cell.strip() for cell in re.split(r"\|{1,2}", text.strip("|"), maxsplit=2)]
        return _known(cells[0], cells[1]) if len(cells) > 1 else None
    for separator in _SEPARATORS:
        label, found, value = text.partition(separator)
        if found and (known := _known(label, value)):
            return known
    return None


def _known(label: str, value: str) -> tuple[str, str] | None:
    if len(label) > MAX_LABEL_CHARS or not value.strip():
        return None
    field = field_of(label)
    return (field, value.strip()) if field else None


def _loosely_labelled(line: str) -> tuple[str, str] | None:
    """`Operating System Linux 5.14`: what a paste looks like that has lost its separators. The longest label counts."""
    words = line.split(maxsplit=MAX_LABEL_WORDS + 1)
    for count in range(min(MAX_LABEL_WORDS, len(words) - 1), 0, -1):
        value = line.split(maxsplit=count)[-1]
        known = _known(" ".join(words[:count]), value)
        if known and (count > 1 or re.match(r"[\dv]|ON\b|OFF\b", value)):
            return known
    return None


def _by_build(found: Sequence[Found]) -> str | None:
    """The product by its own numbers: build 10030002 belongs to version 10.3, as Jira counts; Confluence counts on."""
    told = {item.field: item.value.strip() for item in reversed(found)}
    version, build = re.match(r"(\d{1,2})\.(\d{1,2})", told.get("version", "")), told.get("build", "")
    if not version or not build.isdigit():
        return None
    if build.startswith(f"{version.group(1)}{int(version.group(2)):02d}") and len(build) > 6:
        return "Jira"
    return "Confluence" if len(build) == 4 else None


def _format(lines: Sequence[str]) -> tuple[str, str | None]:
    for name, product, marks in _FORMATS:
        if any(mark in line for line in lines for mark in marks):
            return name, product
    return "system-info", None
