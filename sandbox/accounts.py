"""The invented people of the site, and the account under which the app works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

STAFF_GROUP = "prospects-viewers"
OFFICER_GROUP = "privacy-officers"
APP_USER = "app"


@dataclass(frozen=True)
class Account:
    """`short` is the name control calls use; `sees_all` may browse every support case, others only their own."""

    short: str
    account_id: str
    name: str
    kind: str
    groups: tuple[str, ...] = ()
    sees_all: bool = False
    email: str | None = None

    def group_rows(self, site_url: str) -> list[dict[str, Any]]:
        """GroupName beans of `GET /rest/api/3/user/groups`."""
        rows = []
        for name in self.groups:
            group_id = str(uuid5(NAMESPACE_URL, f"group/{name}"))
            rows.append({"groupId": group_id, "name": name, "self": f"{site_url}/rest/api/3/group?groupId={group_id}"})
        return rows

    def bean(self, site_url: str) -> dict[str, Any]:
        """UserDetails. A customer's address is hidden by their profile, as it mostly is on real sites."""
        bean: dict[str, Any] = {
            "self": f"{site_url}/rest/api/3/user?accountId={self.account_id}",
            "accountId": self.account_id,
            "accountType": self.kind,
            "displayName": self.name,
            "active": True,
            "timeZone": "Europe/Paris",
        }
        if self.email is not None:
            bean["emailAddress"] = self.email
        return bean


def _account_id(number: int) -> str:
    return f"712020:5a5dbb0c-0000-4000-8000-{number:012d}"


def people() -> tuple[Account, ...]:
    """Two staff, one of them privacy officer, a colleague who is neither, a customer, and a passer-by."""
    return (
        Account(
            "alice",
            _account_id(1),
            "Alice Martin",
            "atlassian",
            ("jira-users", STAFF_GROUP),
            True,
            "alice@alkaes-example.fr",
        ),
        Account(
            "olivia",
            _account_id(2),
            "Olivia Bernard",
            "atlassian",
            ("jira-users", STAFF_GROUP, OFFICER_GROUP),
            True,
            "olivia@alkaes-example.fr",
        ),
        Account("bob", _account_id(3), "Bob Lefèvre", "atlassian", ("jira-users",), email="bob@alkaes-example.fr"),
        Account("carol", _account_id(4), "Carol Jensen", "customer"),
        Account("stranger", _account_id(5), "Étienne Passant", "atlassian", ("jira-users",)),
    )


def app_account() -> Account:
    """The user that a host makes for an installed app."""
    return Account(APP_USER, _account_id(9), "Fairtrial", "app", ("atlassian-addons",), True)
