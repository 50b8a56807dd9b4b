"""The calls of a customer to a service desk of somebody else's (Jira Service Management Cloud, customer API).

Signed with an account and its API token, not as the app: the desk's site has not installed it. A desk knows no
idempotency key, so what was created is found again by a word of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from requests.auth import HTTPBasicAuth
from urllib3 import encode_multipart_formdata

from connect.http import Answer, Outbound, UpstreamError, objects

API = "rest/servicedeskapi"
KEY = re.compile(r"[A-Z][A-Z0-9_]{0,40}-[1-9][0-9]{0,12}")
# Without the first the upload is taken for a forged form. The document's own example sends the second, too.
UPLOAD = {"X-Atlassian-Token": "no-check", "X-ExperimentalApi": "opt-in"}
PAGE = 50


class ServiceDesk:
    """One service desk and request type, by their numbers. Every method raises `UpstreamError`."""

    def __init__(self, url: str, user: str, token: str, desk: str, request_type: str, http: Outbound) -> None:
        self._url = f"{url.rstrip('/')}/{API}"
        # requests would encode text as Latin-1.
        self._auth = HTTPBasicAuth(user.encode(), token.encode())
        self._desk, self._type = desk, request_type
        self._http = http

    def upload(self, file_name: str, content: bytes) -> str:
        """Bring a file for a request of the next minutes; gives its temporary id. It belongs to nothing yet."""
        body, content_type = encode_multipart_formdata({"file": (file_name, content, "application/json")})
        headers = {**UPLOAD, "Content-Type": content_type}
        answer = self._call("POST", f"servicedesk/{self._desk}/attachTemporaryFile", data=body, headers=headers)
        for file in objects(answer.json_object().get("temporaryAttachments")):
            if isinstance(found := file.get("temporaryAttachmentId"), str) and found:
                return found
        raise UpstreamError("bad-answer", status=answer.status)

    def create(self, summary: str, description: str) -> str:
        """Make a request; gives its key."""
        fields = {"summary": summary, "description": description}
        body = {"serviceDeskId": self._desk, "requestTypeId": self._type, "requestFieldValues": fields}
        return _key(self._call("POST", "request", json=body).json_object())

    def find(self, summary: str, word: str) -> str | None:
        """The key of the first request of ours with exactly this summary, of which `word` is one nobody else uses."""
        query = {
            "searchTerm": word, "requestOwnership": "OWNED_REQUESTS", "serviceDeskId": self._desk,
            "requestTypeId": self._type, "limit": str(PAGE),
        }  # fmt: skip
        listed = objects(self._call("GET", "request", params=query).json_object().get("values"))
        keys = [_key(request) for request in listed if _summary(request) == summary]
        return min(keys, key=lambda key: int(key.rpartition("-")[2]), default=None)

    def has_attachment(self, key: str, file_name: str) -> bool:
        """Is there a file of this name on a request of ours?"""
        start = 0
        while True:
            query = {"start": str(start), "limit": str(PAGE)}
            page = self._call("GET", f"request/{_checked(key)}/attachment", params=query).json_object()
            files = objects(page.get("values"))
            if any(file.get("filename") == file_name for file in files):
                return True
            start += len(files)
            if not files or page.get("isLastPage") is not False:
                return False

    def attach(self, key: str, temporary_id: str) -> None:
        """Put an uploaded file onto a request, with a comment around it that says nothing; customers' are public."""
        body = {"temporaryAttachmentIds": [temporary_id], "public": True}
        self._call("POST", f"request/{_checked(key)}/attachment", json=body)

    def _call(self, method: str, path: str, headers: Mapping[str, str] | None = None, **sent: Any) -> Answer:
        told = {"Accept": "application/json", **(headers or {})}
        return self._http.request(method, f"{self._url}/{path}", auth=self._auth, headers=told, **sent)


def _key(request: Mapping[str, Any]) -> str:
    return _checked(request.get("issueKey"))


def _checked(key: Any) -> str:
    # It becomes a part of a URL.
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise UpstreamError("bad-answer")
    return key


def _summary(request: Mapping[str, Any]) -> Any:
    fields = objects(request.get("requestFieldValues"))
    return next((field.get("value") for field in fields if field.get("fieldId") == "summary"), None)
