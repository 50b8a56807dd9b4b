"""What people do, by HTTP alone: staff in the Jira frame, an evaluator with a signed link, a customer who reads."""

from __future__ import annotations

import re
from typing import Any

import requests

TIMEOUT = 20


class Atlassian:
    """The sandbox's control API, from whose side the world acts."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, call: str, **query: Any) -> Any:
        """GET under `/_sandbox`."""
        answer = requests.get(f"{self.url}/_sandbox{call}", params=query, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()

    def do(self, method: str, path: str, body: Any = None) -> Any:
        """Any other call under `/_sandbox`."""
        answer = requests.request(method, f"{self.url}/_sandbox{path}", json=body, timeout=120)
        answer.raise_for_status()
        return answer.json() if answer.content else None


class Viewer:
    """An account of Jira that looks at the app's pages."""

    def __init__(self, atlassian: Atlassian, app_url: str, account: str) -> None:
        self.atlassian, self.app_url, self.account = atlassian, app_url, account

    def page(self, module: str, **query: Any) -> requests.Response:
        """Open a page of the app as the host frames it: with a token in the URL, bound to it."""
        url = self.atlassian.get("/page-url", module=module, account=self.account, **query)["url"]
        return requests.get(url, timeout=TIMEOUT)

    def call(self, method: str, path: str, issue: str | None = None, **query: Any) -> requests.Response:
        """Call the app as its own pages do: with a fresh context token."""
        place = {"account": self.account} | ({"issue": issue} if issue else {})
        token = self.atlassian.get("/context-token", **place)["token"]
        headers = {"Authorization": f"JWT {token}", "Accept": "application/json"}
        return requests.request(method, self.app_url + path, params=query, headers=headers, timeout=TIMEOUT)

    def prospects(self, **query: Any) -> dict[str, Any]:
        """A page of the list of prospects."""
        answer = self.call("GET", "/staff/api/prospects", **query)
        answer.raise_for_status()
        page: dict[str, Any] = answer.json()
        return page

    def prospect(self, prospect_id: str) -> dict[str, Any]:
        """One prospect."""
        answer = self.call("GET", f"/staff/api/prospects/{prospect_id}")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def submit_objection(link: str) -> requests.Response:
    """Open the choices page without cookie or script, and press the button of its form."""
    page = requests.get(link, timeout=TIMEOUT)
    page.raise_for_status()
    fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    return requests.post(link, data=fields, timeout=TIMEOUT)
