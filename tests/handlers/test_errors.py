"""Errors: problem+json for machines, a plain page for people in their language, and nothing of the input in either."""

from __future__ import annotations

import json

import pytest

from tests.handlers.edge import Edge

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "path", ["/connect/installed", "/webhooks/jira/x", "/staff/api/prospects", "/support/api/panel"]
)
def test_machines_get_problem_json_whatever_they_accept(edge: Edge, path: str) -> None:
    for accept in ("*/*", "text/html", "application/json", ""):
        answer = edge.client.get(path, headers={"Accept": accept})
        assert answer.mimetype == "application/problem+json"
        problem = json.loads(answer.text)
        assert problem["status"] == answer.status_code
        assert {"type", "title", "status", "code"} <= set(problem)


@pytest.mark.parametrize(("lang", "words"), [("fr", "Il n'y a rien ici"), ("en", "There is nothing here")])
def test_people_get_a_page_in_their_language(edge: Edge, lang: str, words: str) -> None:
    answer = edge.client.get("/privacy/choices/x", headers={"Accept": "text/html", "Accept-Language": lang})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert f'<html lang="{lang}"' in answer.text
    if lang == "en":
        assert words in answer.text
    else:
        assert "There is nothing here" not in answer.text


def test_nothing_of_the_input_is_in_an_error(edge: Edge) -> None:
    answers = [
        edge.client.get(f"/{CANARY}?jwt={CANARY}"),
        edge.client.get(f"/staff/prospects?id={CANARY}&jwt={CANARY}"),
        edge.client.get(f"/privacy/choices/{CANARY}"),
        edge.client.post(f"/u/{CANARY}", data={CANARY: CANARY}),
        edge.post(f"/webhooks/jira/{CANARY}", {CANARY: CANARY}, f"JWT {CANARY}"),
        edge.post("/webhooks/marketplace", {CANARY: CANARY}, **{"X-Hub-Signature": CANARY, "Webhook-Id": CANARY}),
        edge.market({"type": 5, CANARY: CANARY}),
        edge.lifecycle("installed", baseUrl=f"https://{CANARY}.example"),
        edge.lifecycle("installed", productType=CANARY),
        edge.lifecycle("uninstalled", key=CANARY),
        edge.client.open(f"/{CANARY}", method="CANARY"),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert CANARY not in answer.text
        assert CANARY not in str(answer.headers)


def test_a_fault_of_ours_tells_nothing_of_itself(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr("services.prospects.list_prospects", broken)
    answer = edge.call("/staff/api/prospects", edge.site.context_token())
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text


def test_what_may_be_done_instead_is_told(edge: Edge) -> None:
    answer = edge.client.get("/connect/installed")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) >= {"POST"}
