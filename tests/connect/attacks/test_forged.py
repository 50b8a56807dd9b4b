"""Forged and stolen tokens, at every route of a tenant and of an install (connect.md 1.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from connect import tokens
from handlers.guards import Access
from services.tenants.secrets import ROTATION_WINDOW
from tests.connect.attacks.siege import besieged, work_done
from tests.connect.conftest import pem
from tests.handlers.edge import BASE_URL, KEY_ID, Edge, signed
from tests.handlers.test_guards import (
    TENANT_RULES,
    bad_install_tokens,
    bad_tokens_of_a_tenant,
    routes,
    zeros,
)

INSTALLS = ("/connect/installed", "/connect/uninstalled")
NEW_SECRET = "the-second-secret-of-the-harbour-tenant"
HOST_ROUTES = ["/connect/enabled", "/connect/disabled", "/webhooks/jira/issue_created"]


def tenant_routes(edge: Edge) -> Iterator[tuple[str, str, str]]:
    """Method, path and the right hash of each route that takes a tenant's token."""
    for method, path, access in routes(edge):
        if access in TENANT_RULES:
            by_request = tokens.query_string_hash(method, path, BASE_URL)
            yield method, path, by_request if access is Access.HOST else tokens.CONTEXT_QSH


def sealed_with(secret: bytes, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """An HMAC of any key, where a library would refuse to make one."""
    head = zeros(header, claims).rpartition(".")[0]
    mac = hmac.digest(secret, head.encode(), hashlib.sha256)
    return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def forgeries(edge: Edge, qsh: str, thief: rsa.RSAPrivateKey) -> Iterator[tuple[str, str]]:
    """Tokens by somebody who has read everything but the secret."""
    claims = edge.site.claims(qsh, sub="alice")
    public, plain = pem(edge.install_key).encode(), {"typ": "JWT", "alg": "HS256"}
    for name, secret in {
        "the public key": public,
        "it stripped": public.strip(),
        "nothing": b"",
        "null": b"\0",
    }.items():
        yield f"HMAC by {name}", sealed_with(secret, plain, claims)
    for name, value in {
        "jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(thief.public_key())),
        "jku": "https://evil.example/jwks.json",
        "x5u": "https://evil.example/chain.pem",
        "x5c": [pem(thief)],
    }.items():
        yield f"{name} in an RS256 header", jwt.encode(claims, thief, "RS256", headers={name: value})
        yield f"{name} in an HS256 header", sealed_with(pem(thief).encode(), plain | {name: value}, claims)
    yield "a body that is not encoded", sealed_with(b"x", plain | {"b64": False, "crit": ["b64"]}, claims)
    yield "JSON serialisation", json.dumps({"payload": "e30", "signatures": [{"signature": ""}]}, separators=(",", ":"))
    for issuer in (
        "harbour' OR '1'='1",
        "harb%",
        " harbour",
        "harbour\u200b",
        "ｈarbour",
        "harbour\0",
        "harbour\n",
        ["harbour"],
        {"$ne": ""},
        True,
        "h" * 5_000,
    ):
        yield f"issuer {str(issuer)[:20]!r}", sealed_with(edge.site.secret.encode(), plain, claims | {"iss": issuer})


def test_no_route_of_a_tenant_takes_a_forgery(edge: Edge, thief: rsa.RSAPrivateKey) -> None:
    with besieged(edge) as siege:
        for method, path, qsh in tenant_routes(edge):
            for name, token in forgeries(edge, qsh, thief):
                siege.refused(edge.call(path, token, method), token, (path, name))


def test_bad_tokens_of_the_guards_leave_no_trace_either(edge: Edge) -> None:
    with besieged(edge) as siege:
        for method, path, qsh in tenant_routes(edge):
            for name, token in bad_tokens_of_a_tenant(edge, method, path, qsh):
                siege.refused(edge.call(path, token, method), token, (path, name))
        for path in INSTALLS:
            for name, token in bad_install_tokens(edge, path):
                siege.refused(edge.post(path, edge.site.body("installed"), f"JWT {token}"), token, (path, name))


def test_a_page_for_people_says_as_little(edge: Edge) -> None:
    url = "/staff/prospects"
    qsh = tokens.query_string_hash("GET", url, BASE_URL)
    pages = {edge.client.get(f"{url}?jwt={token}").data for _, token in bad_tokens_of_a_tenant(edge, "GET", url, qsh)}
    assert len(pages) == 1
    assert b"eyJ" not in pages.pop()


@pytest.mark.parametrize("path", [*INSTALLS, *HOST_ROUTES])
def test_a_token_that_leaked_from_a_page_calls_nothing_of_the_host(edge: Edge, path: str) -> None:
    leaked = [
        edge.site.context_token(),
        edge.site.context_token(None),
        edge.site.context_token(aud=[BASE_URL]),
        edge.site.token("GET", path),
        edge.site.token("POST", "/staff/prospects"),
        edge.site.token("POST", f"{path}?jwt=x&x=1"),
        edge.site.token("POST", path + "x"),
    ]
    with besieged(edge) as siege:
        for token in leaked:
            body = edge.site.body(path.rpartition("/")[2], sharedSecret=NEW_SECRET)
            siege.refused(edge.post(path, body, f"JWT {token}"), token, token)
            siege.refused(edge.post(f"{path}?jwt={token}", body), token, token)


def test_a_stale_secret_opens_nothing(edge: Edge) -> None:
    assert edge.lifecycle("installed", sharedSecret=NEW_SECRET).status_code == 204
    edge.now += ROTATION_WINDOW
    with besieged(edge) as siege:
        for method, path, qsh in tenant_routes(edge):
            token = signed(edge.site.claims(qsh, sub="alice"), edge.site.secret)
            siege.refused(edge.call(path, token, method), token, path)


TRICKS = [
    "asap/./key-1",
    "asap/key-1/",
    "asap//key-1",
    "/asap/key-1",
    "asap/key-1/../key-1",
    "asap/%2e%2e/asap/key-1",
    "asap%2fkey-1",
    "asap\\key-1",
    "asap/key-1#x",
    "asap/key-1?x",
    "asap/key-1\n",
    "asap/key-1\0",
    "ａsap/key-1",
    "asap/key-1\u202e",
    "x@evil.example",
    "https://evil.example/k",
    "../../etc/passwd",
    "file:///etc/passwd",
    "|sleep 5",
    "' OR 1=1 --",
    "k" * 201,
]


def test_no_key_id_becomes_another_address(edge: Edge) -> None:
    edge.keys.asked.clear()
    with besieged(edge) as siege:
        for path, kid in product(INSTALLS, TRICKS):
            token = edge.install_token(path, kid=kid)
            siege.refused(edge.post(path, edge.site.body("installed"), f"JWT {token}"), token, kid)
    assert edge.keys.asked == []


def test_a_key_id_is_text(edge: Edge) -> None:
    claims = edge.site.claims(tokens.query_string_hash("POST", INSTALLS[0], BASE_URL), aud=[BASE_URL])
    with besieged(edge) as siege:
        for kid in (None, 5, True, [KEY_ID], {"x": KEY_ID}, ""):
            token = zeros({"alg": "RS256", "kid": kid}, claims, bytes(256))
            siege.refused(edge.post(INSTALLS[0], edge.site.body("installed"), f"JWT {token}"), token, kid)


LOOKALIKES = [
    BASE_URL[:-1],
    BASE_URL + "0",
    BASE_URL + "@evil.net",
    BASE_URL.replace("localhost", "localhost."),
    BASE_URL.replace("localhost", "127.0.0.1"),
    BASE_URL.replace("localhost", "ｌocalhost"),
    BASE_URL.replace("http", "https"),
    BASE_URL.upper(),
    BASE_URL + "/connect",
    " " + BASE_URL,
    f"{BASE_URL},https://evil.net",
    {"url": BASE_URL},
    [[BASE_URL]],
    KEY_ID,
]


def test_an_audience_that_only_resembles_us_is_another(edge: Edge) -> None:
    with besieged(edge) as siege:
        for path, audience in product(INSTALLS, LOOKALIKES):
            token = edge.install_token(path, aud=audience)
            siege.refused(edge.post(path, edge.site.body("installed"), f"JWT {token}"), token, audience)


def test_size_buys_nothing(edge: Edge) -> None:
    path, padding = "/connect/enabled", "x" * 8_000
    heavy = [padding, f"{padding}.e30.e30", "." * 8_001, "e30." * 2_000, edge.site.token("POST", path, pad=padding)]
    with besieged(edge) as siege:
        for token in heavy:
            siege.refused(edge.post(path, edge.site.body("enabled"), f"JWT {token}"), token, token[:20])
            siege.refused(edge.post(f"{path}?jwt={token}", {}), token, token[:20])
        # Who has no token is not listened to: the body is not even measured.
        siege.refused(edge.post(path, b"x" * (2 * 1024 * 1024), "JWT x"), "x", "body")


def test_a_refusal_costs_the_same_whether_the_tenant_exists_or_not(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    claims, path = edge.site.claims("x"), "/webhooks/jira/issue_created"
    stranger = claims | {"iss": "nobody"}
    cases = {
        "wrong signature": signed(claims, "the-secret-of-somebody-else-entirely"),
        "unknown tenant": signed(stranger, "the-secret-of-somebody-else-entirely"),
        "unknown tenant, our tenant's secret": signed(stranger, edge.site.secret),
        "malformed": "e30.e30",
        "too long": "e" * 8_001,
        "no issuer": signed(claims | {"iss": ""}, edge.site.secret),
    }
    edge.page("/staff/prospects")  # so that the tenant is as well known as it gets
    costs = {}
    for name, token in cases.items():
        with work_done(edge, monkeypatch) as done:
            assert edge.post(path, {}, f"JWT {token}").status_code == 401
        costs[name] = done
    known, *unknown = (costs[name] for name in list(cases)[:3])
    for cost in unknown:
        assert cost["hmac"] == known["hmac"] > 0
        assert known["statement"] / 2 <= cost["statement"] <= known["statement"] * 2
    # What names no tenant is refused before any work, so it tells nothing of tenants.
    assert [dict(costs[name]) for name in ("malformed", "too long", "no issuer")] == [{}] * 3
