"""The doors of the app as the world outside uses them: Connect's signatures, or a token of Forge's for each call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

import requests

from sandbox.people import TIMEOUT, Answer, Atlassian, must

Host = Literal["connect", "forge"]
PRODUCTS = ["confluence", "jira"]
# The app's addresses for its own pages -> for those of Forge: the same handlers, and the module that may call them.
FORGE_PAGES = {"/staff/api/": "prospects-page", "/support/api/": "configuration-panel"}


class Door(Protocol):
    """How the app is installed, seen and told of cases."""

    def install(self) -> str:
        """Put the app on Jira and Confluence; what was seen of it. `StepError` where it does not open."""

    def call(self, account: str, method: str, path: str, issue: str | None, sent: Mapping[str, Any]) -> Answer:
        """Call `path` (as the app's own pages name it) for an account; `issue`: the key of the one that is open.

        `sent`: the query of a GET, the fields of any other.
        """

    def create_case(self, summary: str) -> dict[str, Any]:
        """A case with a support zip, of which the app has been told through this door: `id`, `key`, `url`."""


class ConnectDoor:
    """Signed callbacks and webhooks; pages in the frame."""

    def __init__(self, atlassian: Atlassian, app_url: str) -> None:
        self._atlassian, self._app_url = atlassian, app_url

    def install(self) -> str:
        """The page in Jira is opened as the host frames it: with a token in the URL, bound to it."""
        self._atlassian.do("POST", "/install", {"products": PRODUCTS})
        tenants = self._atlassian.get("/state")["tenants"]
        products = sorted(tenant["product"] for tenant in tenants if tenant["enabled"])
        must(products == PRODUCTS, f"installed on {products}")
        page = self._atlassian.get("/page-url", module="prospects", account="alice")["url"]
        must(requests.get(page, timeout=TIMEOUT).ok, "the page in Jira does not open")
        return f"installed and enabled on {' and '.join(products)}; the signed page in Jira opens"

    def call(self, account: str, method: str, path: str, issue: str | None, sent: Mapping[str, Any]) -> Answer:
        """With a fresh context token."""
        place = {"account": account} | ({"issue": issue} if issue else {})
        token = self._atlassian.get("/context-token", **place)["token"]
        headers = {"Authorization": f"JWT {token}", "Accept": "application/json"}
        given: dict[str, Any] = {"params": sent} if method == "GET" else {"json": sent}
        answer = requests.request(method, self._app_url + path, headers=headers, timeout=TIMEOUT, **given)
        return Answer(answer.status_code, answer.text)

    def create_case(self, summary: str) -> dict[str, Any]:
        """Told by webhooks."""
        return _create_case(self._atlassian, summary, "jira")


class ForgeDoor:
    """Invocation tokens: triggers for what happens, calls of Forge's own pages for people."""

    def __init__(self, atlassian: Atlassian) -> None:
        self._atlassian = atlassian

    def install(self) -> str:
        """Each product tells of its installation."""
        results = self._atlassian.do("POST", "/forge/install", {"products": PRODUCTS})["results"]
        products = sorted(one["product"] for one in results if one["delivery"]["acknowledged"])
        must(products == PRODUCTS, f"installed on {products}")
        must(self.call("alice", "GET", "/staff/api/prospects", None, {}).ok, "the page in Jira gets no answer")
        return f"installed by Forge on {' and '.join(products)}; a call of the page in Jira is answered"

    def call(self, account: str, method: str, path: str, issue: str | None, sent: Mapping[str, Any]) -> Answer:
        """As the module whose page calls this address."""
        prefix = next(prefix for prefix in FORGE_PAGES if path.startswith(prefix))
        address = "/forge/" + path.removeprefix(prefix)
        place = {"module": FORGE_PAGES[prefix], "account": account, "issue": issue}
        given = {"path": f"{address}?{urlencode(sent)}"} if method == "GET" else {"path": address, "body": dict(sent)}
        wish = {"method": method} | place | given
        answer = self._atlassian.do("POST", "/forge/call", wish)
        return Answer(answer["status"], answer["body"])

    def create_case(self, summary: str) -> dict[str, Any]:
        """Told by product events, and by nothing else."""
        return _create_case(self._atlassian, summary, "forge")


def door_of(host: Host, atlassian: Atlassian, app_url: str) -> Door:
    """The door by its name."""
    return ForgeDoor(atlassian) if host == "forge" else ConnectDoor(atlassian, app_url)


def _create_case(atlassian: Atlassian, summary: str, kind: str) -> dict[str, Any]:
    case: dict[str, Any] = atlassian.do("POST", "/cases", {"summary": summary, "sample": True})
    told = {delivery["kind"] for delivery in case["deliveries"]}
    must(told == {kind}, f"the case was told by {' and '.join(sorted(told)) or 'nobody'}")
    refused = sum(not delivery["acknowledged"] for delivery in case["deliveries"])
    must(refused == 0, f"{refused} events of the case were refused")
    return case
