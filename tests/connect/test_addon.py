"""What a host says of our own app: its licence, where silence is no licence, and its properties."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from connect.addon import MAX_VALUE_CHARS, Addon, Licence
from tests.connect.server import Reply
from tests.connect.site import Site, outcome, site

ADDON = "/rest/atlassian-connect/1/addons/fairtrial"
NOTHING = Licence(None, None, None, None, None, None, None)


@pytest.fixture
def acme() -> Iterator[Site]:
    """A Jira site that takes properties as its specification says."""
    with site("", "jira-v3") as running:
        yield running


@pytest.fixture
def addon(acme: Site) -> Addon:
    return Addon(acme.host, acme.http, time.time)


@pytest.fixture
def wiki() -> Iterator[Site]:
    """A Confluence site; the licence is in no specification."""
    with site("/wiki") as running:
        yield running


def licence(site: Site, body: Any) -> Licence:
    site.script(Reply(200, body))
    return Addon(site.host, site.http, time.time).licence()


def test_a_licence_as_the_host_tells_it(wiki: Site) -> None:
    said = {
        "active": True,
        "type": "COMMERCIAL",
        "evaluation": True,
        "entitlementId": "e-1",
        "entitlementNumber": "E-123",
        "supportEntitlementNumber": "SEN-1",
    }
    contacts = [{"name": "Ada Lovelace", "email": "ada@example.com"}]
    body = {"key": "fairtrial", "state": "ENABLED", "host": {"product": "Jira", "contacts": contacts}, "license": said}
    found = licence(wiki, body)
    assert found == Licence("ENABLED", True, True, "COMMERCIAL", "e-1", "E-123", "SEN-1")
    assert found.is_licensed
    assert "Ada" not in repr(found)
    assert (wiki.last.method, wiki.last.url, wiki.last.body) == ("GET", "/wiki" + ADDON, b"")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"license": None},
        {"license": "active"},
        {"license": []},
        {"license": {"active": None, "evaluation": "true", "type": 5, "entitlementId": ""}},
        {"license": {"active": "true"}, "state": 1},
        {"license": {"active": 1}},
    ],
)
def test_what_is_not_said_is_unknown_and_never_active(wiki: Site, body: Any) -> None:
    found = licence(wiki, body)
    assert found == NOTHING
    assert not found.is_licensed


@pytest.mark.parametrize(("state", "active"), [("DISABLED", True), (None, True), ("ENABLED", False), ("ENABLED", None)])
def test_only_an_enabled_and_active_app_is_licensed(wiki: Site, state: str | None, active: bool | None) -> None:
    assert not licence(wiki, {"state": state, "license": {"active": active}}).is_licensed


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(404), "not-found"),
        (Reply(401), "unauthorized"),
        (Reply(200, b"<html>log in</html>"), "bad-answer"),
        (Reply(200, []), "bad-answer"),
        (Reply(204), "bad-answer"),
        (Reply(503), "server-error"),
    ],
)
def test_no_failure_looks_like_a_licence(wiki: Site, reply: Reply, expected: str) -> None:
    wiki.script(reply)
    assert outcome(Addon(wiki.host, wiki.http, time.time).licence) == expected


def test_a_property_is_read_or_absent(addon: Addon, acme: Site) -> None:
    acme.script(Reply(200, {"key": "k", "value": {"since": 3}}), Reply(404), Reply(503))
    assert [addon.property("k") for _ in range(2)] == [{"since": 3}, None]
    assert outcome(lambda: addon.property("k")) == "server-error"
    assert acme.last.url == ADDON + "/properties/k"


@pytest.mark.parametrize("value", [{"a": "é"}, [], 0, False, "", "x" * (MAX_VALUE_CHARS - 2), "é" * 20_000])
def test_a_property_is_written_as_it_is(addon: Addon, acme: Site, value: Any) -> None:
    acme.script(Reply(201))
    addon.set_property("k", value)
    assert (acme.last.method, acme.last.url, json.loads(acme.last.body)) == ("PUT", ADDON + "/properties/k", value)
    assert acme.last.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("value", [None, "x" * (MAX_VALUE_CHARS - 1), float("nan"), "\ud800"])
def test_a_property_that_no_host_would_take_is_not_sent(addon: Addon, acme: Site, value: Any) -> None:
    with pytest.raises(ValueError):
        addon.set_property("k", value)
    assert not acme.asked


def test_a_property_is_removed_once_and_for_all(addon: Addon, acme: Site) -> None:
    acme.script(Reply(204), Reply(404), Reply(403))
    addon.delete_property("k")
    addon.delete_property("k")
    assert outcome(lambda: addon.delete_property("k")) == "forbidden"
    assert (acme.last.method, acme.last.url) == ("DELETE", ADDON + "/properties/k")


def test_a_key_cannot_lead_elsewhere(addon: Addon, acme: Site) -> None:
    acme.script(Reply(404))
    addon.property("a/b?c=d")
    assert acme.last.path == ADDON + "/properties/a%2Fb%3Fc%3Dd"
    assert outcome(lambda: addon.property("../../other")) == "refused-host"
    for key in ("", ".", "..", "k" * 128):
        with pytest.raises(ValueError, match="key"):
            addon.property(key)
    assert len(acme.asked) == 1
