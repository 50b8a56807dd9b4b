"""Components and facts out of the values that a reader found: one place decides which name for a fact counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from services.support import limits, names, versions
from services.support.findings import SINGLE_KINDS, Component, Facts, Found
from services.support.measures import megabytes, whole_number, yes_or_no

# What products and Atlassian's own tools write where they have, or tell, no value.
_NO_VALUE = frozenset({"", "unknown", "n/a", "none", "null", "inconnu", "unbekannt", "desconocido", "hidden", "-"})
STP_MARKER = "Sanitized by Support Utility"


class Values:
    """The values found, by field; the first one of a field counts."""

    def __init__(self, found: Iterable[Found]) -> None:
        self._by_field: dict[str, list[Found]] = {}
        for item in found:
            if not is_empty(item.value):
                self._by_field.setdefault(item.field, []).append(item)

    def first(self, *fields: str) -> Found | None:
        """The value of the first of these fields that has one."""
        return next((self._by_field[field][0] for field in fields if field in self._by_field), None)

    def text(self, *fields: str) -> str | None:
        """Its text alone."""
        item = self.first(*fields)
        return item.value if item else None

    def all(self, field: str) -> list[Found]:
        """Every value of one field."""
        return self._by_field.get(field, [])


def is_empty(value: str) -> bool:
    """Is this a way of writing "no value", or the marker under which a support tool hid one?"""
    return value.strip().lower() in _NO_VALUE or STP_MARKER.lower() in value.lower()


def assemble(found: Iterable[Found], source: str, product: str | None = None) -> tuple[list[Component], Facts]:
    """Components, most important kind first, and facts. `product` is the one that the format itself implies."""
    values = Values(found)
    makers: Sequence[Callable[[Values, str, str | None], Component | None]] = (
        _product,
        _database,
        _jvm,
        _os,
        _app_server,
        _machine,
    )
    components = [component for make in makers if (component := make(values, source, product))]
    return components, facts(values)


def component(kind: str, name: str, version: str | None, raw: str, place: str, *, bundled: bool = False) -> Component:
    """A component with its texts held to their bounds."""
    return Component(
        kind,
        name.strip()[: limits.MAX_NAME_CHARS],
        version.strip()[: limits.MAX_VERSION_CHARS] if version else None,
        raw.strip()[: limits.MAX_RAW_CHARS],
        place,
        bundled,
    )


def merge(trusted: list[Component], more: Iterable[Component], *, another_node: bool = False) -> list[str]:
    """Add what a less trusted part of the same file told, in place; gives a warning for each disagreement on a name.

    A support zip holds the same fact many times: the first source that knows the version counts. What `another_node` of
    a cluster tells is as true as what the first one did, so where it differs it is kept beside it.
    """
    warnings = []
    known = {(old.kind, old.name, old.version) for old in trusted}
    for new in more:
        same_kind = [old for old in trusted if old.kind == new.kind] if new.kind in SINGLE_KINDS else []
        if not same_kind:
            if (new.kind, new.name, new.version) not in known:
                trusted.append(new)
                known.add((new.kind, new.name, new.version))
            continue
        old = same_kind[0]
        if old.name != new.name:
            warnings.append(f"sources-disagree:{new.kind}")
        elif old.version is None and new.version is not None:
            trusted[trusted.index(old)] = new
        elif another_node and new.version and all(item.version != new.version for item in same_kind):
            trusted.append(new)
            warnings.append(f"nodes-differ:{new.kind}")
    return warnings


def facts(values: Values) -> Facts:
    """Size of the machine, cluster and kind of deployment, as far as they were told."""
    told: Facts = {}
    if memory := _first_number(values.all("memory.bytes"), megabytes):
        told["memory_mb"] = memory
    if cpus := _first_number(values.all("cpu"), whole_number):
        told["cpu_count"] = cpus
    # Several cluster-information elements can stand side by side: one that says yes is enough (support.md 1.1).
    answers = [answer for item in values.all("clustered") if (answer := yes_or_no(item.value)) is not None]
    if answers:
        told["clustered"] = any(answers)
    deployment = values.text("deployment") or _cloud(values)
    if deployment or told.get("clustered"):
        told["deployment"] = deployment or "datacenter"
    return told


def _first_number(found: Sequence[Found], read: Callable[[str], int | None]) -> int | None:
    return next((number for item in found if (number := read(item.value))), None)


def _cloud(values: Values) -> str | None:
    url = values.text("base.url") or ""
    return "cloud" if re.search(r"\.(?:atlassian\.net|jira\.com)\b", url[:300]) else None


def _product(values: Values, source: str, implied: str | None) -> Component | None:
    named = values.first("product.name")
    build = values.first("jira.build")
    name = named.value if named else "Jira" if build else implied
    if not name:
        return None
    known = names.classify(name, "product")
    version = build or values.first("product.version", "version")
    raw = version or values.first("build") or named
    text = versions.read(version.value).text if version else None
    place = raw.place if raw else ""
    return component("product", known.name if known else name, text, raw.value if raw else name, _at(source, place))


def _database(values: Values, source: str, implied: str | None) -> Component | None:
    version = values.first("database.version")
    hints = ("database.name", "database.version", "database.type", "database.driver", "database.url")
    name = names.database(*(values.text(field) for field in hints))
    told = values.first("database.name")
    if not name and not told:
        return None
    evidence = version or values.first("database.name", "database.type", "database.driver")
    # A connection URL holds host names, and sometimes a password: it says which database, and is never repeated.
    raw, place = (evidence.value, evidence.place) if evidence else (str(name), _place(values.first("database.url")))
    text = versions.read_database(version.value).text if version else None
    return component("database", name or (told.value if told else ""), text, raw, _at(source, place))


def _jvm(values: Values, source: str, implied: str | None) -> Component | None:
    # The "JVM Version" of a System Info page is the version of the specification, "11" (support.md 1.2).
    version = values.first("java.version", "java.implementation", "java.specification")
    if not version:
        return None
    described = " ".join(values.text(field) or "" for field in ("java.name", "java.vendor")) + " " + version.value
    known = names.classify(described, "jvm")
    return component(
        "jvm",
        known.name if known else "Java",
        versions.read_java(version.value).text,
        version.value,
        _at(source, version.place),
    )


def _os(values: Values, source: str, implied: str | None) -> Component | None:
    distribution = values.first("os.distribution")
    whole = values.first("os")
    name, version = distribution or values.first("os.name"), None if distribution else values.first("os.version")
    if not name and not whole:
        return None
    if name:
        raw = f"{name.value} {version.value}" if version else name.value
        text = versions.read(version.value if version else name.value).text
        known = None if "windows" in name.value.lower() else names.classify(name.value, "os")
        return component("os", known.name if known else name.value, text, raw, _at(source, name.place))
    assert whole is not None  # noqa: S101 - one of the two is there
    known = names.classify(whole.value, "os")
    return component(
        "os",
        _windows_release(whole.value) or (known.name if known else whole.value.split()[0]),
        versions.read(whole.value).text,
        whole.value,
        _at(source, whole.place),
    )


def _windows_release(text: str) -> str | None:
    """`Windows Server 2022` of `Windows Server 2022 10.0`: its version is the number behind the year."""
    release = re.match(r"(?:Microsoft )?(Windows (?:Server )?\d{1,4}(?: R2)?)(?=\s\d{1,2}\.\d)", text, re.IGNORECASE)
    return release.group(1) if release else None


def _app_server(values: Values, source: str, implied: str | None) -> Component | None:
    told = values.first("app_server", "app_server.number")
    if not told:
        return None
    known = names.classify(told.value, "app_server")
    name = known.name if known else told.value.split("/")[0].strip() if told.field == "app_server" else "Apache Tomcat"
    return component("app_server", name, versions.read(told.value).text, told.value, _at(source, told.place))


def _machine(values: Values, source: str, implied: str | None) -> Component | None:
    told = values.first("os.architecture")
    return component("machine", told.value, None, told.value, _at(source, told.place)) if told else None


def _at(source: str, place: str) -> str:
    return f"{source}#{place}" if place else source


def _place(item: Found | None) -> str:
    return item.place if item else ""
