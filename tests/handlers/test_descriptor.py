"""What a site reads before it installs the app: valid by Atlassian's schemas, true, minimal, and changed on purpose."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator, Draft7Validator

from connect.confluence import Confluence
from connect.host import Host
from connect.http import Outbound, UpstreamError
from connect.jira import Jira
from connect.manifest import OF_CONFLUENCE
from handlers.guards import ROUTES, Access
from handlers.lifecycle import rendered_descriptor
from handlers.settings import APP_KEY, ROOT
from tests.connect.server import Asked, Reply, serving
from tests.contracts import contract, load
from tests.handlers.edge import BASE_URL, Edge
from tests.openapi import _path_item, specification

PUBLIC = "https://app.example.com"
LOCK = Path(__file__).with_name("descriptor.sha256")
LANGUAGES = {"en-US", "fr-FR"}
# Root keys and migrations that came after the schema of 2019 (connect.md 3).
NEWER_MIGRATIONS = {"signed-install", "context-qsh"}
SCOPES = ("NONE", "READ", "WRITE", "DELETE")

Json = dict[str, Any]


@pytest.fixture
def descriptor() -> Json:
    found: Json = json.loads(rendered_descriptor(PUBLIC))
    return found


def urls(node: Any) -> Iterator[str]:
    """Every URL below a node of the descriptor."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "url" and isinstance(value, str):
                yield value
            else:
                yield from urls(value)
    elif isinstance(node, list):
        for one in node:
            yield from urls(one)


def names(node: Any) -> Iterator[Json]:
    """Every text that people see and that can be translated."""
    if isinstance(node, dict) and isinstance(node.get("value"), str):
        yield node
    elif isinstance(node, dict | list):
        for one in node.values() if isinstance(node, dict) else node:
            yield from names(one)


def absolute(node: Any) -> Any:
    """The descriptor as a host reads it: a relative URL is one below the base URL."""
    if isinstance(node, dict):
        return {name: absolute(value) for name, value in node.items()}
    if isinstance(node, list):
        return [absolute(one) for one in node]
    return PUBLIC + node if isinstance(node, str) and node.startswith("/") else node


def test_it_is_served_with_our_address_and_can_be_cached(bare: Edge) -> None:
    answer = bare.client.get("/atlassian-connect.json", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert (answer.json["baseUrl"], answer.json["key"]) == (BASE_URL, APP_KEY)
    assert "max-age=300" in answer.headers["Cache-Control"]
    again = bare.client.get("/atlassian-connect.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "evil" not in answer.text


def test_it_is_valid_by_the_schema_of_the_host(descriptor: Json) -> None:
    schema = load("connect/connect-jira-global-schema-2019.json")
    read = absolute(copy.deepcopy(descriptor))
    assert set(read["apiMigrations"]) > NEWER_MIGRATIONS
    # Jira leaves out what is Confluence's alone.
    read["modules"] = {name: given for name, given in read["modules"].items() if name not in OF_CONFLUENCE}
    read["apiMigrations"] = {name: on for name, on in read["apiMigrations"].items() if name not in NEWER_MIGRATIONS}
    assert [error.message for error in Draft4Validator(schema).iter_errors(read)] == []
    assert set(descriptor) <= set(schema["properties"])


def test_each_module_is_valid_by_todays_schema(descriptor: Json) -> None:
    schemas = load("forge/connect-modules-schema-forge-manifest-13.7.0.json")
    for kind, modules in absolute(descriptor["modules"]).items():
        product = "confluence" if kind in OF_CONFLUENCE else "jira"
        schema = {**schemas["modules"][f"connect-{product}:{kind}"], "definitions": schemas["definitions"]}
        # A key is asked of a webhook in a manifest alone.
        keyed = [{"key": f"webhook-{number}", **module} for number, module in enumerate(modules)]
        assert [error.message for error in Draft7Validator(schema).iter_errors(keyed)] == [], kind


def test_the_rules_that_no_schema_holds(descriptor: Json) -> None:
    assert descriptor["authentication"] == {"type": "jwt"}
    assert all(descriptor["apiMigrations"][name] is True for name in ("gdpr", *NEWER_MIGRATIONS))
    assert len(descriptor["key"]) <= 64
    assert len(descriptor["baseUrl"]) <= 200
    # Atlassian's requirement 16: no name that could be theirs.
    assert not re.match(r"(atlassian|jira|confluence|bitbucket|trello)\b", descriptor["name"], re.I)
    assert "premium" not in descriptor["name"].lower()
    keys = [module["key"] for modules in descriptor["modules"].values() for module in modules if "key" in module]
    assert len(keys) == len(set(keys))
    events = set(load_text("connect/jira-webhook-events.txt"))
    assert {module["event"] for module in descriptor["modules"]["webhooks"]} <= events


def load_text(name: str) -> list[str]:
    return contract(name).read_text().split()


def access_of(edge: Edge, method: str, url: str) -> Access:
    """The rule of the route that answers a URL of the descriptor."""
    path = re.sub(r"\{[^}]+\}", "1", urlsplit(url).path)
    endpoint, _ = edge.app.url_map.bind("localhost").match(path, method)
    return ROUTES[endpoint]


def test_every_url_leads_to_a_route_with_the_right_rule(bare: Edge, descriptor: Json) -> None:
    lifecycle = {event: access_of(bare, "POST", url) for event, url in descriptor["lifecycle"].items()}
    assert lifecycle == {
        "installed": Access.INSTALL,
        "uninstalled": Access.INSTALL,
        "enabled": Access.HOST,
        "disabled": Access.HOST,
    }
    modules = dict(descriptor["modules"])
    assert {access_of(bare, "POST", hook["url"]) for hook in modules.pop("webhooks")} == {Access.HOST}
    pages = [url for url in urls(modules) if not url.startswith("/static/")]
    assert len(pages) > 2
    assert {access_of(bare, "GET", url) for url in pages} == {Access.HOST}


def test_every_page_and_file_of_it_answers(edge: Edge, descriptor: Json) -> None:
    files = [url for url in urls(descriptor["modules"]) if url.startswith("/static/")]
    for url in [*files, *descriptor["translations"]["paths"].values()]:
        with edge.client.get(url) as file:
            assert file.status_code == 200, url
    for url in urls({name: one for name, one in descriptor["modules"].items() if name != "webhooks"}):
        if url not in files:
            filled = url.replace("{issue.id}", "10001").replace("{issue.key}", "CASE-1").replace("{ac.id}", "p1")
            assert edge.page(filled).status_code == 200, url
    for hook in descriptor["modules"]["webhooks"]:
        assert edge.hook(hook["url"].rpartition("/")[2], {}).status_code == 204, hook


def test_translations_are_complete_in_both_languages(descriptor: Json) -> None:
    paths = descriptor["translations"]["paths"]
    assert set(paths) == LANGUAGES
    shown = {one["i18n"]: one["value"] for one in names(descriptor["modules"])}
    texts = {lang: json.loads((ROOT / path.lstrip("/")).read_text(encoding="utf-8")) for lang, path in paths.items()}
    assert texts["en-US"] == shown
    assert set(texts["fr-FR"]) == set(shown)
    assert all(texts["fr-FR"].values())


def test_it_changes_only_on_purpose() -> None:
    """A changed descriptor becomes a new version of the app on every site, and some changes ask every administrator.

    So when this fails: is the change meant? Then write the new hash into descriptor.sha256, in the same commit.
    """
    files = [ROOT / "atlassian-connect.json", *sorted((ROOT / "static" / "i18n").glob("*.json"))]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    assert digest == LOCK.read_text().strip()


def calls_of_the_clients() -> list[Asked]:
    """Every request that the clients of Jira and Confluence can make, by making each once."""
    with serving() as server, Outbound([server.netloc], timeout=5) as http:
        server.answer = lambda _: Reply(200, {})
        jira = Jira(Host(server.base, "k", APP_KEY, "s" * 40), http, time.time)
        wiki = Confluence(Host(server.base + "/wiki", "k", APP_KEY, "s" * 40), http, time.time)
        page = {"title": "t", "body": "b"}
        calls: dict[tuple[type, str], Callable[[], Any]] = {
            (Jira, "user_groups"): lambda: jira.user_groups("a"),
            (Jira, "may_browse"): lambda: jira.may_browse("a", "1"),
            (Jira, "browsable"): lambda: jira.browsable("a", ["1"]),
            (Jira, "issue"): lambda: jira.issue("1", ["attachment"]),
            (Jira, "attachment"): lambda: jira.attachment("1", max_bytes=10).unlink(),
            (Jira, "attachment_part"): lambda: jira.attachment_part("1", 0, 1, size=1),
            (Jira, "issue_property"): lambda: jira.issue_property("1", "k"),
            (Jira, "set_issue_property"): lambda: jira.set_issue_property("1", "k", {}),
            (Jira, "search"): lambda: list(jira.search("project = X", ["id"], 1)),
            (Confluence, "space"): lambda: wiki.space("LEGAL"),
            (Confluence, "page"): lambda: wiki.page("1"),
            (Confluence, "pages_titled"): lambda: wiki.pages_titled("1", "t"),
            (Confluence, "create_page"): lambda: wiki.create_page(space_id="1", **page),
            (Confluence, "update_page"): lambda: wiki.update_page(page_id="1", version=2, message="m", **page),
            # Asks as a stranger, so with no scope at all; where the page names no address, it does not ask.
            (Confluence, "is_public"): lambda: wiki.is_public({}),
            (Confluence, "page_property"): lambda: wiki.page_property("1", "k"),
            (Confluence, "set_page_property"): lambda: wiki.set_page_property("1", "k", {}),
            (Confluence, "labels"): lambda: wiki.labels("1"),
            (Confluence, "add_labels"): lambda: wiki.add_labels("1", ["l"]),
        }
        public = {(kind, name) for kind in (Jira, Confluence) for name in vars(kind) if not name.startswith("_")}
        assert set(calls) == public, "a call that nobody checked for its scope"
        for call in calls.values():
            try:
                call()
            except UpstreamError as error:
                assert error.outcome == "bad-answer"
        return server.asked


def scope_of(asked: Asked) -> str:
    """The scope that Atlassian's own description asks for."""
    if not asked.path.startswith("/wiki/"):
        spec = "jira-v3"
    else:
        spec = "confluence-v2" if "/api/v2/" in asked.path else "confluence-v1"
    _, item = _path_item(specification(spec), asked.path, asked.path)
    operation: Any = item[asked.method.lower()]
    return str(operation["x-atlassian-connect-scope"])


def test_scopes_are_those_of_the_calls_and_no_more(
    descriptor: Json, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    needed = {scope_of(asked) for asked in calls_of_the_clients()}
    assert needed <= set(SCOPES)
    assert set(descriptor["scopes"]) == needed - {"NONE"}
