"""Headers that every response carries, errors included (Atlassian's security requirements 3 and 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from tests.handlers.edge import Edge
from tests.handlers.test_guards import routes

NONCE = re.compile(r"'nonce-([\w-]{20,})'")


def policy(answer: TestResponse) -> Mapping[str, str]:
    """The content security policy, directive by directive."""
    pairs = (one.strip().partition(" ") for one in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in pairs}


def require_sound(answer: TestResponse, what: str) -> None:
    """What no response may lack."""
    headers, rules = answer.headers, policy(answer)
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", what
    assert headers["Referrer-Policy"] == "no-referrer", what
    assert headers["X-Content-Type-Options"] == "nosniff", what
    assert (rules["default-src"], rules["base-uri"], rules["form-action"]) == ("'none'", "'none'", "'self'"), what
    assert "unsafe" not in headers["Content-Security-Policy"], what
    assert "*" not in headers["Content-Security-Policy"], what
    assert "X-Frame-Options" not in headers, what
    assert "Set-Cookie" not in headers, what
    assert "Server" not in headers, what


def test_every_route_carries_them_refusals_included(edge: Edge) -> None:
    for method, path, _ in routes(edge):
        with edge.client.open(path, method=method) as answer:
            require_sound(answer, path)
            if answer.status_code >= 400:
                assert answer.headers["Cache-Control"] == "no-cache, no-store", path


def test_errors_of_every_kind_carry_them(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        404: edge.client.get("/nowhere"),
        405: edge.client.post("/policy/fr"),
        413: edge.market(b" " * (1024 * 1024 + 1)),
        409: edge.lifecycle("installed", iat=-9, sharedSecret="another-secret"),
        401: edge.client.get("/staff/prospects"),
    }
    monkeypatch.setattr("services.policy.in_force", lambda *_: 1 / 0)
    answers[500] = edge.client.get("/policy/fr")
    for status, answer in answers.items():
        assert answer.status_code == status
        require_sound(answer, str(status))
        assert answer.headers["Cache-Control"] == "no-cache, no-store"


def test_what_a_site_frames_is_never_cached(edge: Edge) -> None:
    for answer in (
        edge.page("/staff/prospects"),
        edge.page("/support/panel?issueId=1"),
        edge.call("/staff/api/prospects", edge.site.context_token()),
    ):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-cache, no-store"


def test_a_page_in_a_frame_has_one_nonce_of_its_own(edge: Edge) -> None:
    seen = set()
    for _ in range(3):
        answer = edge.page("/staff/prospects")
        (nonce,) = NONCE.findall(policy(answer)["script-src"])
        assert set(re.findall(r'nonce="([^"]+)"', answer.text)) == {nonce}
        seen.add(nonce)
    assert len(seen) == 3


def test_only_our_sites_may_frame_us(edge: Edge) -> None:
    allowed = policy(edge.page("/staff/prospects"))["frame-ancestors"].split()
    assert set(allowed) == {edge.site.base_url, "https://other.atlassian.net"}
    assert policy(edge.client.get("/staff/prospects"))["frame-ancestors"].split() == allowed
    for path in ("/policy/fr", "/nowhere", "/atlassian-connect.json", "/privacy/choices/x"):
        assert policy(edge.client.get(path))["frame-ancestors"] == "'none'", path


def test_a_site_with_a_domain_of_its_own_may_frame_us_too(edge: Edge) -> None:
    edge.lifecycle("installed", displayUrl="https://Issues.Example.com/jira", sharedSecret=edge.site.secret + "2")
    edge.site.secret += "2"
    assert "https://issues.example.com" in policy(edge.page("/staff/prospects"))["frame-ancestors"].split()


@pytest.mark.parametrize("url", ["https://evil.example; script-src *", "https://*", "javascript:x", "https://a b", "*"])
def test_no_display_address_writes_the_policy(edge: Edge, url: str) -> None:
    edge.lifecycle("installed", displayUrl=url, sharedSecret=edge.site.secret + "2")
    edge.site.secret += "2"
    rules = policy(edge.page("/staff/prospects"))
    assert set(rules["frame-ancestors"].split()) == {edge.site.base_url, "https://other.atlassian.net"}
    assert rules["script-src"].startswith("'nonce-")


def test_pages_for_people_run_no_script_at_all(edge: Edge) -> None:
    for path in ("/policy/fr", "/nowhere", "/privacy/choices/x"):
        rules = policy(edge.client.get(path))
        assert (rules["script-src"], rules["connect-src"]) == ("'none'", "'none'"), path
