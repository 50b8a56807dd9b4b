"""Calls to a site by the app's system token: the same clients, another door."""

from __future__ import annotations

import time
from collections.abc import Callable

import jwt
import pytest
import requests

from connect import forge
from connect.confluence import Confluence
from connect.fit import Site
from connect.forge import CLIENT_KEY_PROPERTY, BearerAuth, ForgeHost
from connect.http import Outbound, UpstreamError
from connect.jira import Jira
from tests.connect.server import Reply, Server
from tests.connect.site import outcome

TOKEN = "an-opaque.system_token-of-forge"
NOW = 1_790_000_000


def host(server: Server, product: str = "jira") -> ForgeHost:
    return forge.host_of(Site(product, "cloud-1", f"{server.base}/ex/{product}/cloud-1"), TOKEN)


def test_jira_is_called_below_the_api_address_with_the_token(server: Server, http: Outbound) -> None:
    server.script(Reply(200, [{"name": "staff"}]), Reply(200, {"key": "k", "value": 1}), Reply(201))
    jira = Jira(host(server), http, time.time)
    assert jira.user_groups("712020:alice") == ["staff"]
    assert jira.issue_property("SUP-1", "k") == 1
    jira.set_issue_property("SUP-1", "k", 2)
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {TOKEN}"}
    assert server.asked[0].path == "/ex/jira/cloud-1/rest/api/3/user/groups"


def test_an_attachment_comes_the_same_way(server: Server, http: Outbound) -> None:
    server.script(Reply(200, b"bytes"))
    path = Jira(host(server), http, time.time).attachment("7", max_bytes=100)
    assert path.read_bytes() == b"bytes"
    path.unlink()
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_confluence_is_below_wiki(server: Server, http: Outbound) -> None:
    server.script(Reply(200, {"results": [{"key": "LEGAL", "id": "1"}]}))
    assert Confluence(host(server, "confluence"), http, time.time).space("LEGAL") == {"key": "LEGAL", "id": "1"}
    assert server.asked[0].path == "/ex/confluence/cloud-1/wiki/api/v2/spaces"


@pytest.mark.parametrize("path", ["/ex/jira/cloud-2/rest", "/ex/jira/cloud-1/../cloud-2/rest", "/rest/api/3/myself"])
def test_the_token_goes_nowhere_else(server: Server, http: Outbound, path: str) -> None:
    request = requests.Request("GET", server.base + "/x").prepare()
    request.url = server.base + path
    with pytest.raises(UpstreamError, match="refused-host"):
        BearerAuth(host(server))(request)
    assert "Authorization" not in request.headers


def test_another_host_is_refused(server: Server, second_server: Server) -> None:
    with Outbound([server.netloc, second_server.netloc]) as http:
        call = lambda: http.request("GET", f"{second_server.base}/ex/jira/cloud-1/x", auth=BearerAuth(host(server)))  # noqa: E731
        assert outcome(call) == "refused-host"
    assert second_server.asked == []


def test_a_token_that_has_run_out_is_worth_another_try(server: Server, http: Outbound) -> None:
    server.answer = lambda _: Reply(401)
    for call in (
        lambda: Jira(host(server), http, time.time).user_groups("a"),
        lambda: Jira(host(server), http, time.time).attachment("7", max_bytes=10),
    ):
        with pytest.raises(UpstreamError) as failed:
            call()
        assert (failed.value.outcome, failed.value.permanent, failed.value.status) == ("no-token", False, 401)
        assert failed.value.retry_after == forge.WAIT_SECONDS
    server.answer = lambda _: Reply(403)
    assert outcome(lambda: Jira(host(server), http, time.time).user_groups("a")) == "forbidden"


def test_the_token_is_in_no_text(server: Server) -> None:
    assert TOKEN not in repr(host(server))
    assert TOKEN not in str(forge.no_token())


@pytest.mark.parametrize("given", [None, "", "two tokens", "a\r\nX: y", "a,b", "é", "x" * 8_001])
def test_what_is_no_token_is_none(given: str | None) -> None:
    assert forge.readable_token(given) is None
    assert forge.readable_token(TOKEN) == TOKEN


@pytest.mark.parametrize(
    ("claims", "until"),
    [
        ({"exp": NOW + 600}, NOW + 600),
        ({"exp": NOW - 600}, NOW - 600),
        ({"exp": NOW + 10**6}, NOW + forge.MAX_LIFE_SECONDS),
        ({"exp": "soon"}, NOW + forge.ASSUMED_LIFE_SECONDS),
        ({"exp": True}, NOW + forge.ASSUMED_LIFE_SECONDS),
        ({}, NOW + forge.ASSUMED_LIFE_SECONDS),
        (None, NOW + forge.ASSUMED_LIFE_SECONDS),
    ],
)
def test_how_long_a_token_counts(claims: dict[str, object] | None, until: int) -> None:
    token = TOKEN if claims is None else jwt.encode(claims, "k" * 32)
    assert forge.token_expiry(token, NOW) == until


@pytest.mark.parametrize(
    ("product", "path"), [("jira", "rest/forge/1/app/properties"), ("confluence", "wiki/api/v2/app/properties")]
)
def test_the_client_key_under_connect(server: Server, http: Outbound, product: str, path: str) -> None:
    def asked(reply: Reply) -> Callable[[], str | None]:
        server.answer = lambda _: reply
        return lambda: forge.connect_client_key(host(server, product), product, http)

    assert asked(Reply(200, {"key": "k", "value": "client-1"}))() == "client-1"
    assert server.asked[0].path == f"/ex/{product}/cloud-1/{path}/{CLIENT_KEY_PROPERTY}"
    assert asked(Reply(404))() is None
    assert asked(Reply(200, {"value": {"odd": 1}}))() is None
    # Minutes after an install the API may say 401 or 403: that is no "never".
    assert outcome(asked(Reply(403))) == "forbidden"
    assert outcome(asked(Reply(401))) == "no-token"


def test_a_site_says_its_cloud_id(server: Server, http: Outbound) -> None:
    server.answer = lambda _: Reply(200, {"cloudId": "cloud-1"})
    assert forge.cloud_id_of(server.base + "/", http) == "cloud-1"
    assert server.asked[0].url == "/_edge/tenant_info"
    server.answer = lambda _: Reply(200, {"cloudId": 1})
    assert outcome(lambda: forge.cloud_id_of(server.base, http)) == "bad-answer"
