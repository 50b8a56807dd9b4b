"""The JSON shapes of Jira: REST v3 beans (ADF bodies) and what webhooks carry (plain text bodies)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox import adf
from sandbox.issues import PROJECTS, Attachment, Comment, Issue

STATUSES = {"To Do": ("10001", 2, "new"), "In Progress": ("10002", 4, "indeterminate"), "Done": ("10003", 3, "done")}


def moment(when: datetime) -> str:
    """Jira's way to write a time: `2026-02-16T12:00:00.000+0000`."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}+0000"


def attachment_bean(site_url: str, attachment: Attachment, api: str = "3") -> dict[str, Any]:
    base = f"{site_url}/rest/api/{api}/attachment"
    return {
        "self": f"{base}/{attachment.attachment_id}",
        "id": attachment.attachment_id,
        "filename": attachment.filename,
        "author": attachment.author.bean(site_url),
        "created": moment(attachment.created),
        "size": len(attachment.data),
        "mimeType": attachment.mime_type,
        "content": f"{base}/content/{attachment.attachment_id}",
    }


def comment_bean(site_url: str, issue: Issue, comment: Comment, *, text: bool = False) -> dict[str, Any]:
    """`text` gives the body as webhooks do."""
    author = comment.author.bean(site_url)
    return {
        "self": f"{site_url}/rest/api/{'2' if text else '3'}/issue/{issue.issue_id}/comment/{comment.comment_id}",
        "id": comment.comment_id,
        "author": author,
        "body": adf.plain(comment.body).rstrip("\n") if text else comment.body,
        "updateAuthor": author,
        "created": moment(comment.created),
        "updated": moment(comment.created),
        "jsdPublic": comment.public,
    }


def _project(site_url: str, key: str, api: str) -> dict[str, Any]:
    number, name, kind = PROJECTS[key]
    base = f"{site_url}/rest/api/{api}/project/{number}"
    return {"self": base, "id": number, "key": key, "name": name, "projectTypeKey": kind}


def _status(site_url: str, name: str, api: str) -> dict[str, Any]:
    number, category, key = STATUSES[name]
    base = f"{site_url}/rest/api/{api}"
    kind = {"self": f"{base}/statuscategory/{category}", "id": category, "key": key, "name": name}
    return {"self": f"{base}/status/{number}", "id": number, "name": name, "description": "", "statusCategory": kind}


def issue_fields(site_url: str, issue: Issue, *, text: bool = False) -> dict[str, Any]:
    """All fields of one issue; `text` gives bodies as plain text and v2 addresses, as webhooks do."""
    api = "2" if text else "3"
    bodies = {"description": issue.description, "environment": issue.environment}
    return {
        "summary": issue.summary,
        "issuetype": {
            "self": f"{site_url}/rest/api/{api}/issuetype/10001",
            "id": "10001",
            "name": "Support" if issue.project_key == "SUP" else "Task",
            "subtask": False,
        },
        "project": _project(site_url, issue.project_key, api),
        "status": _status(site_url, issue.status, api),
        "priority": {"self": f"{site_url}/rest/api/{api}/priority/3", "id": "3", "name": "Medium"},
        "labels": list(issue.labels),
        "assignee": None,
        "resolution": None,
        "reporter": issue.reporter.bean(site_url),
        "creator": issue.reporter.bean(site_url),
        "created": moment(issue.created),
        "updated": moment(issue.updated),
        **{name: adf.plain(body).rstrip("\n") if text and body else body for name, body in bodies.items()},
        "attachment": [attachment_bean(site_url, attachment, api) for attachment in issue.attachments],
        "comment": comments_bean(site_url, issue, text=text),
    }


def comments_bean(
    site_url: str, issue: Issue, *, text: bool = False, start: int = 0, limit: int = 5000
) -> dict[str, Any]:
    """PageOfComments."""
    beans = [comment_bean(site_url, issue, comment, text=text) for comment in issue.comments]
    return {"comments": beans[start : start + limit], "maxResults": limit, "startAt": start, "total": len(beans)}


def chosen(fields: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The `fields` parameter: names, `*all`, `*navigable`, and `-name` to leave one out."""
    wanted = {name for name in names if not name.startswith("-")}
    dropped = {name[1:] for name in names if name.startswith("-")}
    if "*all" in wanted or (dropped and not wanted):
        wanted = set(fields)
    elif "*navigable" in wanted:
        wanted |= set(fields) - {"comment", "attachment"}
    return {name: value for name, value in fields.items() if name in wanted - dropped}


def issue_bean(site_url: str, issue: Issue, names: Sequence[str], properties: Sequence[str] = ()) -> dict[str, Any]:
    """IssueBean with the fields asked for, and issue properties where asked for."""
    bean: dict[str, Any] = {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": issue.issue_id,
        "self": f"{site_url}/rest/api/3/issue/{issue.issue_id}",
        "key": issue.key,
    }
    fields = chosen(issue_fields(site_url, issue), names)
    if fields:
        bean["fields"] = fields
    if properties:
        wanted = issue.properties if "*all" in properties else set(properties)
        bean["properties"] = {key: value for key, value in issue.properties.items() if key in wanted}
    return bean
