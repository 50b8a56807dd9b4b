"""A small real Jira over HTTP: one issue with attachments, each request signed and counted."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from connect import tokens
from connect.host import Host
from connect.http import Outbound
from connect.jira import Jira

SECRET = "the-shared-secret-of-the-small-jira"
ALICE, BOB = "5f27b6facdb7b4001be9f12f", "5f27b6facdb7b4001be9f999"


class SmallJira:
    """One site. Change `files`, `project` and the rest as a test likes; `asked` holds the paths that were asked for."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes, str]] = {}
        self.project = "SUP"
        self.issue_status = self.grants_status = 200
        self.content_status: dict[str, int] = {}
        self.readers = {ALICE}
        self.hidden: set[str] = set()
        self.fields: dict[str, Any] = {}
        # What a search lists, and in pages of how many.
        self.listed: list[dict[str, Any]] = []
        self.page = 100
        self.search_status = 200
        self.questions: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.url = ""
        self.jira: Jira

    def attach(self, attachment_id: str, name: str, content: bytes, media_type: str = "application/zip") -> None:
        self.files[attachment_id] = (name, content, media_type)

    def downloads(self) -> list[str]:
        return [path.rpartition("/")[2] for path in self.asked if "/attachment/content/" in path]

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        self.asked.append(path)
        if path == "/rest/api/3/issue/10001":
            return self.issue_status, json.dumps(self._issue()).encode()
        if "/attachment/content/" in path:
            identifier = path.rpartition("/")[2]
            status = self.content_status.get(identifier, 200 if identifier in self.files else 404)
            return status, self.files[identifier][1] if status == 200 else b"{}"
        if path == "/rest/api/3/permissions/check":
            return self.grants_status, json.dumps(self._grants(json.loads(body))).encode()
        if path == "/rest/api/3/search/jql":
            return self.search_status, json.dumps(self._search(json.loads(body))).encode()
        return 404, b"{}"

    def _search(self, question: dict[str, Any]) -> dict[str, Any]:
        self.questions.append(question)
        start = int(question.get("nextPageToken", 0))
        size = min(self.page, question["maxResults"])
        page: dict[str, Any] = {"issues": self.listed[start : start + size]}
        return page | ({"nextPageToken": str(start + size)} if start + size < len(self.listed) else {})

    def _issue(self) -> dict[str, Any]:
        listed = [
            {
                "id": identifier,
                "filename": name,
                "size": len(content),
                "mimeType": media_type,
                "created": f"2026-11-{20 + number:02}T10:00:00.000+0000",
                "content": "https://elsewhere.example.test/steal",
            }
            for number, (identifier, (name, content, media_type)) in enumerate(sorted(self.files.items()))
        ]
        fields = {
            "attachment": listed,
            "reporter": {"accountId": BOB, "displayName": "Bob Example"},
            "project": {"key": self.project},
            "created": "2026-11-19T08:00:00.000+0000",
        }
        return {"id": "10001", "key": f"{self.project}-7", "fields": fields | self.fields}

    def _grants(self, question: dict[str, Any]) -> dict[str, Any]:
        wanted = question["projectPermissions"][0]
        allowed = wanted["issues"] if question["accountId"] in self.readers else []
        issues = [issue for issue in allowed if str(issue) not in self.hidden]
        return {"globalPermissions": [], "projectPermissions": [{"permission": "BROWSE_PROJECTS", "issues": issues}]}


@contextmanager
def small_jira() -> Iterator[SmallJira]:
    """Run one, with a client that may call it and nothing else."""
    site = SmallJira()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "").removeprefix("JWT ")
            qsh = {"method": self.command, "raw_url": self.path, "base_url": site_url}
            tokens.verify_request(token, [SECRET], **qsh, now=int(time.time()))
            status, content = site.answer(self.command, urlsplit(self.path).path, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site_url = site.url = f"http://localhost:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with Outbound([f"localhost:{server.server_port}"], timeout=5) as http:
            site.jira = Jira(Host(site_url, "client-1", "com.alkaes.fairtrial", SECRET), http, time.time)
            yield site
        server.shutdown()
