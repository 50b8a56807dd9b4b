"""The Forge manifest: valid by Atlassian's schemas, and the same modules as the descriptor."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator

from connect.manifest import OF_CONFLUENCE, SCOPES, SYSTEM_SCOPE, Page, UnportableError, manifest
from handlers.cli.forge import ENDPOINTS
from handlers.forge_modules import PAGE_MODULES, PAGES, PRODUCT_EVENTS, REMOTE_MODULES
from handlers.lifecycle import rendered_descriptor
from tests.connect import fits
from tests.contracts import load

BASE_URL = "https://fairtrial.example"
GUIDE = "https://fairtrial.example/move"
SUBSET = "forge/forge-manifest-subset-13.7.0.json"


def descriptor(**changes: Any) -> dict[str, Any]:
    return {**json.loads(rendered_descriptor(BASE_URL)), **changes}


def made(pages: tuple[Page, ...] = (), **changes: Any) -> dict[str, Any]:
    given = {"app_id": fits.APP_ID, "endpoints": ENDPOINTS, "pages": pages, "migration_guide_url": GUIDE}
    return manifest(descriptor(**changes), **given)


def problems(schema: dict[str, Any], definitions: dict[str, Any], value: Any) -> list[str]:
    validator = Draft7Validator({**schema, "definitions": definitions})
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("pages", [(), PAGE_MODULES])
@pytest.mark.parametrize("part", ["app", "remotes", "permissions", "connectModules"])
def test_each_part_is_valid(part: str, pages: tuple[Page, ...]) -> None:
    schema = load(SUBSET)
    assert problems(schema[part], schema["definitions"], made(pages)[part]) == []


@pytest.mark.parametrize("pages", [(), PAGE_MODULES])
def test_each_remote_module_is_valid(pages: tuple[Page, ...]) -> None:
    schema, modules = load(SUBSET), made(pages)["modules"]
    own = {"trigger", "scheduledTrigger", "preUninstall", "endpoint", "connectToForgeMigration"}
    assert set(modules) == own | {page.module_kind for page in pages}
    for kind, listed in modules.items():
        assert problems(schema["modules"][kind], schema["definitions"], listed) == [], kind


def test_each_connect_module_is_valid() -> None:
    schema = load("forge/connect-modules-schema-forge-manifest-13.7.0.json")
    for name, listed in made()["connectModules"].items():
        assert problems(schema["modules"][f"connect-{name}"], schema["definitions"], listed) == [], name


def product_of(name: str) -> str:
    return "confluence" if name in OF_CONFLUENCE else "jira"


def test_it_lists_the_modules_of_the_descriptor_and_keeps_its_key() -> None:
    given, found = descriptor(), made()
    for name, listed in given["modules"].items():
        carried = found["connectModules"][f"{product_of(name)}:{name}"]
        assert [{**one, "key": None} for one in carried] == [{**one, "key": None} for one in listed]
    own = {name for name in found["connectModules"] if not name.endswith((":lifecycle", ":translations"))}
    assert own == {f"{product_of(name)}:{name}" for name in given["modules"]}
    for product in ("jira", "confluence"):
        [lifecycle] = found["connectModules"][f"{product}:lifecycle"]
        assert {**given["lifecycle"], "key": f"{product}-lifecycle"} == lifecycle
    assert found["app"]["connect"] == {"key": given["key"], "remote": "connect", "authentication": "jwt"}
    assert found["remotes"][0]["baseUrl"] == BASE_URL


def test_a_page_of_forges_own_takes_the_place_of_connects_and_calls_with_the_apps_token() -> None:
    framed, hosted = made(), made(PAGE_MODULES)
    gone = {name for name in framed["connectModules"] if name not in hosted["connectModules"]}
    assert gone == {"jira:generalPages", "jira:jiraIssueContexts"}
    endpoints = {one["key"]: one for one in hosted["modules"]["endpoint"]}
    called = [hosted["modules"][page.module_kind] for page in PAGE_MODULES]
    for [page] in called:
        # No path: the page says it with each call.
        assert endpoints[page["resolver"]["endpoint"]].keys() == {"key", "remote", "auth"}
        assert endpoints[page["resolver"]["endpoint"]]["auth"] == {"appSystemToken": {"enabled": True}}
        assert page["resource"] == hosted["resources"][0]["key"]
    assert {page["key"] for [page] in called} == {key for keys in PAGES.values() for key in keys}
    assert [page["title"] for [page] in called] == [
        {"i18n": "fairtrial.prospects"},
        {"i18n": "fairtrial.configuration"},
    ]
    assert "translations" not in framed and "resources" not in framed


def test_both_doors_hear_of_the_same_events() -> None:
    hooks = {one["event"].removeprefix("jira:") for one in descriptor()["modules"]["webhooks"]}
    assert hooks == set(PRODUCT_EVENTS.values())


def test_triggers_call_endpoints_that_bear_the_apps_own_token() -> None:
    modules = made()["modules"]
    endpoints = {one["key"]: one for one in modules["endpoint"]}
    called = [one["endpoint"] for kind in ("trigger", "scheduledTrigger", "preUninstall") for one in modules[kind]]
    assert sorted(called) == sorted(endpoints)
    assert {one["route"]["path"] for one in endpoints.values()} == {one.path for one in REMOTE_MODULES}
    assert all(one["auth"] == {"appSystemToken": {"enabled": True}} for one in endpoints.values())
    assert SYSTEM_SCOPE in made()["permissions"]["scopes"]
    # Atlassian's reference of the endpoint module: 23 characters at most.
    assert all(len(key) <= 23 for key in endpoints)


def test_the_scopes_cover_the_events_and_the_descriptor() -> None:
    scopes = made(scopes=["READ", "ACT_AS_USER", "NONE"])["permissions"]["scopes"]
    assert {"read:connect-jira", "act-as-user:connect-jira", "read:connect-confluence"} <= set(scopes)
    assert not any(scope.startswith("none") for scope in scopes)
    mapping = load("forge/forge-product-event-to-scope-mapping.json")["mapping"]
    needed = [row["oAuthScopes"]["current"] for row in mapping if row["productEvent"] in PRODUCT_EVENTS]
    assert len(needed) == len(PRODUCT_EVENTS)
    assert {scope for one in needed for scope in one} <= set(SCOPES)


def test_the_scopes_cover_the_calls_and_no_more() -> None:
    needed = set()
    for path, method in JIRA_CALLS:
        operation = load("openapi/jira-v3.json")["paths"][path][method]
        needed |= set(operation["x-atlassian-oauth2-scopes"][0]["scopes"])
    for path, method in WIKI_CALLS:
        security = load("openapi/confluence-v2.json")["paths"][path][method]["security"]
        needed |= {scope for one in security for scope in one.get("oAuthDefinitions", ())}
    # Writing labels is of v1 alone.
    assert needed | {"write:confluence-content"} == set(SCOPES)


JIRA_CALLS = (
    ("/rest/api/3/user/groups", "get"),
    ("/rest/api/3/permissions/check", "post"),
    ("/rest/api/3/issue/{issueIdOrKey}", "get"),
    ("/rest/api/3/attachment/content/{id}", "get"),
    ("/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}", "get"),
    ("/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}", "put"),
    ("/rest/api/3/search/jql", "post"),
)
WIKI_CALLS = (
    ("/spaces", "get"),
    ("/pages/{id}", "get"),
    ("/spaces/{id}/pages", "get"),
    ("/pages", "post"),
    ("/pages/{id}", "put"),
    ("/pages/{page-id}/properties", "get"),
    ("/pages/{page-id}/properties", "post"),
    ("/pages/{page-id}/properties/{property-id}", "put"),
    ("/pages/{id}/labels", "get"),
    ("/app/properties/{propertyKey}", "get"),
)


@pytest.mark.parametrize(
    "modules",
    [
        {"jiraGlobalPermissions": [{"key": "p"}]},
        {"webItems": [{"name": {"value": "no key"}}]},
        {"webItems": [{"key": "events"}]},
    ],
)
def test_what_cannot_be_carried_is_said(modules: dict[str, Any]) -> None:
    with pytest.raises(UnportableError):
        made(modules=modules)


def test_a_single_module_becomes_a_list() -> None:
    page = {"key": "start", "name": {"value": "Start"}, "url": "/start"}
    assert made(modules={"postInstallPage": page})["connectModules"]["jira:postInstallPage"] == [page]
