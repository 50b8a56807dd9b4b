"""Lists of software: compose files (image tags are versions), `pip freeze`, Java properties."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.support import limits, names, versions
from services.support.assembly import assemble, component
from services.support.findings import Component, Found, Reading, RefusedError

_SERVICES = re.compile(r"^services\s{0,4}:\s{0,4}(?:#.{0,200})?$")
_IMAGE = re.compile(r"^\s{1,20}image\s{0,4}:\s{0,4}[\"']?([\w./:@-]{1,300})")
_ALIAS = re.compile(r"[\s\[,]\*[A-Za-z]\w{0,30}")
_ANCHOR = re.compile(r":\s{1,4}&[A-Za-z]\w{0,30}\s")
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]{0,100})(?:\[[\w,-]{1,100}\])?==([^\s;]{1,60})")
_PROPERTY = re.compile(r"^([A-Za-z][\w.-]{1,100})\s{0,40}[=:]\s{0,40}(.{0,1000})$")
MAX_ALIASES = 50


def refuse_alias_bomb(lines: Sequence[str]) -> None:
    """YAML that is mostly references to itself is an attack on whoever loads it; we never do, and say so."""
    anchors = sum(1 for line in lines if _ANCHOR.search(line[:200]))
    if anchors > 3 and sum(len(_ALIAS.findall(line)) for line in lines[:2_000]) > MAX_ALIASES:
        raise RefusedError("yaml-aliases")


def compose(lines: Sequence[str], source: str) -> Reading | None:
    """A compose file, line by line: the passwords in its environment are never looked at, and no YAML is loaded."""
    if not any(_SERVICES.match(line) for line in lines):
        return None
    images = [(match.group(1), number) for number, line in enumerate(lines, 1) if (match := _IMAGE.match(line))]
    found = [item for image, number in images if (item := _image(image, f"{source}#line {number}"))]
    return Reading("parsed", "compose", components=found) if images else None


def _image(image: str, place: str) -> Component | None:
    path, _, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    known = names.classify(path.replace("-", " ").replace("_", " "))
    version = versions.read(tag).text if tag else None
    return component(known.kind, known.name, version, image, place) if known else None


def pip_freeze(lines: Sequence[str], source: str) -> Reading | None:
    """`pip freeze`: at least nine lines in ten are pins."""
    written = [
        (line, number) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith(("#", "-e "))
    ]
    pins = [(match, number) for line, number in written if (match := _PIN.match(line))]
    if not pins or len(pins) < 0.9 * len(written):
        return None
    found = [
        component("plugin", pin.group(1), pin.group(2), pin.group(), f"{source}#line {number}")
        for pin, number in pins[: limits.MAX_COMPONENTS]
    ]
    return Reading("parsed", "pip-freeze", components=found)


_SPDX_TAG = re.compile(r"^(SPDXVersion|PackageName|PackageVersion):\s{0,20}(\S.{0,300})$")


def spdx_tags(lines: Sequence[str], source: str) -> Reading | None:
    """SPDX 2.x as tags and values: a package's version follows its name (SPDX 2.3, 7.1 and 7.3)."""
    tags = [(match.groups(), number) for number, line in enumerate(lines, 1) if (match := _SPDX_TAG.match(line))]
    if not tags or not any(tag == "SPDXVersion" for (tag, _), _ in tags):
        return None
    packages: list[list[str]] = []
    for (tag, value), number in tags:
        if tag == "PackageName":
            packages.append([value, "", f"{source}#line {number}"])
        elif tag == "PackageVersion" and packages:
            packages[-1][1] = value
    found = [
        component("plugin", name, version or None, f"{name} {version}", place)
        for name, version, place in packages[: limits.MAX_COMPONENTS]
    ]
    return Reading("parsed", "spdx", components=found) if found else None


_PROPERTIES = {
    "jira.node.id": "node",
    "jdbc.driver": "database.driver",
    "jdbc.url": "database.url",
    "hibernate.connection.driver_class": "database.driver",
    "hibernate.connection.url": "database.url",
    "hibernate.dialect": "database.type",
}


def properties(lines: Sequence[str], source: str) -> Reading | None:
    """A Java properties file of a product, by an exact list of keys."""
    written = [(line, number) for number, line in enumerate(lines, 1) if line.strip() and line.lstrip()[0] not in "#!"]
    pairs = [(match, number) for line, number in written if (match := _PROPERTY.match(line.strip()))]
    if not pairs or len(pairs) < 0.9 * len(written):
        return None
    keys = {match.group(1) for match, _ in pairs}
    found = [
        Found(_PROPERTIES[match.group(1)], match.group(2), f"line {number}")
        for match, number in pairs
        if match.group(1) in _PROPERTIES
    ]
    product = next(
        (name for mark, name in (("jira.", "Jira"), ("confluence.", "Confluence")) if _starts(keys, mark)), None
    )
    if not product and not found:
        return None
    components, facts = assemble(found, source, product)
    if "jira.node.id" in keys:
        facts |= {"clustered": True, "deployment": "datacenter"}
    return Reading("parsed", "properties", components=components, facts=facts)


def _starts(keys: set[str], mark: str) -> bool:
    return any(key.startswith(mark) for key in keys)
