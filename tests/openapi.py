"""Is this request one that the official API would take? Checked against the OpenAPI files in the contracts."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.contracts import load

BASE_PATHS = {"confluence-v2": "/wiki/api/v2", "marketplace-v2.openapi.2021-09": "/rest/2"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Specification:
    """One OpenAPI document, and the operations in it by path pattern, the most literal first."""

    document: Json
    registry: Registry[Any]
    patterns: tuple[tuple[re.Pattern[str], str], ...]

    def resolve(self, node: Json) -> Json:
        """The node behind a local `$ref`, or the node itself."""
        while "$ref" in node:
            reference, node = node["$ref"], self.document
            for step in reference.removeprefix("#/").split("/"):
                node = node[unquote(step).replace("~1", "/").replace("~0", "~")]
        return node

    def errors(self, schema: Json, value: object) -> list[str]:
        """What is wrong with `value` by `schema`, as short lines."""
        validator = OAS30Validator(_absolute(schema), registry=self.registry)
        return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


def check(spec_name: str, method: str, url_path_with_query: str, body: object | None) -> None:
    """Raise AssertionError unless the request is valid by `contracts/openapi/<spec_name>.json`.

    `url_path_with_query` is raw, as sent, from the root of the host (`/wiki/api/v2/pages/1?status=current`).
    Unknown path, method or query parameter, a missing required one, a wrong value and a wrong body all fail.
    """
    spec = specification(spec_name)
    parts = urlsplit(url_path_with_query)
    path_values, item = _path_item(spec, parts.path, url_path_with_query)
    assert method.lower() in item, f"{method} is not an operation of {parts.path}"
    operation = item[method.lower()]
    parameters = [spec.resolve(one) for one in item.get("parameters", []) + operation.get("parameters", [])]
    _check_path(spec, parameters, path_values)
    _check_query(spec, parameters, parts.query)
    _check_body(spec, operation, body)


@lru_cache
def specification(name: str) -> Specification:
    """The parsed specification. `oneOf` is read as `anyOf`: page bodies match both of their two forms."""
    document = _any_of(load(f"openapi/{name}.json"))
    base = BASE_PATHS.get(name, "")
    templates = sorted(document["paths"], key=lambda template: (template.count("{"), template))
    patterns = tuple((_pattern(base + template), template) for template in templates)
    return Specification(document, Registry().with_resource("urn:spec", DRAFT4.create_resource(document)), patterns)


def _any_of(node: Any) -> Any:
    if isinstance(node, list):
        return [_any_of(one) for one in node]
    if isinstance(node, dict):
        return {("anyOf" if key == "oneOf" else key): _any_of(one) for key, one in node.items()}
    return node


def _absolute(schema: Any) -> Any:
    # A schema taken out of its document still finds the document.
    if isinstance(schema, list):
        return [_absolute(one) for one in schema]
    if isinstance(schema, dict):
        found = {key: _absolute(one) for key, one in schema.items()}
        if isinstance(schema.get("$ref"), str) and schema["$ref"].startswith("#"):
            found["$ref"] = "urn:spec" + schema["$ref"]
        return found
    return copy.copy(schema)


def _pattern(template: str) -> re.Pattern[str]:
    # Names of parameters may hold hyphens, so the values are told apart by order.
    return re.compile(re.sub(r"\\\{[^/]+?\\\}", "([^/]+)", re.escape(template)) + "$")


def _path_item(spec: Specification, path: str, shown: str) -> tuple[dict[str, str], Json]:
    for pattern, template in spec.patterns:
        if match := pattern.match(path):
            names = re.findall(r"\{([^}]+)\}", template)
            values = {name: unquote(value) for name, value in zip(names, match.groups(), strict=True)}
            return values, spec.document["paths"][template]
    raise AssertionError(f"no such path in the specification: {shown}")


def _check_path(spec: Specification, parameters: list[Json], values: dict[str, str]) -> None:
    for parameter in parameters:
        if parameter["in"] == "path":
            _check_values(spec, parameter, [values[parameter["name"]]])


def _check_query(spec: Specification, parameters: list[Json], query: str) -> None:
    known = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "query"}
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        given.setdefault(name, []).append(value)
    assert not given.keys() - known.keys(), f"unknown query parameters: {sorted(given.keys() - known.keys())}"
    required = {name for name, parameter in known.items() if parameter.get("required")}
    assert not required - given.keys(), f"missing query parameters: {sorted(required - given.keys())}"
    for name, values in given.items():
        _check_values(spec, known[name], values)


def _check_values(spec: Specification, parameter: Json, values: list[str]) -> None:
    schema = spec.resolve(parameter.get("schema", {}))
    name = parameter["name"]
    if schema.get("type") == "array":
        items = spec.resolve(schema.get("items", {}))
        value: Any = [_typed(items, part) for one in values for part in one.split(",")]
    else:
        assert len(values) == 1, f"{name} is given more than once"
        value = _typed(schema, values[0])
    errors = spec.errors(schema, value)
    assert not errors, f"parameter {name}: {errors}"


def _typed(schema: Json, text: str) -> Any:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _check_body(spec: Specification, operation: Json, body: object | None) -> None:
    promised = spec.resolve(operation.get("requestBody") or {})
    if body is None:
        assert not promised.get("required"), "the body is missing"
        return
    assert promised, "this operation takes no body"
    media = promised["content"].get("application/json")
    assert media is not None, f"the body should be one of {sorted(promised['content'])}"
    errors = spec.errors(media.get("schema", {}), body)
    assert not errors, f"body: {errors}"
