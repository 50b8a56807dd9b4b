"""The official vectors of Atlassian's JWT libraries (157), in both directions, and 23 odd URLs."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from connect import tokens
from tests.contracts import CONTRACTS, load

pytestmark = pytest.mark.filterwarnings("ignore:The HMAC key is .* bytes long")  # the secret of 2014 is short

FILES = ("jwt/jwt-signed-urls.json", "jwt/jwt-signed-urls-0.1.0.json")
EDGES = "jwt/qsh-edge-cases-comparison.json"
UNIT_HASHES = {
    ("GET", "/"): "c88caad15a1c1a900b8ac08aa9686f4e8184539bea1deda36e2f649430df3239",
    ("GET", "/path"): "799be84a7fa35570087163c0cd9af3abff7ac05c2c12ba0bb1d7eebc984b3ac2",
}


def _vectors() -> list[Any]:
    found = []
    for name in FILES if CONTRACTS.exists() else ():
        data = load(name)
        found += [pytest.param(data["secret"], test, id=f"{name[15:-5]}-{test['name']}") for test in data["tests"]]
    return found


def _base(test: dict[str, str]) -> str:
    return "https://example.com" + test.get("addonBaseUrl", "")


def test_all_vectors_are_there() -> None:
    assert sum(len(load(name)["tests"]) for name in FILES) == 157
    assert len(load(EDGES)["cases"]) == 23


@pytest.mark.parametrize(("secret", "test"), _vectors())
def test_host_signed_urls_verify(secret: str, test: dict[str, str]) -> None:
    url = test["signedUrl"]
    token = jwt_of(url)
    claims = jwt.decode(token, options={"verify_signature": False})
    verified = tokens.verify_request(
        token, [secret], method="GET", raw_url=url, base_url=_base(test), now=claims["iat"] + 1
    )
    assert verified.issuer == claims["iss"]


@pytest.mark.parametrize(("secret", "test"), _vectors())
def test_our_signature_is_the_hosts(secret: str, test: dict[str, str]) -> None:
    url, base = test["signedUrl"], _base(test)
    assert tokens.canonical_request("GET", url, base) == test["canonicalUrl"]
    theirs = jwt.decode(jwt_of(url), options={"verify_signature": False})
    ours = tokens.sign(
        secret, issuer=theirs["iss"], qsh=tokens.query_string_hash("get", url, base), now=theirs["iat"], lifetime=180
    )
    assert jwt.decode(ours, secret, ["HS256"], options={"verify_exp": False})["qsh"] == theirs["qsh"]


def jwt_of(url: str) -> str:
    """The token in a signed URL's query."""
    return url.rpartition("jwt=")[2].partition("&")[0]


@pytest.mark.parametrize("case", load(EDGES)["cases"] if CONTRACTS.exists() else [], ids=lambda case: case["name"])
def test_odd_urls_read_as_the_java_hosts_do(case: dict[str, str]) -> None:
    assert tokens.canonical_request(case["method"], case["url"], case["baseUrl"]) == case["reference"]


@pytest.mark.parametrize(("request_line", "expected"), UNIT_HASHES.items())
def test_hashes_of_the_official_unit_tests(request_line: tuple[str, str], expected: str) -> None:
    assert tokens.query_string_hash(*request_line) == expected
