"""Nobody gets in who may not: every route has a rule, and every rule refuses every bad token and changes nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import g

from connect import tokens
from handlers.guards import CHECKS, ROUTES, Access
from handlers.staff_groups import Role
from services.tenants.secrets import ROTATION_WINDOW
from tests.connect.conftest import pem
from tests.connect.server import Reply
from tests.handlers.edge import BASE_URL, KEY_ID, Edge, Site, signed

VALUES = {"event": "issue_created", "prospect_id": "p1", "token": "t", "lang": "fr", "number": 1, "filename": "x"}
TENANT_RULES = (Access.HOST, Access.VIEWER, Access.STAFF, Access.OFFICER)
ISSUE = "/support/api/panel?issueId=10001"

Route = tuple[str, str, Access]


def routes(edge: Edge) -> Iterator[Route]:
    """Method, path and rule of everything that can be asked for."""
    with edge.app.test_request_context():
        adapter = edge.app.url_map.bind("localhost")
        for rule in edge.app.url_map.iter_rules():
            path = adapter.build(rule.endpoint, {name: VALUES.get(name, "x1") for name in rule.arguments})
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, path, ROUTES[rule.endpoint]


def zeros(header: dict[str, Any], claims: dict[str, Any], signature: bytes = bytes(32)) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def bad_tokens_of_a_tenant(edge: Edge, method: str, path: str, good_qsh: str) -> Iterator[tuple[str, str]]:
    """Each way to be wrong with a token of a tenant (connect.md 1.3, 2), the rest being right."""
    site, now = edge.site, int(time.time())

    def made(**changes: Any) -> str:
        return signed(site.claims(good_qsh, **({"sub": "alice"} | changes)), site.secret)

    claims = site.claims(good_qsh, sub="alice")
    yield "garbage", "garbage"
    yield "empty", ""
    yield "oversized", "e" * 7_000 + "." + "e" * 1_500 + ".e"
    for name in ("none", "None", "nOnE", "HS384", "RS256"):
        yield f"algorithm {name}", zeros({"typ": "JWT", "alg": name}, claims)
    yield "none, no signature", zeros({"typ": "JWT", "alg": "none"}, claims, b"")
    yield "another algorithm, well signed", jwt.encode(claims, site.secret.ljust(64, "x"), "HS512")
    yield "foreign secret", signed(claims, "the-secret-of-somebody-else-entirely")
    yield "unknown tenant", made(iss="nobody")
    yield "tenant of another case", made(iss=site.client_key.upper())
    yield "no issuer", made(iss=None)
    yield "key id", signed(claims, site.secret, {"kid": "k"})
    yield "by Atlassian's install key", jwt.encode(claims, edge.install_key, "RS256", headers={"kid": KEY_ID})
    yield "expired", made(iat=now - 1000, exp=now - 31)
    yield "from the future", made(iat=now + 60, exp=now + 900)
    yield "not yet", made(nbf=now + 60)
    yield "no exp", made(exp=None)
    yield "no iat", made(iat=None)
    yield "no qsh", made(qsh=None)
    yield "too long a life", made(exp=now + 3600)
    yield "empty qsh", made(qsh="")
    yield "qsh of another method", made(qsh=tokens.query_string_hash("PATCH", path, BASE_URL))
    yield "qsh of another path", made(qsh=tokens.query_string_hash(method, "/elsewhere", BASE_URL))
    yield "qsh of another query", made(qsh=tokens.query_string_hash(method, f"{path}?a=1", BASE_URL))
    literal = "context-qsh" if good_qsh != "context-qsh" else tokens.query_string_hash(method, path, BASE_URL)
    yield "the other class of token", made(qsh=literal)
    yield "nearly the literal", made(qsh="context-qsh ")


def bad_install_tokens(edge: Edge, path: str) -> Iterator[tuple[str, str]]:
    """Each way to be wrong with an install token."""
    now = int(time.time())
    public = pem(edge.install_key)
    qsh = tokens.query_string_hash("POST", path, BASE_URL)
    claims = edge.site.claims(qsh, aud=[BASE_URL])
    yield "garbage", "garbage"
    yield "the tenant's own HS256", signed(claims, edge.site.secret)
    yield "the tenant's own HS256 with a key id", signed(claims, edge.site.secret, {"kid": KEY_ID})
    yield "none", zeros({"alg": "none", "kid": KEY_ID}, claims, b"")
    head = zeros({"typ": "JWT", "alg": "HS256", "kid": KEY_ID}, claims).rpartition(".")[0]
    mac = hmac.digest(public.encode(), head.encode(), hashlib.sha256)
    yield "the public key as HMAC secret", f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    yield "another's key", edge.install_token(path, key=rsa.generate_private_key(65537, 2048))
    yield "no key id", edge.install_token(path, kid=None)
    for kid in ("", "../key-1", "asap/../asap/key-1", "//evil.example/k", "http://evil.example/k", "unknown", "k?x"):
        yield f"key id {kid}", edge.install_token(path, kid=kid)
    for audience in (None, [], BASE_URL + ".evil.net", "https://evil.net/?" + BASE_URL, BASE_URL + "//", [None]):
        yield f"audience {audience}", edge.install_token(path, aud=audience)
    yield "expired", edge.install_token(path, iat=now - 1000, exp=now - 31)
    yield "no exp", edge.install_token(path, exp=None)
    yield "no iat", edge.install_token(path, iat=None)
    yield "too long a life", edge.install_token(path, exp=now + 3600)
    yield "no issuer", edge.install_token(path, iss=None)
    yield "context-qsh", edge.install_token(path, qsh="context-qsh")
    yield "context token of a page", edge.site.context_token()
    yield "qsh of the other call", edge.install_token("/connect/elsewhere")


def test_every_route_has_a_rule_and_every_rule_a_check(edge: Edge) -> None:
    endpoints = {rule.endpoint for rule in edge.app.url_map.iter_rules()}
    assert endpoints == set(ROUTES)
    assert set(CHECKS) == set(Access)
    assert not {rule.rule for rule in edge.app.url_map.iter_rules() if rule.rule.endswith("/")}


def test_a_route_without_a_rule_answers_nobody(bare: Edge) -> None:
    bare.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = bare.client.get("/forgotten")
    assert (answer.status_code, "secret" in answer.text) == (403, False)


def test_anonymous_gets_only_what_is_for_anyone(edge: Edge) -> None:
    before = edge.snapshot()
    for method, path, access in routes(edge):
        status = edge.client.open(path, method=method, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code
        if access is Access.ANYONE:
            # 404: no such file, no such version; 400: a form without anything in it.
            assert status in (200, 404) if method == "GET" else status == 400, (method, path, status)
        elif access is Access.SIGNED_LINK:
            assert status == 404 or method == "POST", (method, path, status)
            assert status in (400, 404), (method, path, status)
        else:
            assert status in (401, 403, 404), (method, path, status)
            assert status != 404 or "/forge/" in path, (method, path)  # that door is shut
    assert edge.snapshot() == before


def test_every_route_of_a_tenant_refuses_every_bad_token(edge: Edge) -> None:
    before, answers = edge.snapshot(), set()
    for method, path, access in routes(edge):
        if access not in TENANT_RULES:
            continue
        for_context = access is not Access.HOST
        qsh = tokens.CONTEXT_QSH if for_context else tokens.query_string_hash(method, path, BASE_URL)
        for name, token in bad_tokens_of_a_tenant(edge, method, path, qsh):
            answer = edge.call(path, token, method)
            assert answer.status_code == 401, (method, path, name, answer.status_code)
            answers.add(answer.text)
    # One answer for all: nobody learns which check failed, or whether a tenant exists.
    assert len(answers) == 1
    assert edge.snapshot() == before


@pytest.mark.parametrize("event", ["installed", "uninstalled"])
def test_install_calls_refuse_every_bad_token(edge: Edge, event: str) -> None:
    before, path = edge.snapshot(), f"/connect/{event}"
    body = edge.site.body(event, sharedSecret="a-secret-that-nobody-should-store")
    for name, token in bad_install_tokens(edge, path):
        answer = edge.post(path, body, f"JWT {token}")
        assert (answer.status_code, answer.json["code"]) == (401, "token-refused"), (name, answer.text)
    assert edge.snapshot() == before


@pytest.mark.parametrize("event", ["enabled", "disabled"])
def test_switching_calls_take_no_install_token(edge: Edge, event: str) -> None:
    path = f"/connect/{event}"
    assert edge.post(path, edge.site.body(event), f"JWT {edge.install_token(path)}").status_code == 401


def test_a_token_counts_in_the_header_or_in_the_query_but_not_two_of_them(edge: Edge) -> None:
    url = "/staff/prospects"
    good, other = edge.site.token("GET", url), edge.site.token("GET", url, sub="olivia")

    def status(header: str | None, *in_query: str) -> int:
        query = "".join(f"{'&' if number else '?'}jwt={token}" for number, token in enumerate(in_query))
        return edge.client.get(url + query, headers={"Authorization": header} if header else {}).status_code

    assert status(f"JWT {good}") == status(f"jwt {good}") == status(None, good) == status(f"JWT {good}", good) == 200
    assert status(f"JWT {good}", other) == status(f"JWT {other}", good) == status(None, good, other) == 401
    assert status(f"JWT {good}", "") == status(f"Bearer {good}") == status(good) == status(None) == 401


def test_leeway_is_thirty_seconds_and_life_is_capped(edge: Edge) -> None:
    now = int(time.time())

    def status(**claims: Any) -> int:
        return edge.page("/staff/prospects", **claims).status_code

    assert status(iat=now - 900, exp=now - 25) == 200
    assert status(iat=now - 900, exp=now - 35) == 401
    assert status(iat=now + 25, exp=now + 900) == 200
    assert status(iat=now + 40, exp=now + 900) == 401
    assert (status(iat=now, exp=now + 955), status(iat=now, exp=now + 1000)) == (200, 401)


def test_the_hash_covers_the_raw_path_and_query(edge: Edge) -> None:
    url = "/staff/prospect?id=a%2Fb&q=%C3%A9+x&q=1&empty"
    assert edge.page(url).status_code == 200
    token = edge.site.token("GET", url)
    for tampered in (url + "&id=c", url.replace("a%2Fb", "a"), "/staff/prospects", "//staff/prospect?id=a%2Fb"):
        assert edge.call(tampered, token).status_code in (401, 404), tampered


def test_double_slashes_are_not_redirected_with_the_token(edge: Edge) -> None:
    answer = edge.client.get("/staff//prospects?jwt=canary")
    assert (answer.status_code, "Location" in answer.headers) == (404, False)


def test_tenants_are_kept_apart(edge: Edge) -> None:
    other = Site(edge.site.base_url + "/wiki", "other", "another-secret-of-another-tenant-1", "confluence")
    assert edge.lifecycle("installed", other).status_code == 204
    assert edge.page("/staff/prospects", other).status_code == 200
    forged = signed(edge.site.claims(tokens.CONTEXT_QSH, sub="alice"), other.secret)
    assert edge.call("/staff/api/prospects", forged).status_code == 401


def test_the_caller_is_who_the_token_says(edge: Edge) -> None:
    with edge.app.test_request_context(headers={"Authorization": f"JWT {edge.site.context_token('olivia', '10001')}"}):
        CHECKS[Access.OFFICER]()
        caller = g.caller
    assert (caller.client_key, caller.account_id, caller.product) == ("harbour", "olivia", "jira")
    assert (caller.host, caller.roles) == (edge.site.base_url, {Role.STAFF, Role.OFFICER})
    assert caller.context == {"jira": {"issue": {"id": "10001", "key": "CASE-10001"}}}


def code_of(edge: Edge, access: Access, account: str | None, site: Site | None = None) -> str:
    """What the check of a rule says to somebody's context token."""
    token = (site or edge.site).context_token(account)
    with edge.app.test_request_context(headers={"Authorization": f"JWT {token}"}):
        try:
            CHECKS[access]()
        except Exception as error:
            return str(error)
    return "ok"


def test_staff_and_officers_are_told_apart(edge: Edge) -> None:
    says = {who: (code_of(edge, Access.STAFF, who), code_of(edge, Access.OFFICER, who)) for who in edge.groups}
    assert says == {
        "alice": ("ok", "not-an-officer"),
        "olivia": ("ok", "ok"),
        "bob": ("not-staff", "not-an-officer"),
    }
    assert code_of(edge, Access.STAFF, None) == code_of(edge, Access.STAFF, "") == "anonymous"
    assert code_of(edge, Access.STAFF, "mallory") == "not-staff"


def test_groups_are_asked_of_jira_as_the_app_and_remembered(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        assert edge.call("/staff/api/prospects", edge.site.context_token()).status_code == 200
    (asked,) = edge.jira.asked
    assert asked.url == "/rest/api/3/user/groups?accountId=alice"
    claims = jwt.decode(
        asked.headers["Authorization"].removeprefix("JWT "), edge.site.secret, ["HS256"], audience="harbour"
    )
    assert claims["iss"] != edge.site.client_key
    edge.groups["alice"] = []
    later = time.monotonic() + 121
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert edge.call("/staff/api/prospects", edge.site.context_token()).status_code == 403


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(403),
        Reply(401),
        Reply(404),
        Reply(429, b"", {"Retry-After": "1"}),
        Reply(302, b"", {"Location": "/elsewhere"}),
        Reply(200, b"<html>log in</html>"),
        Reply(200, {"name": "prospects-viewers"}),
        Reply(200, [{"name": ["prospects-viewers"]}]),
        Reply(200, [{"name": "prospects-viewers "}, {"name": "Prospects-Viewers"}]),
        Reply(raw=lambda write: write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[")),
    ],
)
def test_a_jira_that_cannot_say_means_no(edge: Edge, reply: Reply) -> None:
    edge.jira.answer = lambda _: reply
    for _ in range(2):
        answer = edge.call("/staff/api/prospects", edge.site.context_token())
        assert (answer.status_code, answer.json["code"]) == (403, "not-staff")
    assert len(edge.jira.asked) == 1  # a failure is remembered too, for a few seconds


def test_a_slow_jira_means_no_within_the_time_limit(edge: Edge) -> None:
    def drip(write: Callable[[bytes], None]) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        time.sleep(1.5)

    edge.jira.answer = lambda _: Reply(raw=drip)
    edge.parts.outbound = type(edge.parts.outbound)([edge.jira.netloc], timeout=1)
    started = time.monotonic()
    assert code_of(edge, Access.STAFF, "alice") == "not-staff"
    assert time.monotonic() - started < 1.4
    edge.parts.outbound.close()


def test_a_failure_is_not_remembered_for_long(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    edge.jira.answer = lambda _: Reply(500)
    assert code_of(edge, Access.STAFF, "alice") == "not-staff"
    edge.jira.answer = edge.answer
    later = time.monotonic() + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert code_of(edge, Access.STAFF, "alice") == "ok"


def test_a_page_in_confluence_is_asked_for_at_the_jira_of_its_site(edge: Edge) -> None:
    wiki = Site(edge.site.base_url + "/wiki", "wiki", "the-secret-of-the-wiki-of-the-site", "confluence")
    assert edge.lifecycle("installed", wiki).status_code == 204
    assert code_of(edge, Access.STAFF, "alice", wiki) == "ok"
    assert code_of(edge, Access.STAFF, "bob", wiki) == "not-staff"
    assert edge.lifecycle("uninstalled").status_code == 204
    assert code_of(edge, Access.STAFF, "olivia", wiki) == "not-staff"


def test_pages_end_with_the_uninstall_and_calls_under_way_with_the_window(edge: Edge) -> None:
    assert edge.lifecycle("uninstalled").status_code == 204
    assert code_of(edge, Access.STAFF, "alice") == "uninstalled"
    assert edge.hook("issue_created", {}).status_code == 204
    edge.now += ROTATION_WINDOW
    assert edge.hook("issue_created", {}).status_code == 401


def panel(edge: Edge, token: str) -> tuple[int, str]:
    answer = edge.call(ISSUE, token)
    return answer.status_code, answer.json.get("code", "ok")


def browsing(*issues: int) -> Reply:
    grants = [{"permission": "BROWSE_PROJECTS", "issues": list(issues), "projects": []}]
    return Reply(200, {"projectPermissions": grants, "globalPermissions": []})


def test_the_panel_is_for_its_own_issue_and_for_who_may_see_it(edge: Edge) -> None:
    edge.jira.answer = lambda _: browsing(10001)
    assert panel(edge, edge.site.context_token("carol", "10001")) == (200, "ok")
    (asked,) = edge.jira.asked
    assert (asked.path, asked.json["accountId"]) == ("/rest/api/3/permissions/check", "carol")
    assert panel(edge, edge.site.context_token("carol", "10002")) == (403, "another-issue")
    assert panel(edge, edge.site.context_token("carol")) == (403, "another-issue")
    assert panel(edge, edge.site.context_token(None, "10001")) == (403, "anonymous")
    assert panel(edge, edge.site.token("GET", ISSUE, sub="carol")) == (401, "token-refused")
    assert len(edge.jira.asked) == 1


@pytest.mark.parametrize(
    "reply", [browsing(), browsing(10002), Reply(500), Reply(403), Reply(200, b"junk"), Reply(200, {})]
)
def test_who_may_not_browse_or_cannot_be_asked_for_sees_no_panel(edge: Edge, reply: Reply) -> None:
    edge.jira.answer = lambda _: reply
    assert panel(edge, edge.site.context_token("carol", "10001")) == (403, "may-not-browse")
