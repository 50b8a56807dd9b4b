"""Acting for a person: the assertion, the token, how long it is kept, and where it may go."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs

import jwt
import pytest

from connect import impersonation
from connect.host import Host
from connect.http import Outbound, UpstreamError
from connect.impersonation import Impersonation, Person
from connect.jira import Jira
from tests.connect.server import Asked, Reply, Server
from tests.connect.site import outcome

SECRET = "the-shared-secret-of-the-scripted-site"


@dataclass
class Office:
    """A server that is both an authorisation server and a site; `granted` is what the next tokens answer."""

    server: Server
    tokens: Impersonation
    person: Person
    http: Outbound
    now: list[float]
    granted: dict[str, object] = field(default_factory=lambda: {"expires_in": 900, "token_type": "Bearer"})
    site_status: int = 200

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/oauth2/token":
            return Reply(200, {"access_token": f"token-{len(self.forms)}"} | self.granted)
        return Reply(self.site_status, [])

    @property
    def forms(self) -> list[dict[str, list[str]]]:
        """What was asked of the authorisation server."""
        return [parse_qs(asked.body.decode()) for asked in self.server.asked if asked.path == "/oauth2/token"]


@pytest.fixture
def office(server: Server) -> Iterator[Office]:
    now = [float(int(time.time()))]
    with Outbound([server.netloc], timeout=5) as http:
        tokens = Impersonation(http, lambda: now[0], server.base + "/")
        person = Person(
            Host(server.base, "client-1", "fairtrial", SECRET), "oauth-1", "712020:ada", frozenset({"read"})
        )
        running = Office(server, tokens, person, http, now)
        server.answer = running.answer
        yield running


def test_the_assertion_is_what_the_server_expects(office: Office) -> None:
    assert office.tokens.token(office.person) == "token-1"
    [form] = office.forms
    assert (form["grant_type"], form["scope"]) == (["urn:ietf:params:oauth:grant-type:jwt-bearer"], ["READ"])
    claims = jwt.decode(form["assertion"][0], SECRET, algorithms=["HS256"], audience=office.server.base)
    assert claims == {
        "iss": "urn:atlassian:connect:clientid:oauth-1",
        "sub": "urn:atlassian:connect:useraccountid:712020:ada",
        "tnt": office.server.base,
        "aud": office.server.base,
        "iat": office.now[0],
        "exp": office.now[0] + 60,
    }
    assert office.server.asked[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_no_scopes_are_no_parameter(office: Office) -> None:
    office.tokens.token(replace(office.person, scopes=frozenset()))
    assert "scope" not in office.forms[0]


def test_a_token_is_kept_until_shortly_before_its_end(office: Office) -> None:
    assert [office.tokens.token(office.person) for _ in range(3)] == ["token-1"] * 3
    office.now[0] += 900 - impersonation.EARLY_SECONDS - 1
    assert office.tokens.token(office.person) == "token-1"
    office.now[0] += 1
    assert office.tokens.token(office.person) == "token-2"


def test_nobody_gets_the_token_of_another(office: Office) -> None:
    host = office.person.host
    others = [
        office.person,
        replace(office.person, account_id="712020:bob"),
        replace(office.person, scopes=frozenset({"read", "write"})),
        replace(office.person, host=replace(host, client_key="client-2")),
        replace(office.person, host=replace(host, client_key='client-1", "712020:ada'), account_id=""),
    ]
    assert len({office.tokens.token(person) for person in others * 2}) == len(others)


@pytest.mark.parametrize("life", [None, True, "900", 0, -5, [900]])
def test_a_token_of_unknown_life_is_used_once(office: Office, life: object) -> None:
    office.granted = {"expires_in": life}
    assert [office.tokens.token(office.person) for _ in range(2)] == ["token-1", "token-2"]


def test_no_token_is_kept_for_ever(office: Office) -> None:
    office.granted["expires_in"] = 10**12
    office.tokens.token(office.person)
    office.now[0] += impersonation.MAX_LIFE_SECONDS
    assert office.tokens.token(office.person) == "token-2"


def test_memory_is_bounded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impersonation, "MAX_TOKENS", 3)
    people = [replace(office.person, account_id=str(number)) for number in range(4)]
    for person in [*people[:3], people[0], people[3]]:
        office.tokens.token(person)
    assert (len(office.tokens._kept), len(office.forms)) == (3, 4)
    office.tokens.token(people[0])
    assert len(office.forms) == 4, "the one that was used last is still there"
    office.tokens.token(people[1])
    assert len(office.forms) == 5


@pytest.mark.parametrize(
    "granted",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": "a b"},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "é"},
        {"access_token": "a" * 9_000},
        {"token_type": "mac"},
        {"token_type": 5},
    ],
)
def test_a_token_that_is_none_goes_nowhere(office: Office, granted: dict[str, object]) -> None:
    office.granted |= granted
    assert outcome(lambda: office.tokens.token(office.person)) == "bad-answer"
    assert office.tokens._kept == {}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400, {"error": "invalid_grant", "error_description": "712020:ada"}), "bad-request"),
        (Reply(401), "unauthorized"),
        (Reply(302, b"", {"Location": "https://id.example/login"}), "redirected"),
        (Reply(200, b"<html>log in</html>"), "bad-answer"),
        (Reply(200, [1]), "bad-answer"),
        (Reply(200, b"{" + b" " * 100_000), "too-large"),
        (Reply(503), "server-error"),
    ],
)
def test_a_refusal_has_a_name_and_is_not_kept(office: Office, reply: Reply, expected: str) -> None:
    office.server.script(reply)
    with pytest.raises(UpstreamError) as caught:
        office.tokens.token(office.person)
    assert (caught.value.outcome, "ada" in str(caught.value)) == (expected, False)
    office.server.answer = office.answer
    assert office.tokens.token(office.person).startswith("token-")


def test_an_authorisation_server_that_is_not_listed_is_not_asked(office: Office, second_server: Server) -> None:
    tokens = Impersonation(office.http, time.time, second_server.base)
    assert outcome(lambda: tokens.token(office.person)) == "refused-host"
    assert not second_server.asked


def test_a_client_acts_for_the_person(office: Office) -> None:
    jira = Jira(office.tokens.host(office.person), office.http, time.time)
    assert jira.user_groups("712020:ada") == []
    assert jira.user_groups("712020:ada") == []
    assert [asked.headers.get("Authorization") for asked in office.server.asked] == [None, *["Bearer token-1"] * 2]


def test_the_token_leaves_for_no_other_place(office: Office, second_server: Server) -> None:
    wiki = replace(office.person, host=replace(office.person.host, base_url=office.server.base + "/wiki"))
    auth = office.tokens.host(wiki).auth(time.time)
    with Outbound([office.server.netloc, second_server.netloc]) as http:
        for url in (second_server.base + "/wiki/x", office.server.base + "/rest/x", office.server.base + "/wiki/../x"):
            assert outcome(lambda url=url: http.request("GET", url, auth=auth)) == "refused-host"  # type: ignore[misc]
    assert not second_server.asked and not office.server.asked


def test_a_token_that_the_site_refuses_is_dropped(office: Office) -> None:
    jira = Jira(office.tokens.host(office.person), office.http, time.time)
    office.site_status = 401
    assert outcome(lambda: jira.user_groups("712020:ada")) == "unauthorized"
    office.site_status = 200
    jira.user_groups("712020:ada")
    assert office.server.asked[-1].headers["Authorization"] == "Bearer token-2"


def test_nothing_private_is_shown_or_logged(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    office.tokens.token(office.person)
    shown = repr(office.tokens.host(office.person)) + caplog.text
    for private in ("712020:ada", SECRET, "token-1", "assertion"):
        assert private not in shown
    assert "712020:ada" not in repr(office.tokens._kept)
