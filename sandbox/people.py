"""What people do, by HTTP alone: staff in the Jira frame, an evaluator with a signed link, a customer who reads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from sandbox.doors import Door

TIMEOUT = 20


class StepError(Exception):
    """A step did not show what it has to show; the message says what was seen."""


def must(holds: bool, otherwise: str) -> None:
    """`StepError` with the words `otherwise`, unless it holds."""
    if not holds:
        raise StepError(otherwise)


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


@dataclass(frozen=True)
class Answer:
    """What the app answered, through whichever door."""

    status_code: int
    text: str

    @property
    def ok(self) -> bool:
        """Was it done?"""
        return self.status_code < 400

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


class Viewer:
    """An account of Jira that looks at the app's pages."""

    def __init__(self, door: Door, account: str) -> None:
        self.door, self.account = door, account

    def call(self, method: str, path: str, issue: str | None = None, **sent: Any) -> Answer:
        """Call the app as its own pages do; `sent`: the query of a GET, the fields of any other."""
        return self.door.call(self.account, method, path, issue, sent)

    def prospects(self, **query: Any) -> dict[str, Any]:
        """A page of the list of prospects."""
        return self._read("/staff/api/prospects", **query)

    def prospect(self, prospect_id: str) -> dict[str, Any]:
        """One prospect."""
        return self._read(f"/staff/api/prospects/{prospect_id}")

    def panel(self, case: dict[str, Any]) -> dict[str, Any]:
        """The panel of a case, given by `key` and `id`."""
        return self._read("/support/api/panel", case["key"], issueId=case["id"])

    def _read(self, path: str, issue: str | None = None, **query: Any) -> dict[str, Any]:
        answer = self.call("GET", path, issue, **query)
        must(answer.ok, f"{path} answered {answer.status_code}")
        found: dict[str, Any] = answer.json()
        return found


def submit_objection(link: str) -> requests.Response:
    """Open the choices page without cookie or script, and press the button of its form."""
    page = requests.get(link, timeout=TIMEOUT)
    page.raise_for_status()
    fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    return requests.post(link, data=fields, timeout=TIMEOUT)
