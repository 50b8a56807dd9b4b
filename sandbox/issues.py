"""Jira's issues: what is stored, and the beans that REST v3 gives of it."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox import adf
from sandbox.accounts import Account

PROJECTS = {"SUP": ("10001", "Support", "service_desk"), "DEV": ("10002", "Development", "software")}
MAX_PROPERTY_CHARS = 32_768


@dataclass
class Attachment:
    attachment_id: str
    filename: str
    mime_type: str
    data: bytes = field(repr=False)
    author: Account
    created: datetime
    # The media host trusts whoever holds the link, for a while; so does this one.
    media_token: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)


@dataclass
class Comment:
    comment_id: str
    author: Account
    body: dict[str, Any]
    created: datetime
    public: bool = True


@dataclass
class Issue:
    issue_id: str
    key: str
    summary: str
    description: dict[str, Any] | None
    environment: dict[str, Any] | None
    reporter: Account
    created: datetime
    updated: datetime
    status: str = "To Do"
    labels: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def project_key(self) -> str:
        return self.key.rpartition("-")[0]

    def visible_to(self, account: Account) -> bool:
        """Staff and the app see all cases, everybody sees what they reported, and DEV is open to users."""
        own = account.account_id == self.reporter.account_id
        return own or account.sees_all or (self.project_key == "DEV" and "jira-users" in account.groups)


class Issues:
    """All issues of the site."""

    def __init__(self, site_url: str) -> None:
        self.site_url = site_url
        self._ids = itertools.count(10_100)
        self._numbers = {key: itertools.count(1) for key in PROJECTS}
        self.by_key: dict[str, Issue] = {}

    def find(self, id_or_key: str) -> Issue | None:
        """By key in any case, or by id."""
        found = self.by_key.get(id_or_key.upper())
        return found or next((issue for issue in self.by_key.values() if issue.issue_id == id_or_key), None)

    def create(self, project: str, summary: str, description: str, environment: str, reporter: Account) -> Issue:
        """A new issue from plain text; KeyError for an unknown project."""
        now = datetime.now(UTC)
        issue = Issue(
            issue_id=str(next(self._ids)),
            key=f"{project}-{next(self._numbers[project])}",
            summary=summary,
            description=adf.document(description) if description else None,
            environment=adf.document(environment) if environment else None,
            reporter=reporter,
            created=now,
            updated=now,
        )
        self.by_key[issue.key] = issue
        return issue

    def attach(self, issue: Issue, filename: str, mime_type: str, data: bytes, author: Account) -> Attachment:
        issue.updated = datetime.now(UTC)
        attachment = Attachment(str(next(self._ids)), filename, mime_type, data, author, issue.updated)
        issue.attachments.append(attachment)
        return attachment

    def comment(self, issue: Issue, body: dict[str, Any], author: Account, public: bool = True) -> Comment:
        issue.updated = datetime.now(UTC)
        comment = Comment(str(next(self._ids)), author, body, issue.updated, public)
        issue.comments.append(comment)
        return comment

    def attachment(self, attachment_id: str) -> tuple[Issue, Attachment] | None:
        for issue in self.by_key.values():
            for attachment in issue.attachments:
                if attachment.attachment_id == attachment_id:
                    return issue, attachment
        return None
