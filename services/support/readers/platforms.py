"""What operating systems and Java say of themselves: `java -version`, /etc/os-release, Windows `systeminfo`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.support import limits, names, versions
from services.support.assembly import component
from services.support.fields import normalise
from services.support.findings import Component, Facts, Reading
from services.support.measures import megabytes, whole_number

_JAVA = re.compile(r"^\s{0,8}(?:java|openjdk) version \"([^\"]{1,80})\"")
_OS_RELEASE = re.compile(r"^([A-Z][A-Z0-9_]{1,40})=(.{0,300})$")
_SYSTEMINFO = re.compile(r"^([^:.]{3,60}?)\s?:\s{1,60}(\S.{0,300})$")


def java(lines: Sequence[str], source: str) -> Reading | None:
    """`java -version`: the quoted version, and from the lines below it whose Java it is."""
    for number, line in enumerate(lines, 1):
        if match := _JAVA.match(line):
            described = " ".join(lines[number - 1 : number + 3])[: limits.MAX_LINE_CHARS]
            # Every build of OpenJDK begins with that word: whose it is, if anybody says so, stands below.
            builder = re.sub(r"java version|openjdk(?: version)?", "", described, flags=re.IGNORECASE)
            known = names.classify(builder, "jvm") or names.classify(described.removeprefix("java version"), "jvm")
            version = versions.read_java(match.group(1)).text
            jvm = component("jvm", known.name if known else "Java", version, line, f"{source}#line {number}")
            return Reading("parsed", "java-version", components=[jvm])
    return None


def os_release(lines: Sequence[str], source: str) -> Reading | None:
    """/etc/os-release (os-release(5)): ID with a name and a version."""
    pairs = [(match.groups(), number) for number, line in enumerate(lines, 1) if (match := _OS_RELEASE.match(line))]
    values = {name: value.strip("\"'") for (name, value), _ in pairs}
    if "ID" not in values or not {"NAME", "PRETTY_NAME"} & values.keys():
        return None
    raw = values.get("PRETTY_NAME") or f"{values['NAME']} {values.get('VERSION', '')}"
    known = names.classify(values.get("NAME") or raw, "os")
    version = values.get("VERSION_ID") or versions.read(raw).text
    system = component("os", known.name if known else values.get("NAME", raw), version, raw, source)
    return Reading("parsed", "os-release", components=[system])


# Labels of `systeminfo` in English, French, German, Spanish, Italian and Portuguese. Host, owner, product id, network
# cards and domain are personal or confidential: not on the list, never read.
_WINDOWS_LABELS = {
    "name": (
        "osname",
        "nomdusystemedexploitation",
        "betriebssystemname",
        "nombredelsistemaoperativo",
        "nomeso",
        "nomedosistemaoperacional",
        "nomedoso",
    ),
    "version": (
        "osversion",
        "versiondusysteme",
        "versiondusystemedexploitation",
        "betriebssystemversion",
        "versiondelsistemaoperativo",
        "versioneso",
        "versaodosistemaoperacional",
        "versaodoso",
    ),
    "memory": (
        "totalphysicalmemory",
        "memoirephysiquetotale",
        "gesamterphysikalischerspeicher",
        "gesamterphysischerspeicher",
        "cantidadtotaldememoriafisica",
        "memoriafisicatotale",
        "memoriafisicatotal",
    ),
    "processors": (
        "processors",
        "processeurs",
        "prozessoren",
        "procesadores",
        "processore",
        "processori",
        "processadores",
    ),
    "machine": ("systemtype", "typedusysteme", "systemtyp", "tipodesistema", "tiposistema"),
}
_BY_LABEL = {label: name for name, labels in _WINDOWS_LABELS.items() for label in labels}


def systeminfo(lines: Sequence[str], source: str) -> Reading | None:
    """Windows `systeminfo` in six languages."""
    told: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(lines, 1):
        match = _SYSTEMINFO.match(line)
        name = _BY_LABEL.get(normalise(match.group(1))) if match else None
        if match and name and name not in told:
            told[name] = (match.group(2).strip(), number)
    if "windows" not in told.get("name", ("", 0))[0].lower() or not {"version", "memory"} & told.keys():
        return None
    return Reading("parsed", "systeminfo", components=list(_windows(told, source)), facts=_size(told))


def _windows(told: dict[str, tuple[str, int]], source: str) -> list[Component]:
    name, line = told["name"]
    version, _ = told.get("version", ("", 0))
    build = re.search(r"\d{1,3}\.\d{1,3}\.\d{1,6}", version)
    found = [component("os", name, build.group() if build else None, f"{name} {version}", f"{source}#line {line}")]
    if "machine" in told:
        kind, line = told["machine"]
        found.append(component("machine", kind, None, kind, f"{source}#line {line}"))
    return found


def _size(told: dict[str, tuple[str, int]]) -> Facts:
    facts: Facts = {}
    if memory := megabytes(told.get("memory", ("", 0))[0]):
        facts["memory_mb"] = memory
    if processors := whole_number(told.get("processors", ("", 0))[0]):
        facts["cpu_count"] = processors
    return facts
