"""What a Forge manifest declares and which route it calls: the guard binds by this table, the manifest is made of it.

Keys are unique within a manifest, those of the Connect modules included. Which key a token of a trigger names, the
trigger's or its endpoint's, is not documented: either counts, and both belong to one route.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connect.manifest import Page

# Event of Forge -> event of Connect's webhooks. A comment that was edited comes as `commented`, too.
PRODUCT_EVENTS: Mapping[str, str] = {
    "avi:jira:created:issue": "issue_created",
    "avi:jira:updated:issue": "issue_updated",
    "avi:jira:deleted:issue": "issue_deleted",
    "avi:jira:commented:issue": "comment_created",
    "avi:jira:created:attachment": "attachment_created",
}


@dataclass(frozen=True)
class RemoteModule:
    """A module without a face: `endpoint` is the key of the endpoint that it calls, at `path`."""

    route: str
    path: str
    endpoint: str
    key: str
    kind: Literal["trigger", "scheduledTrigger", "preUninstall"]
    events: tuple[str, ...] = ()


REMOTE_MODULES = (
    RemoteModule("forge.events", "/forge/events", "events", "issue-events", "trigger", tuple(PRODUCT_EVENTS)),
    RemoteModule(
        "forge.installed", "/forge/installed", "installed", "app-installed", "trigger", ("avi:forge:installed:app",)
    ),
    RemoteModule(
        "forge.upgraded", "/forge/upgraded", "upgraded", "app-upgraded", "trigger", ("avi:forge:upgraded:app",)
    ),
    # No event tells of an uninstall (FRGE-1246); this module is called before it.
    RemoteModule("forge.uninstalled", "/forge/uninstalled", "uninstalled", "before-uninstall", "preUninstall"),
    # A system token lives for hours and can't be asked for: this brings a new one.
    RemoteModule("forge.hourly", "/forge/hourly", "hourly", "every-hour", "scheduledTrigger"),
)


# Pages that Forge may host in the place of Connect's.
PAGE_MODULES = (
    Page("jira:globalPage", "prospects-page", "generalPages"),
    Page("jira:issueContext", "configuration-panel", "jiraIssueContexts"),
)

# Modules of Forge's own front end, by the route that their pages call.
# What only a privacy officer does about a request.
RIGHTS_ACTS = ("plan", "fulfil", "extend", "suspend", "resume", "refuse", "lift")
# What staff do with a package for Atlassian.
EXCHANGE_VIEWS = ("list_packages", "build_package", "show_package", "save_package", "record_key")
EXCHANGE_ACTS = ("approve", "withdraw", "hand_over")
# What staff do with an account.
ORGANISATION_ACTS = ("show", "split", "join", "take_back")
STAFF_PAGE = frozenset({"prospects-page"})
PAGES: Mapping[str, frozenset[str]] = {
    "forge.list_prospects": STAFF_PAGE,
    "forge.show_prospect": STAFF_PAGE,
    "forge.choices_link": STAFF_PAGE,
    "forge.write_note": STAFF_PAGE,
    "forge.drop_note": STAFF_PAGE,
    "forge.export": STAFF_PAGE,
    "forge.keep_view": STAFF_PAGE,
    "forge.drop_view": STAFF_PAGE,
    **{f"forge.{name}_case": STAFF_PAGE for name in ("open", "show", *RIGHTS_ACTS)},
    **{f"forge.{act}_organisation": STAFF_PAGE for act in ORGANISATION_ACTS},
    "forge.list_cases": STAFF_PAGE,
    **{f"forge.{act}": STAFF_PAGE for act in EXCHANGE_VIEWS},
    **{f"forge.{act}_package": STAFF_PAGE for act in EXCHANGE_ACTS},
    "forge.inbox": STAFF_PAGE,
    "forge.retry": STAFF_PAGE,
    "forge.audit": STAFF_PAGE,
    "forge.verify": STAFF_PAGE,
    "forge.policy": STAFF_PAGE,
    "forge.publish": STAFF_PAGE,
    "forge.dashboards": STAFF_PAGE,
    "forge.whom_to_tell": STAFF_PAGE,
    "forge.checkup": STAFF_PAGE,
    "forge.panel": frozenset({"configuration-panel"}),
}

CALLERS: Mapping[str, frozenset[str]] = {
    **{module.route: frozenset({module.key, module.endpoint}) for module in REMOTE_MODULES},
    **PAGES,
}


def callers_of(route: str) -> frozenset[str]:
    """The module keys that may call a route; none where it is not listed."""
    return CALLERS.get(route, frozenset())
