"""JSON: bills of materials, texts in Atlassian's document format, answers of forms, serverInfo. HAR is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.support import limits, names, versions
from services.support.assembly import component
from services.support.findings import Component, Reading, RefusedError

MAX_DOCUMENT_DEPTH = 64
_HAR = re.compile(r"^\s{0,100}\{\s{0,100}\"log\"\s{0,100}:\s{0,100}\{")
_BLOCKS = frozenset(
    {"paragraph", "heading", "codeBlock", "listItem", "tableCell", "tableHeader", "hardBreak", "expand"}
)


def refuse_har(head: str) -> None:
    """A HAR file is a recording of cookies, tokens and bodies: it is not read at all (support.md 1.4)."""
    if _HAR.match(head):
        raise RefusedError("har")


def parse(text: str) -> Any:
    """The JSON value of a bounded text; ValueError when it is none, `RefusedError` when it nests without end."""
    try:
        return json.loads(text)
    except RecursionError:
        raise RefusedError("json-too-deep") from None


def read(document: Any, source: str) -> Reading | None:
    """A bill of materials or serverInfo; None when the document is something else."""
    if not isinstance(document, dict):
        return None
    if document.get("bomFormat") == "CycloneDX":
        return _reading("cyclonedx", _cyclonedx(document, source))
    if "spdxVersion" in document:
        return _reading("spdx", _spdx(document, source))
    if "spdx" in str(document.get("@context"))[:500] and isinstance(document.get("@graph"), list):
        return _reading("spdx", _spdx3(document, source))
    if isinstance(document.get("log"), dict) and {"entries", "pages", "creator"} & document["log"].keys():
        raise RefusedError("har")
    return _server_info(document, source)


def texts(document: Any) -> list[str] | None:
    """The lines of a document that holds text for people: ADF, or fields and answers of a request form."""
    if isinstance(document, list):
        return _answers(document)
    if not isinstance(document, dict):
        return None
    if document.get("type") == "doc" and isinstance(document.get("content"), list):
        return "".join(_adf(document, 0)).split("\n")
    held = [
        document.get("requestFieldValues"),
        _within(document, "form", "answers"),
        _within(document, "state", "answers"),
    ]
    if all(value is None for value in held):
        return None
    return [line for value in held for text in _strings(value, 0) for line in text.split("\n")]


def _answers(document: Sequence[Any]) -> list[str] | None:
    """A form's answers as Atlassian's forms API lists them: `[{"label": question, "answer": text}]`."""
    pairs = [
        (str(item["label"]), str(item["answer"])) for item in _objects(document) if {"label", "answer"} <= item.keys()
    ]
    return [line for label, answer in pairs for line in _answer(label, answer).split("\n")] or None


def _answer(label: str, answer: str) -> str:
    # "Which Confluence version do you use?" asks for a version of what it names.
    known = names.classify(label[: limits.MAX_NAME_CHARS])
    return f"{known.name} {answer}" if known and answer[:1].isdigit() else f"{label}: {answer}"


def _reading(name: str, components: Iterator[Component]) -> Reading:
    found: list[Component] = []
    for item in components:
        if len(found) == limits.MAX_COMPONENTS:
            return Reading("parsed", name, components=found, warnings=["truncated:components"])
        found.append(item)
    return Reading("parsed", name, components=found)


def _cyclonedx(document: Mapping[str, Any], source: str) -> Iterator[Component]:
    described = _within(document, "metadata", "component")
    if isinstance(described, dict) and described.get("name"):
        kind = "product" if described.get("type") == "application" else "plugin"
        yield _listed(described, "version", kind, f"{source}#metadata/component")
    for number, item in enumerate(_objects(document.get("components"))):
        kind = {"operating-system": "os", "device": "machine"}.get(str(item.get("type")), "plugin")
        yield _listed(item, "version", kind, f"{source}#components[{number}]")


def _spdx(document: Mapping[str, Any], source: str) -> Iterator[Component]:
    for number, item in enumerate(_objects(document.get("packages"))):
        kind = "os" if item.get("primaryPackagePurpose") == "OPERATING-SYSTEM" else "plugin"
        yield _listed(item, "versionInfo", kind, f"{source}#packages[{number}]")


def _spdx3(document: Mapping[str, Any], source: str) -> Iterator[Component]:
    for number, item in enumerate(_objects(document.get("@graph"))):
        if str(item.get("type", item.get("@type"))).endswith("Package"):
            key = "software_packageVersion" if "software_packageVersion" in item else "packageVersion"
            yield _listed(item, key, "plugin", f"{source}#@graph[{number}]")


def _listed(item: Mapping[str, Any], version_key: str, kind: str, place: str) -> Component:
    name, version = str(item.get("name", "")), item.get(version_key)
    known = names.classify(name) if str(item.get("type")) in ("application", "platform", "operating-system") else None
    text = versions.read_whole(str(version)).text if version is not None else None
    kind = known.kind if known and known.kind != "browser" else kind
    raw = str(item.get("purl") or f"{name} {version or ''}")
    return component(kind, known.name if known else name, text, raw, place)


def _server_info(document: Mapping[str, Any], source: str) -> Reading | None:
    if not {"baseUrl", "version", "buildNumber"} <= document.keys():
        return None
    raw = str(document["version"])
    reading = Reading(
        "parsed", "server-info", components=[component("product", "Jira", versions.read(raw).text, raw, source)]
    )
    if str(document.get("deploymentType")).lower() == "cloud":
        reading.facts["deployment"] = "cloud"
    return reading


def _adf(node: Any, depth: int) -> Iterator[str]:
    """Text of Atlassian's document format. Mentions are names of people and are dropped; media are ids only."""
    if not isinstance(node, dict) or depth > MAX_DOCUMENT_DEPTH:
        return
    kind = node.get("type")
    if kind == "text":
        yield str(node.get("text", ""))
    children = node.get("content")
    if kind == "tableRow" and isinstance(children, list):
        cells = ["".join(_adf(cell, depth + 1)).strip().replace("\n", " ") for cell in children]
        yield "|" + "|".join(cells) + "|\n"
        return
    for child in children if isinstance(children, list) else []:
        yield from _adf(child, depth + 1)
    if kind in _BLOCKS:
        yield "\n"


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < MAX_DOCUMENT_DEPTH and isinstance(value, dict):
        if value.get("type") == "doc":
            yield "".join(_adf(value, 0))
        else:
            for inner in value.values():
                yield from _strings(inner, depth + 1)
    elif depth < MAX_DOCUMENT_DEPTH and isinstance(value, list):
        for inner in value:
            yield from _strings(inner, depth + 1)


def _within(document: Mapping[str, Any], *path: str) -> Any:
    value: Any = document
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
