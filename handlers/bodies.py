"""Reading the body of a request that came from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from handlers.errors import Problem

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def raw_body() -> bytes:
    """The body as it came; 413 where it is larger than MAX_CONTENT_LENGTH (chunked: as large)."""
    body = request.get_data()
    # Where no length was told, werkzeug stops reading at the limit and hands the first part out as the whole.
    if request.content_length is None and len(body) >= (request.max_content_length or 0) > 0:
        raise RequestEntityTooLarge()
    return body


def json_object() -> dict[str, Any]:
    """The body as a JSON object (RFC 8259: UTF-8, no NaN); 400 for anything else, 413 where it is too large."""
    return object_in(raw_body())


def object_in(raw: bytes) -> dict[str, Any]:
    """`raw` as a JSON object (RFC 8259: UTF-8, no NaN); 400 for anything else."""
    try:
        body = _JSON.decode(raw.decode())
    except (ValueError, RecursionError):
        raise Problem(400, "not-json", "the body is JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise Problem(400, "not-an-object", "the body is a JSON object")
    return body


def form() -> MultiDict[str, str]:
    """The fields of a form, or of a JSON object of texts and lists of texts; 400 for anything else.

    Forge's bridge carries JSON alone (docs/forge.md), and whether it says so is not documented.
    """
    is_json = request.is_json or (request.blueprint == "forge" and request.mimetype not in FORMS)
    given: MultiDict[str, Any] = MultiDict(json_object()) if is_json else request.form
    if not all(isinstance(value, str) for _, value in given.items(multi=True)):
        raise Problem(400, "not-text", "every field is text")
    return given


def text_fields() -> Mapping[str, str]:
    """The fields of a form where each is given once; 400 for what no database can take."""
    given = form().to_dict()
    if not all(map(is_storable, given.values())):
        raise Problem(400, "not-text", "every field is text")
    return given


def is_storable(text: str) -> bool:
    """Can the database take it? Half a surrogate pair is legal in JSON and in nothing else, NUL not in PostgreSQL."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _refuse(constant: str) -> None:
    raise ValueError("not a number of JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)
