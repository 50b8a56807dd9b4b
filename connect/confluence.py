"""The calls to Confluence Cloud that the app makes, signed as the app: REST v2, and v1 to write labels."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connect.gateway import confluence_gateway
from connect.host import AnyHost
from connect.http import Outbound, UpstreamError, objects

API = "api/v2"
# A page that somebody archived or put in the bin is still our page, and still holds its title.
ANY_STATUS = "current,archived,trashed"
MAX_PAGES = 20
# What a stranger gets where a page is not for everybody; a redirect leads to the login.
SHUT = {"unauthorized", "forbidden", "not-found", "redirected"}


class Confluence:
    """One Confluence site; `host.base_url` ends in `/wiki`.

    Every method raises `UpstreamError`; only where it says so does a 404 mean None: an outage or a 403 is never
    "absent", since the caller would then create a second page. Ids are the digits that Confluence gave.
    """

    def __init__(self, host: AnyHost, http: Outbound, clock: Callable[[], float]) -> None:
        self._gateway = confluence_gateway(host, http, clock)
        self._http = http

    def space(self, key: str) -> dict[str, Any] | None:
        """The space with this key (`id`, `key`, `name`, `homepageId`, …), or None."""
        spaces = self._gateway.get(f"{API}/spaces", {"keys": key, "limit": 1}).json_object()
        return next((space for space in _results(spaces) if space.get("key") == key), None)

    def page(self, page_id: str) -> dict[str, Any] | None:
        """A page with `body.storage.value` and `version`, also if archived or trashed; None if there is none."""
        params = {"body-format": "storage", "include-version": "true", "status": ANY_STATUS}
        try:
            return self._gateway.get(_page_path(page_id), params).json_object()
        except UpstreamError as error:
            if error.outcome == "not-found":
                return None
            raise

    def pages_titled(self, space_id: str, title: str) -> list[dict[str, Any]]:
        """Every page of a space with this title in any case (they clash), archived and trashed ones too."""
        path = f"{API}/spaces/{_id(space_id)}/pages"
        found = self._all(path, {"title": title, "status": ANY_STATUS, "limit": 25})
        return [page for page in found if str(page.get("title", "")).casefold() == title.casefold()]

    def create_page(self, *, space_id: str, title: str, body: str, parent_id: str | None = None) -> dict[str, Any]:
        """Create a current page from storage XHTML. A title that is taken is `bad-request`, see the error's `title`."""
        page = {"spaceId": _id(space_id), "status": "current", "title": title, "body": _storage(body)}
        if parent_id is not None:
            page["parentId"] = _id(parent_id)
        return self._gateway.post(f"{API}/pages", page).json_object()

    def update_page(self, *, page_id: str, title: str, body: str, version: int, message: str) -> dict[str, Any]:
        """Write the version numbered `version`, which is one more than the current one; anything else is `conflict`."""
        page = {
            "id": _id(page_id),
            "status": "current",
            "title": title,
            "body": _storage(body),
            "version": {"number": version, "message": message},
        }
        return self._gateway.put(_page_path(page_id), page).json_object()

    def is_public(self, page: dict[str, Any]) -> bool | None:
        """Does somebody without an account see the page (as the API gave it)? None where that could not be found out.

        Space permissions are the administrator's alone, so the one sure test is to ask as a stranger (policy.md 2).
        """
        links = page.get("_links")
        base, path = (links.get("base"), links.get("webui")) if isinstance(links, dict) else (None, None)
        if not (isinstance(base, str) and isinstance(path, str) and path.startswith("/")):
            return None
        try:
            seen = self._http.request("GET", base + path, headers={"Accept": "text/html"})
        except UpstreamError as error:
            return False if error.outcome in SHUT else None
        return html.escape(str(page.get("title", "")), quote=False) in html.escape(
            html.unescape(seen.text), quote=False
        )

    def page_property(self, page_id: str, key: str) -> dict[str, Any] | None:
        """A content property (`id`, `key`, `value`, `version.number`), or None; a missing page is an error."""
        listed = self._gateway.get(f"{_page_path(page_id)}/properties", {"key": key}).json_object()
        # The filter has been seen to let foreign keys through.
        return next((one for one in _results(listed) if one.get("key") == key), None)

    def set_page_property(
        self, page_id: str, key: str, value: Any, *, property_id: str | None = None, version: int | None = None
    ) -> dict[str, Any]:
        """Create a content property, or with `property_id` write its version numbered `version` (current + 1)."""
        path = f"{_page_path(page_id)}/properties"
        written: dict[str, Any] = {"key": key, "value": value}
        if property_id is None:
            return self._gateway.post(path, written).json_object()
        written["version"] = {"number": version}
        return self._gateway.put(f"{path}/{_id(property_id)}", written).json_object()

    def labels(self, page_id: str) -> set[str]:
        """Names of a page's labels."""
        listed = self._all(f"{_page_path(page_id)}/labels", {"limit": 250})
        return {label["name"] for label in listed if isinstance(label.get("name"), str)}

    def add_labels(self, page_id: str, names: Sequence[str]) -> None:
        """Add global labels; those already there are fine."""
        if not names:
            return
        labels = [{"prefix": "global", "name": name} for name in names]
        self._gateway.post(f"rest/api/content/{_id(page_id)}/label", labels)

    def _all(self, path: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        # Of a `next` link only the cursor is used: the link itself may lead anywhere.
        for _ in range(MAX_PAGES):
            listed = self._gateway.get(path, params).json_object()
            yield from _results(listed)
            cursor = _cursor(listed)
            if not cursor:
                return
            params = {**params, "cursor": cursor}
        raise UpstreamError("bad-answer")


def _page_path(page_id: str) -> str:
    return f"{API}/pages/{_id(page_id)}"


def _storage(body: str) -> dict[str, str]:
    return {"representation": "storage", "value": body}


def _results(listed: dict[str, Any]) -> list[dict[str, Any]]:
    return objects(listed.get("results"))


def _cursor(listed: dict[str, Any]) -> str:
    links = listed.get("_links")
    following = links.get("next") if isinstance(links, dict) else None
    try:
        query = urlsplit(following if isinstance(following, str) else "").query
        return parse_qs(query, max_num_fields=100).get("cursor", [""])[0]
    except ValueError:
        raise UpstreamError("bad-answer") from None


def _id(value: str) -> str:
    if not (value.isascii() and value.isdigit()):
        raise ValueError("an id of Confluence is a number")
    return value
