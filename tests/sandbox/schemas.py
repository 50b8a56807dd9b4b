"""Checks a response of the sandbox against the official OpenAPI document of its API."""

from __future__ import annotations

from functools import cache
from typing import Any

import requests
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.contracts import load

SPECS = {
    "jira": "openapi/jira-v3.json",
    "jsm": "openapi/jsm.derived-2024-07.openapi.json",
    "v2": "openapi/confluence-v2.json",
    "v1": "openapi/confluence-v1.json",
}


@cache
def spec(name: str) -> dict[str, Any]:
    document: dict[str, Any] = load(SPECS[name])
    return document


def assert_conforms(name: str, method: str, template: str, response: requests.Response) -> Any:
    """The body, once the document knows the status and its schema takes the body."""
    answers = spec(name)["paths"][template][method.lower()]["responses"]
    assert str(response.status_code) in answers, f"{response.status_code} is not a documented answer: {response.text}"
    content = answers[str(response.status_code)].get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    body = response.json() if response.content else None
    if schema:
        registry: Registry[Any] = Registry().with_resource("urn:spec", DRAFT202012.create_resource(spec(name)))
        rebased = {"$ref": f"urn:spec#{_pointer(method, template, response.status_code)}"}
        errors = list(OAS30Validator(rebased, registry=registry).iter_errors(body))
        assert not errors, errors[0].message
    return body


def _pointer(method: str, template: str, status: int) -> str:
    path = template.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
    return f"/paths/{path}/{method.lower()}/responses/{status}/content/application~1json/schema"
