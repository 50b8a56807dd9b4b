"""Atlassian's personal data reporting: which of the accounts whose data an app holds were closed, or changed.

Connect: `POST /rest/atlassian-connect/latest/report-accounts` of a tenant. Forge, OAuth: `POST /app/report-accounts/`
of the API's own host. Ninety accounts a call at most; the answer lists only those that call for something
(user privacy developer guide; privacy.md 3b).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from connect.forge import ForgeHost
from connect.host import AnyHost
from connect.http import Outbound, objects

CONNECT_PATH = "/rest/atlassian-connect/latest/report-accounts"
FORGE_PATH = "/app/report-accounts/"
BATCH = 90
DEFAULT_CYCLE = timedelta(days=7)
SHORTEST_CYCLE, LONGEST_CYCLE = timedelta(days=1), timedelta(days=30)
ACCOUNT_ID = re.compile(r"[A-Za-z0-9:_-]{1,128}")


@dataclass(frozen=True)
class Report:
    """What Atlassian answered: accounts to erase, accounts to read again, and when to ask next."""

    closed: frozenset[str]
    updated: frozenset[str]
    cycle: timedelta


class Accounts:
    """The report of one app, by any tenant of it: accounts of other sites are taken too."""

    def __init__(self, host: AnyHost, http: Outbound, clock: Callable[[], float]) -> None:
        self._http = http
        if isinstance(host, ForgeHost):
            parts = urlsplit(host.base_url)
            # The token is for this path as well, and for no other place.
            host = ForgeHost(f"{parts.scheme}://{parts.netloc}/app", host.system_token)
            self._url = f"{parts.scheme}://{parts.netloc}{FORGE_PATH}"
        else:
            self._url = host.base_url.rstrip("/") + CONNECT_PATH
        self._auth = host.auth(clock)

    def report(self, accounts: Mapping[str, datetime]) -> Report:
        """Report account ids, each with the time when what we hold of it was last right. `UpstreamError` for any
        failure: 429 with `retry_after`, 401 and 403 where the app may not report. `ValueError` for more than 90."""
        if not 0 < len(accounts) <= BATCH:
            raise ValueError(f"1 to {BATCH} accounts a report")
        told = [{"accountId": account, "updatedAt": _moment(at)} for account, at in accounts.items()]
        answer = self._http.request("POST", self._url, auth=self._auth, json={"accounts": told})
        listed = objects(answer.json_object().get("accounts", [])) if answer.content.strip() else []
        return Report(
            closed=_of(listed, "closed", accounts), updated=_of(listed, "updated", accounts),
            cycle=cycle_of(answer.headers.get("Cycle-Period")),
        )  # fmt: skip


def cycle_of(header: str | None) -> timedelta:
    """The pause that `Cycle-Period` asks for. Its form is not settled: `20 Days`, `P7D` and seconds have been seen."""
    text = (header or "").strip()
    found = re.fullmatch(r"(?:P(\d{1,4})D|(\d{1,4})\s*days?|(\d{1,9}))", text, re.IGNORECASE)
    if found is None:
        return DEFAULT_CYCLE
    days = found[1] or found[2]
    asked = timedelta(days=int(days)) if days else timedelta(seconds=int(found[3]))
    return min(max(asked, SHORTEST_CYCLE), LONGEST_CYCLE)


def _of(listed: Sequence[Mapping[str, object]], status: str, asked: Mapping[str, datetime]) -> frozenset[str]:
    """Those with this status, of those that were asked about and of no others."""
    named = (one.get("accountId") for one in listed if one.get("status") == status)
    return frozenset(account for account in named if isinstance(account, str) and account in asked)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
