"""Ways in which other implementations were fooled (reference: connect.md 1.3 and 2), each refused with its own code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from connect import tokens
from connect.tokens import TokenError
from tests.connect.conftest import pem

NOW = 1_790_000_000
SECRET = "the-shared-secret-of-the-harbour-tenant"
BASE = "https://app.example.com/fair"
URL = "/fair/webhooks/jira/issue_created?project=CASE&user_id=ada"
INSTALL = "/fair/connect/installed"


def claims(**changes: Any) -> dict[str, Any]:
    """A host's claims for URL; a change to None takes a claim out."""
    qsh = tokens.query_string_hash("POST", URL, BASE)
    found = {"iss": "harbour", "iat": NOW, "exp": NOW + 900, "qsh": qsh} | changes
    return {name: value for name, value in found.items() if value is not None}


def hs256(header: dict[str, Any] | None = None, secret: str = SECRET, **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, "HS256", headers=header)


def by_hand(header: dict[str, Any], body: bytes) -> str:
    """A token of any header and any payload, with a signature of zeros."""
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (json.dumps(header).encode(), body, bytes(32))
    )


def request_code(token: str, url: str = URL, method: str = "POST", now: int = NOW) -> str:
    """The refusal of a request token, or `ok`."""
    return refusal(
        lambda: tokens.verify_request(
            token, ["other-secret" * 4, SECRET], method=method, raw_url=url, base_url=BASE, now=now
        )
    )


def refusal(verify: Callable[[], object]) -> str:
    try:
        verify()
    except TokenError as error:
        return error.code
    return "ok"


def test_a_good_token_tells_who_and_when() -> None:
    token = hs256(sub="5b10", context={"jira": {"issue": {"id": "10001"}}})
    found = tokens.verify_request(token, [SECRET], method="POST", raw_url=URL, base_url=BASE, now=NOW)
    assert (found.issuer, found.subject, found.issued_at, found.expires_at) == ("harbour", "5b10", NOW, NOW + 900)
    assert found.context == {"jira": {"issue": {"id": "10001"}}}
    assert tokens.read_issuer(token) == "harbour"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("no-times", {"exp": None}),
        ("no-times", {"iat": None}),
        ("no-times", {"exp": "1790000900"}),
        ("no-times", {"iat": True}),
        ("no-times", {"exp": float("nan")}),
        ("no-times", {"exp": float("inf")}),
        ("no-times", {"exp": 10**400}),
        ("no-times", {"nbf": "soon"}),
        ("no-qsh", {"qsh": None}),
        ("no-qsh", {"qsh": ["x"]}),
        ("no-issuer", {"iss": ""}),
        ("no-issuer", {"iss": "a\x00b"}),
        ("no-issuer", {"iss": "i" * 256}),
        ("life-too-long", {"exp": NOW + 961}),
        ("from-the-future", {"iat": NOW + 31, "exp": NOW + 900}),
        ("from-the-future", {"nbf": NOW + 31}),
        ("expired", {"iat": NOW - 900, "exp": NOW - 31}),
        ("wrong-qsh", {"qsh": "context-qsh"}),
        ("wrong-qsh", {"qsh": "\ud800"}),
        ("ok", {"iat": NOW - 900, "exp": NOW - 30}),
        ("ok", {"iat": NOW + 30}),
        ("ok", {"aud": "whatever", "sub": 7, "nbf": NOW}),
    ],
)
def test_claims_of_request_tokens(code: str, changes: dict[str, Any]) -> None:
    assert request_code(hs256(**changes)) == code


@pytest.mark.parametrize("missing", ["iss", "qsh", "iat", "exp"])
def test_no_required_claim_may_be_missing(missing: str) -> None:
    changes: dict[str, Any] = {missing: None}
    assert request_code(hs256(**changes)).startswith("no-")


def test_a_token_is_good_for_its_own_request_alone() -> None:
    token = hs256()
    assert request_code(token) == "ok"
    assert request_code(token, method="GET") == "wrong-qsh"
    assert request_code(token, url=URL + "&project=OTHER") == "wrong-qsh"
    assert request_code(token, url=URL.replace("created", "deleted")) == "wrong-qsh"
    assert request_code(token, url=URL + "&jwt=" + token) == "ok"


def test_a_context_token_opens_only_context_routes() -> None:
    context = hs256(qsh="context-qsh")
    assert tokens.verify_context(context, [SECRET], now=NOW).issuer == "harbour"
    assert request_code(context) == "wrong-qsh"
    for other in (hs256(), hs256(qsh="context-qsh "), hs256(qsh="Context-qsh")):
        with pytest.raises(TokenError, match="wrong-qsh"):
            tokens.verify_context(other, [SECRET], now=NOW)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "", ["HS256"], None])
def test_the_route_decides_the_algorithm(algorithm: Any) -> None:
    body = json.dumps(claims()).encode()
    assert request_code(by_hand({"typ": "JWT", "alg": algorithm}, body)) in ("wrong-algorithm", "malformed")
    assert request_code(by_hand({"alg": algorithm}, body).rpartition(".")[0] + ".") in ("wrong-algorithm", "malformed")


def test_a_key_id_has_no_place_on_a_symmetric_token() -> None:
    assert request_code(hs256({"kid": "abc"})) == "wrong-algorithm"


def test_a_foreign_or_empty_set_of_secrets_verifies_nothing() -> None:
    assert request_code(hs256(secret="another-tenant's-secret-entirely")) == "bad-signature"
    url = {"method": "POST", "raw_url": URL, "base_url": BASE, "now": NOW}
    assert refusal(lambda: tokens.verify_request(hs256(), [], **url)) == "bad-signature"  # type: ignore[arg-type]


def test_the_last_secret_still_verifies_after_a_rotation() -> None:
    assert request_code(hs256(secret=SECRET)) == "ok"  # it is the second of the two


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "x" * 8_001, "\ud800.a.b", "é.é.é", "e30.e30.e30", "e30.W10.e30"])
def test_what_is_no_token_is_malformed(token: str) -> None:
    assert request_code(token) in ("malformed", "wrong-algorithm")
    assert refusal(lambda: tokens.read_issuer(token)) in ("malformed", "no-issuer")
    assert refusal(lambda: tokens.read_key_id(token)) in ("malformed", "wrong-algorithm")


def test_deeply_nested_json_is_malformed_and_no_crash() -> None:
    header = {"typ": "JWT", "alg": "HS256"}
    assert refusal(lambda: tokens.read_issuer(by_hand(header, b"[" * 5_000))) == "malformed"
    nested = base64.urlsafe_b64encode(b'{"a":' * 1_100).decode().rstrip("=")
    assert request_code(f"{nested}.e30.e30") == "malformed"


@pytest.mark.parametrize("issuer", ["\ud800", "a\x00", "", 5, None, "x" * 300])
def test_an_unverified_issuer_is_safe_to_look_up(issuer: Any) -> None:
    body = json.dumps({"iss": issuer}).encode()
    token = by_hand({"typ": "JWT", "alg": "HS256"}, body)
    assert refusal(lambda: tokens.read_issuer(token)) in ("no-issuer", "malformed")


def install_token(key: rsa.RSAPrivateKey, header: dict[str, Any] | None = None, **changes: Any) -> str:
    qsh = tokens.query_string_hash("POST", INSTALL, BASE)
    return jwt.encode(claims(**{"qsh": qsh, "aud": [BASE], **changes}), key, "RS256", headers=header or {"kid": "k1"})


def install_code(token: str, pem: str) -> str:
    ours = ["https://old.example.com", BASE]
    return refusal(
        lambda: tokens.verify_install(
            token, pem, method="POST", raw_url=INSTALL, base_url=BASE, audiences=ours, now=NOW
        )
    )


@pytest.mark.parametrize(
    ("code", "audience"),
    [
        ("ok", BASE),
        ("ok", [BASE + "/"]),
        ("ok", ["https://elsewhere.example", "https://old.example.com"]),
        ("wrong-audience", None),
        ("wrong-audience", []),
        ("wrong-audience", [None, 5]),
        ("wrong-audience", BASE + "//"),
        ("wrong-audience", BASE + ".evil.net"),
        ("wrong-audience", "https://evil.net/?" + BASE),
        ("wrong-audience", "https://app.example.com"),
        ("wrong-audience", BASE.upper()),
    ],
)
def test_the_audience_is_compared_letter_by_letter(
    code: str, audience: Any, install_key: rsa.RSAPrivateKey, install_pem: str
) -> None:
    assert install_code(install_token(install_key, aud=audience), install_pem) == code


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("wrong-qsh", {"qsh": "context-qsh"}),
        ("no-qsh", {"qsh": None}),
        ("no-times", {"exp": None}),
        ("no-issuer", {"iss": None}),
        ("life-too-long", {"exp": NOW + 3600}),
    ],
)
def test_claims_of_install_tokens(
    code: str, changes: dict[str, Any], install_key: rsa.RSAPrivateKey, install_pem: str
) -> None:
    assert install_code(install_token(install_key, **changes), install_pem) == code


def test_an_install_token_must_be_rs256_with_a_key_id(install_key: rsa.RSAPrivateKey, install_pem: str) -> None:
    token = install_token(install_key, {"kid": ""})
    assert install_code(token, install_pem) == "no-key-id"
    assert install_code(hs256({"kid": "k1"}, aud=[BASE]), install_pem) == "wrong-algorithm"
    assert install_code(by_hand({"alg": "none", "kid": "k1"}, b"{}"), install_pem) == "wrong-algorithm"


def test_a_public_key_is_no_hmac_secret(install_key: rsa.RSAPrivateKey, install_pem: str) -> None:
    head = by_hand({"typ": "JWT", "alg": "HS256", "kid": "k1"}, json.dumps(claims(aud=[BASE])).encode()).rpartition(
        "."
    )[0]
    mac = hmac.digest(install_pem.encode(), head.encode(), hashlib.sha256)
    forged = f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    assert install_code(forged, install_pem) == "wrong-algorithm"
    lying = install_token(install_key).split(".")
    assert request_code(".".join(lying)) == "wrong-algorithm"


def test_another_hosts_key_verifies_nothing(install_key: rsa.RSAPrivateKey) -> None:
    assert install_code(install_token(install_key), pem(rsa.generate_private_key(65537, 2048))) == "bad-signature"
    assert install_code(install_token(install_key), "not a key") == "malformed"


def test_a_hash_of_the_decoded_path_or_of_decoded_name_order_is_accepted() -> None:
    raw = "/fair/a%20b?%3Aa=1&.a=2"
    for canonical in ("POST&/a b&%3Aa=1&.a=2", "POST&/a%20b&.a=2&%3Aa=1", "POST&/a b&.a=2&%3Aa=1"):
        assert request_code(hs256(qsh=sha256(canonical)), url=raw) == "ok"


def test_an_escaped_question_mark_never_becomes_a_query() -> None:
    signed_for_another = sha256("POST&/webhooks&x=1")
    assert request_code(hs256(qsh=signed_for_another), url="/fair/webhooks%3Fx=1") == "wrong-qsh"


@pytest.mark.parametrize("url", ["http://[", "/a/http://[::x", "//", "", "*", "/%zz?%zz=%", "/fair?" + "a&" * 199])
def test_strange_urls_have_a_hash_and_no_crash(url: str) -> None:
    assert len(tokens.query_string_hash("POST", url, BASE)) == 64


def test_a_query_of_endless_fields_is_refused() -> None:
    assert request_code(hs256(), url="/fair/x?" + "a&" * 300) == "query-too-long"


def test_refusals_tell_nothing_of_the_token() -> None:
    with pytest.raises(TokenError) as caught:
        tokens.verify_request(hs256(sub="ada"), [SECRET], method="GET", raw_url=URL, base_url=BASE, now=NOW)
    assert str(caught.value) == "wrong-qsh"
    assert caught.value.__cause__ is None


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
