"""The Forge manifest of a Connect app, made of its descriptor (connect.md 5.1, 5.2).

The Connect key stays, and every page and webhook of the descriptor is carried along as a Connect module, so that a site
that moves keeps what it has; the remote endpoints of Forge come beside them. A page that Forge hosts takes the place of
its Connect module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

REMOTE = "connect"
# The files of the pages that Forge hosts, as a resource; and the endpoint that these pages call.
PAGES, PAGES_FOLDER = "pages", "static/pages"
RUNTIME = "nodejs22.x"
# What the calls of connect/jira.py and connect/confluence.py need (Atlassian's OpenAPI documents, state Current), and
# what product events need. App properties need a scope in Confluence only.
SCOPES = (
    "read:jira-work",
    "read:jira-user",
    "write:jira-work",
    "read:space:confluence",
    "read:page:confluence",
    "write:page:confluence",
    "write:confluence-content",
    "read:app-data:confluence",
)
# Without it an endpoint that asks for the system token gets none (Atlassian: "Calling a remote backend from a Forge
# frontend"); `forge lint` does not miss it.
SYSTEM_SCOPE = "read:app-system-token"
SYSTEM_TOKEN = {"appSystemToken": {"enabled": True}}
# Modules that `modules` of a manifest takes over (connect.md 5.1): carried as Connect modules they would be refused.
MOVED = ("jiraGlobalPermissions", "jiraProjectPermissions")


# Modules of a descriptor that Confluence alone knows; a host leaves out those of the other product.
OF_CONFLUENCE = ("staticContentMacros", "spaceToolsTabs")


class UnportableError(ValueError):
    """The descriptor holds something that a Forge manifest can't carry; the message names it."""


@dataclass(frozen=True)
class Endpoint:
    """A route of ours, and the module that calls it: its kind, its key, its events where it is a trigger."""

    key: str
    path: str
    module_kind: str
    module_key: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page that Forge hosts: its module, and the modules of the descriptor that it stands for; they give a title."""

    module_kind: str
    module_key: str
    stands_for: str


def manifest(
    descriptor: Mapping[str, Any],
    *,
    app_id: str,
    endpoints: Sequence[Endpoint],
    pages: Sequence[Page] = (),
    migration_guide_url: str | None = None,
) -> dict[str, Any]:
    """The manifest as plain data. `app_id`: `ari:cloud:ecosystem::app/…`; `descriptor`: with its base URL filled in.

    `migration_guide_url`: https, for the module that tells sites how the move goes.
    """
    modules: dict[str, Any] = _remote_modules(endpoints)
    if migration_guide_url is not None:
        guide = {"key": "migration", "migrationGuideUrl": migration_guide_url, "willMigrateToForgeBeforeEOS": "YES"}
        modules["connectToForgeMigration"] = [guide]
    made: dict[str, Any] = {
        "app": {
            "id": app_id,
            "runtime": {"name": RUNTIME},
            "connect": {"key": descriptor["key"], "remote": REMOTE, "authentication": "jwt"},
            "licensing": {"enabled": bool(descriptor.get("enableLicensing"))},
        },
        "remotes": [
            {
                "key": REMOTE,
                "baseUrl": descriptor["baseUrl"],
                "operations": ["storage", "compute"],
                "storage": {"inScopeEUD": True},
            }
        ],
        "connectModules": connect_modules(descriptor),
        "modules": modules,
        "permissions": {"scopes": [*_connect_scopes(descriptor), *SCOPES, SYSTEM_SCOPE]},
    }
    if pages:
        _host(made, pages, descriptor)
    _require_unique_keys(made)
    return made


def connect_modules(descriptor: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The modules of a descriptor under their product."""
    lifecycle = descriptor["lifecycle"]
    found: dict[str, list[dict[str, Any]]] = {
        "jira:lifecycle": [{"key": "jira-lifecycle", **lifecycle}],
        "confluence:lifecycle": [{"key": "confluence-lifecycle", **lifecycle}],
    }
    if "translations" in descriptor:
        for product in ("jira", "confluence"):
            key = f"{product}-translations"
            found[f"{product}:translations"] = [{"key": key, **descriptor["translations"]}]
    for name, given in descriptor.get("modules", {}).items():
        if name in MOVED:
            raise UnportableError(f"{name} belongs under `modules` of the manifest")
        listed = given if isinstance(given, list) else [given]
        product = "confluence" if name in OF_CONFLUENCE else "jira"
        found[f"{product}:{name}"] = [_with_key(name, module) for module in listed]
    return found


def _host(made: dict[str, Any], pages: Sequence[Page], descriptor: Mapping[str, Any]) -> None:
    """Put pages of Forge's own front end (Custom UI) in the place of Connect's frames."""
    modules = made["modules"]
    modules["endpoint"].append({"key": PAGES, "remote": REMOTE, "auth": SYSTEM_TOKEN})
    for page in pages:
        [first, *_] = made["connectModules"].pop(f"jira:{page.stands_for}")
        name = first["name"]
        title = {"i18n": name["i18n"]} if "i18n" in name else name["value"]
        own = {"layout": "basic"} if page.module_kind == "jira:globalPage" else {"label": title}
        module = {"key": page.module_key, "resource": PAGES, "resolver": {"endpoint": PAGES}, "title": title}
        modules[page.module_kind] = [{**module, "icon": f"resource:{PAGES};icon.svg", **own}]
    made["resources"] = [{"key": PAGES, "path": PAGES_FOLDER}]
    languages = list(descriptor.get("translations", {}).get("paths", ()))
    if languages:
        files = [{"key": language, "path": locale_path(language)} for language in languages]
        made["translations"] = {"resources": files, "fallback": {"default": languages[0]}}


def locale_path(language: str) -> str:
    """Where the app on Forge keeps the titles of its modules in a language; Connect's files serve as they are."""
    return f"locales/{language}.json"


def _with_key(name: str, module: Mapping[str, Any]) -> dict[str, Any]:
    """A webhook has no key in a descriptor and needs one here: made of its event, so that it never changes."""
    if "key" in module:
        return dict(module)
    if name != "webhooks":
        raise UnportableError(f"a module of {name} has no key")
    return {"key": "webhook-" + str(module["event"]).replace(":", "-").replace("_", "-"), **module}


def _connect_scopes(descriptor: Mapping[str, Any]) -> list[str]:
    names = [str(scope).lower().replace("_", "-") for scope in descriptor.get("scopes", ())]
    return [f"{name}:connect-{product}" for product in ("jira", "confluence") for name in names if name != "none"]


def _remote_modules(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    modules: dict[str, list[dict[str, Any]]] = {}
    for one in endpoints:
        module: dict[str, Any] = {"key": one.module_key, "endpoint": one.key}
        if one.module_kind == "scheduledTrigger":
            module["interval"] = "hour"
        if one.events:
            module["events"] = list(one.events)
        if any(event.startswith("avi:jira:") for event in one.events):
            # The app writes a property of the issue that it was told of: its own echo is no news.
            module["filter"] = {"ignoreSelf": True}
        modules.setdefault(one.module_kind, []).append(module)
    modules["endpoint"] = [
        {
            "key": one.key,
            "remote": REMOTE,
            "route": {"path": one.path},
            "auth": SYSTEM_TOKEN,
        }
        for one in endpoints
    ]
    return modules


def _require_unique_keys(made: Mapping[str, Any]) -> None:
    keys = [*_keys(made["connectModules"]), *_keys(made["modules"])]
    for key in keys:
        if keys.count(key) > 1:
            raise UnportableError(f"the key {key} is given twice")


def _keys(modules: Mapping[str, list[dict[str, Any]]]) -> Iterable[str]:
    return (module["key"] for listed in modules.values() for module in listed)
