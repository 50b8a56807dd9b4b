"""What a host knows about our own app on it: its licence, and a few properties that we may keep there.

The same paths on Jira and on Confluence, whose base URL ends in `/wiki` (reference: connect.md section 4).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connect.host import ConnectAuth, Host
from connect.http import Answer, Outbound, UpstreamError

MAX_KEY_CHARS = 127
MAX_VALUE_CHARS = 32_768
MAX_TEXT_CHARS = 255


@dataclass(frozen=True)
class Licence:
    """The licence as the host tells it. None is "not said": free apps have none, and nobody is licensed by a gap.

    A host has been seen to call active what the Marketplace calls expired (MC-1001): an observation, no verdict.
    """

    state: str | None
    active: bool | None
    evaluation: bool | None
    type: str | None
    entitlement_id: str | None
    entitlement_number: str | None
    support_entitlement_number: str | None

    @property
    def is_licensed(self) -> bool:
        """Whether the host says, in so many words, that the app is switched on and paid for or on trial."""
        return self.active is True and self.state == "ENABLED"


class Addon:
    """Our app on one host. Every method raises `UpstreamError`; only where it says so is a 404 an answer."""

    def __init__(self, host: Host, http: Outbound, clock: Callable[[], float]) -> None:
        self._url = f"{host.base_url.rstrip('/')}/rest/atlassian-connect/1/addons/{quote(host.app_key, safe='')}"
        self._http = http
        self._auth = ConnectAuth(host, clock)

    def licence(self) -> Licence:
        """The licence of the app; `not-found` if it is not installed.

        `host.contacts` of the same answer is left unread: names and addresses that we did not ask anybody for.
        """
        addon = self._call("GET").json_object()
        said = addon.get("license")
        licence: dict[str, Any] = said if isinstance(said, dict) else {}
        return Licence(
            state=_text(addon.get("state")),
            active=_flag(licence.get("active")),
            evaluation=_flag(licence.get("evaluation")),
            type=_text(licence.get("type")),
            entitlement_id=_text(licence.get("entitlementId")),
            entitlement_number=_text(licence.get("entitlementNumber")),
            support_entitlement_number=_text(licence.get("supportEntitlementNumber")),
        )

    def property(self, key: str) -> Any:
        """The value of an app property, or None where there is none."""
        try:
            return self._call("GET", _path(key)).json_object().get("value")
        except UpstreamError as error:
            if error.outcome == "not-found":
                return None
            raise

    def set_property(self, key: str, value: Any) -> None:
        """Write an app property: any JSON but null, 32,768 characters at most, or ValueError."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        if value is None or len(text) > MAX_VALUE_CHARS:
            raise ValueError(f"an app property holds 1 to {MAX_VALUE_CHARS} characters of JSON")
        self._call("PUT", _path(key), text.encode())

    def delete_property(self, key: str) -> None:
        """Remove an app property; one that is not there is fine."""
        try:
            self._call("DELETE", _path(key))
        except UpstreamError as error:
            if error.outcome != "not-found":
                raise

    def _call(self, method: str, path: str = "", data: bytes | None = None) -> Answer:
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if data else {})
        return self._http.request(method, self._url + path, auth=self._auth, data=data, headers=headers)


def _path(key: str) -> str:
    if key in ("", ".", "..") or len(key) > MAX_KEY_CHARS:
        raise ValueError(f"the key of an app property has 1 to {MAX_KEY_CHARS} characters")
    return f"/properties/{quote(key, safe='')}"


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return value[:MAX_TEXT_CHARS] if isinstance(value, str) and value else None
