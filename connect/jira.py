"""The calls to Jira Cloud (REST v3) that the app makes, signed as the app."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connect.gateway import jira_gateway
from connect.host import AnyHost
from connect.http import Outbound, UpstreamError, objects

API = "rest/api/3"
SEARCH_PAGE = 100
MAX_SEARCH_PAGES = 200
DOWNLOAD_SECONDS = 120
HERE = {"redirect": "false"}
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416


class Jira:
    """One Jira site. Every method raises `UpstreamError`; only where it says so does a 404 mean None."""

    def __init__(self, host: AnyHost, http: Outbound, clock: Callable[[], float]) -> None:
        self._host = host
        self._http = http
        self._auth = host.auth(clock)
        self._gateway = jira_gateway(host, http, clock)

    def user_groups(self, account_id: str) -> list[str]:
        """Names of the groups that a user is in."""
        groups = objects(self._gateway.get(f"{API}/user/groups", {"accountId": account_id}).json())
        return [group["name"] for group in groups if isinstance(group.get("name"), str)]

    def may_browse(self, account_id: str, issue_id: str | int) -> bool:
        """Whether Jira lets this user see this issue; `issue_id` is the number, not the key."""
        return bool(self.browsable(account_id, [issue_id]))

    def browsable(self, account_id: str, issue_ids: Sequence[str | int]) -> set[str]:
        """Which of these issues (a thousand at most) Jira lets this user see."""
        asked = {int(issue_id): str(issue_id) for issue_id in issue_ids if _is_id(issue_id)}
        if not asked:
            return set()
        wanted = {"issues": list(asked), "permissions": ["BROWSE_PROJECTS"]}
        question = {"accountId": account_id, "projectPermissions": [wanted]}
        answer = self._gateway.post(f"{API}/permissions/check", question).json_object()
        grants = objects(answer.get("projectPermissions"))
        issues = [grant.get("issues") for grant in grants if grant.get("permission") == "BROWSE_PROJECTS"]
        granted = (issue for listed in issues if isinstance(listed, list) for issue in listed)
        return {asked[issue] for issue in granted if isinstance(issue, int) and issue in asked}

    def issue(self, id_or_key: str, fields: Sequence[str]) -> dict[str, Any]:
        """One issue with these fields and no others (the default would be all of them, personal data included)."""
        return self._gateway.get(_issue_path(id_or_key), {"fields": ",".join(fields)}).json_object()

    def attachment(self, attachment_id: str | int, *, max_bytes: int) -> Path:
        """Download one attachment into a temporary file, which the caller deletes. ValueError if the id is no number.

        The URL is made of the stored base URL and the number: `content` links in payloads are never followed.
        `redirect=false` keeps the download on the site itself.
        """
        url = self._content_of(attachment_id)
        with tempfile.NamedTemporaryFile(prefix="attachment-", delete=False) as file:
            path = Path(file.name)
            try:
                self._http.request(
                    "GET",
                    url,
                    auth=self._auth,
                    params=HERE,
                    max_bytes=max_bytes,
                    timeout=DOWNLOAD_SECONDS,
                    into=file,
                )
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        return path

    def attachment_part(self, attachment_id: str | int, start: int, length: int, *, size: int) -> bytes | None:
        """So many bytes of an attachment of `size` bytes, or None where the site does not give this part of it.

        RFC 9110, 14: a server may ignore `Range`, and what it gives instead counts only as what it says that it is.
        """
        span = f"bytes {start}-{start + length - 1}/{size}"
        wanted = {"Range": span.replace(" ", "=").partition("/")[0], "Accept-Encoding": "identity"}
        try:
            answer = self._http.request(
                "GET", self._content_of(attachment_id), auth=self._auth, params=HERE, headers=wanted, max_bytes=length
            )
        except UpstreamError as error:
            if error.outcome == "too-large" or error.status == RANGE_NOT_SATISFIABLE:
                return None
            raise
        is_it = answer.status == PARTIAL_CONTENT and answer.headers.get("Content-Range") == span
        return answer.content if is_it and len(answer.content) == length else None

    def _content_of(self, attachment_id: str | int) -> str:
        if not _is_id(attachment_id):
            raise ValueError("an attachment id is a number")
        return f"{self._host.base_url.rstrip('/')}/{API}/attachment/content/{attachment_id}"

    def issue_property(self, id_or_key: str, key: str) -> Any:
        """The value of an issue property, or None where there is none (or no such issue)."""
        try:
            return self._gateway.get(_property_path(id_or_key, key)).json_object().get("value")
        except UpstreamError as error:
            if error.outcome == "not-found":
                return None
            raise

    def set_issue_property(self, id_or_key: str, key: str, value: Any) -> None:
        """Write an issue property: any JSON but null, 32,768 bytes at most."""
        self._gateway.put(_property_path(id_or_key, key), value)

    def search(self, jql: str, fields: Sequence[str], limit: int) -> Iterator[dict[str, Any]]:
        """Up to `limit` issues of a bounded JQL query, page by page."""
        token: str | None = None
        for _ in range(MAX_SEARCH_PAGES):
            if limit <= 0:
                return
            question: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": min(limit, SEARCH_PAGE)}
            if token:
                question["nextPageToken"] = token
            page = self._gateway.post(f"{API}/search/jql", question).json_object()
            issues = objects(page.get("issues"))
            yield from issues[:limit]
            limit -= len(issues)
            token = page.get("nextPageToken")
            if not isinstance(token, str) or not token:
                return
        raise UpstreamError("bad-answer")


def _issue_path(id_or_key: str) -> str:
    return f"{API}/issue/{_segment(id_or_key)}"


def _property_path(id_or_key: str, key: str) -> str:
    return f"{_issue_path(id_or_key)}/properties/{_segment(key)}"


def _segment(text: str) -> str:
    if text in ("", ".", ".."):
        raise ValueError("not a path segment")
    return quote(text, safe="")


def _is_id(value: str | int) -> bool:
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) < 20
