"""The signature of calls to a host."""

from __future__ import annotations

import pytest
import requests

from connect import tokens
from connect.host import ConnectAuth, Host
from connect.http import UpstreamError

NOW = 1_790_000_000
WIKI = Host("https://acme.atlassian.net/wiki", "client-1", "fairtrial", "a-shared-secret-of-enough-length")


def prepared(url: str, method: str = "GET") -> requests.PreparedRequest:
    return requests.Request(method, url, auth=ConnectAuth(WIKI, lambda: NOW + 0.9)).prepare()


def test_the_token_is_for_this_url_from_the_app_to_the_tenant() -> None:
    url = "https://acme.atlassian.net/wiki/api/v2/pages/1?status=current,trashed&title=A+%C3%A9&title=.1&title=%3A1"
    token = prepared(url, "put").headers["Authorization"].removeprefix("JWT ")
    claims = tokens.verify_request(
        token, [WIKI.shared_secret], method="PUT", raw_url=url, base_url=WIKI.base_url, now=NOW
    )
    assert (claims.issuer, claims.issued_at, claims.expires_at) == ("fairtrial", NOW, NOW + 180)
    with pytest.raises(tokens.TokenError, match="wrong-qsh"):
        tokens.verify_request(token, [WIKI.shared_secret], method="PUT", raw_url=url, base_url="", now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.net/wiki/api/v2/pages",
        "http://acme.atlassian.net/wiki/api/v2/pages",
        "https://acme.atlassian.net:8443/wiki/api",
        "https://acme.atlassian.net.evil.net/wiki/api",
        "https://acme.atlassian.net@evil.net/wiki/api",
        "https://acme.atlassian.net/wikipedia",
        "https://acme.atlassian.net/rest/api/3/myself",
        "https://acme.atlassian.net/wiki/../rest/api/3/myself",
        "https://acme.atlassian.net/wiki/%2e%2e/rest/api/3/myself",
        "https://acme.atlassian.net/wiki/a%2f..%2f..%2frest",
    ],
)
def test_no_token_leaves_for_any_other_place(url: str) -> None:
    with pytest.raises(UpstreamError, match="refused-host"):
        prepared(url)


def test_the_secret_is_never_shown() -> None:
    assert "a-shared-secret" not in repr(WIKI)
