"""What Forge's proxy lets through to a page and back (docs/forge.md): JSON in either direction.

Source: Atlassian's reference of `invokeRemote`, and @forge/bridge 7.2.0. No header of a page's is needed here: neither
`Accept` nor a language nor a content type is promised to arrive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Response
from werkzeug.test import TestResponse

from handlers.forge import wrap
from handlers.forge_modules import PAGES
from models.database import Database
from services.marketplace import decisions
from services.marketplace.poll import take_all
from tests.handlers.forge_edge import ForgeEdge, forge_on
from tests.services.marketplace.test_decisions import ROWS

PANEL = "/forge/panel?issueId=10001"


@pytest.fixture
def forge(database: Database, install_key: rsa.RSAPrivateKey) -> Iterator[ForgeEdge]:
    """One Jira has the app by Forge; three licences are known, two of them of one organisation."""
    with forge_on(database, install_key) as forge:
        assert forge.send("app-installed", ago=5).status_code == 200
        parts = forge.edge.parts
        take_all(parts.database, parts.vault, ROWS, source="file", as_of=None, now=parts.clock())
        yield forge


def page(forge: ForgeEdge, path: str, fields: Any = None, module: str = "prospects-page") -> TestResponse:
    """Call as the script does by `invokeRemote`, and without a header beside Forge's own."""
    address = f"{path}{'&' if '?' in path else '?'}as=page&lang=fr"
    method, body = ("GET", None) if fields is None else ("POST", json.dumps(fields))
    return forge.call(address, module, method=method, body=body, headers={})


def shown(answer: TestResponse) -> str:
    assert answer.status_code < 300, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["type"] == "text/html; charset=utf-8"
    return str(answer.json["text"])


def organisation(forge: ForgeEdge) -> str:
    (item,) = forge.call("/forge/prospects?q=alice", "prospects-page").json["items"]
    prospect = forge.call(f"/forge/prospects/{item['id']}?as=page", "prospects-page").json["text"]
    return str(prospect.partition("#/staff/api/organisations/")[2].partition('"')[0].partition("?")[0])


def test_a_fragment_comes_within_json_in_the_language_that_the_address_says(forge: ForgeEdge) -> None:
    text = shown(page(forge, "/forge/prospects"))
    assert 'lang="fr"' in text and "alice@lilas.example" in text
    assert 'lang="fr"' in shown(page(forge, PANEL, module="configuration-panel"))


@pytest.mark.parametrize("route", PAGES)
def test_every_answer_to_a_page_is_json_to_the_letter(forge: ForgeEdge, route: str) -> None:
    rule = next(rule for rule in forge.edge.app.url_map.iter_rules() if rule.endpoint == route)
    path = forge.edge.app.url_map.bind("localhost").build(route, dict.fromkeys(rule.arguments, "1"))
    (module,) = PAGES[route]
    for fields in ({}, None, []) if "POST" in (rule.methods or ()) else (None,):
        answer = page(forge, path, fields, module)
        assert answer.headers["Content-Type"] == "application/json"
        assert isinstance(answer.json, dict)
        assert answer.status_code < 300 or answer.json["code"]


def test_a_program_gets_what_the_twin_gives(forge: ForgeEdge) -> None:
    assert forge.call("/forge/prospects", "prospects-page").json["total"] == 3
    assert forge.call(PANEL, "configuration-panel").json["files"] == []
    csv = forge.call("/forge/prospects.csv?purpose=support", "prospects-page")
    assert csv.headers["Content-Type"] == "text/csv; charset=utf-8" and "alice@lilas.example" in csv.text
    refused = forge.call("/forge/prospects", "prospects-page", "bob")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    kept = forge.call("/forge/views", "prospects-page", method="POST", body="name=Mine&state=won", headers=headers)
    assert kept.status_code < 300, kept.text


def test_a_refusal_keeps_its_code_on_the_way(forge: ForgeEdge) -> None:
    refused = forge.call("/forge/prospects?as=page", "prospects-page", "bob", headers={})
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/json")
    assert refused.json["code"] == "not-staff"
    assert page(forge, "/forge/nowhere").headers["Content-Type"] == "application/json"
    # This one Forge answers itself, whatever is in it: "Remote could not verify the Forge Invocation Token".
    assert page(forge, PANEL).status_code == 401


def test_a_file_arrives_byte_by_byte(forge: ForgeEdge) -> None:
    path = "/forge/prospects.csv?purpose=support"
    answer = page(forge, path)
    assert answer.json["type"] == "text/csv; charset=utf-8"
    # The mark without which a spreadsheet takes the file for one in the system's own encoding.
    assert answer.json["text"].startswith("\ufeffid,") and "alice@lilas.example" in answer.json["text"]
    assert answer.headers["Content-Length"] == str(len(answer.data))
    with forge.edge.app.test_request_context(f"{path}&as=page"):
        signed = wrap(Response('{ "é": 1.0 }', mimetype="application/json"))
    assert json.loads(signed.data) == {"type": "application/json", "text": '{ "é": 1.0 }'}


def test_a_form_comes_as_json_each_field_a_list(forge: ForgeEdge) -> None:
    path = f"/forge/organisations/{organisation(forge)}"
    fields = {"licence": ["E-1000", "E-2000"], "reason": ["sold"]}
    assert shown(page(forge, f"{path}/split", fields))
    with forge.edge.parts.database.read() as session:
        (decided,) = decisions.about(session, path.rpartition("/")[2])
    assert decided["reason"] == "sold"
    assert shown(page(forge, "/forge/views", {"name": ["Mine"], "state": ["evaluating"]})).count("Mine") >= 1
    assert shown(page(forge, "/forge/inbox/retry", {}))


@pytest.mark.parametrize("fields", [[], "text", {"name": 1}, {"name": ["a", 1]}, {"name": {"a": "b"}}, {"name": None}])
def test_what_is_no_form_is_refused(forge: ForgeEdge, fields: Any) -> None:
    refused = page(forge, "/forge/views", fields)
    assert (refused.status_code, refused.json["code"] in ("not-text", "not-an-object")) == (400, True)
