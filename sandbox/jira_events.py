"""Jira's webhooks to the app: each event goes to every module of the descriptor that asked for it."""

from __future__ import annotations

import json
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from connect import tokens
from sandbox import forge
from sandbox.accounts import Account
from sandbox.beans import attachment_bean, comment_bean, issue_fields
from sandbox.hosting import app_url
from sandbox.issues import Attachment, Comment, Issue
from sandbox.outbox import Delivery

if TYPE_CHECKING:
    from sandbox.state import World

Sent = list["Future[dict[str, Any]]"]
REDUCED = ("summary", "issuetype", "project", "assignee", "priority", "status")


def created(world: World, issue: Issue, by: Account) -> Sent:
    items = [_change("summary", None, issue.summary)]
    return _issue_event(world, "jira:issue_created", "issue_created", issue, by, items)


def updated(world: World, issue: Issue, by: Account, items: list[dict[str, Any]], kind: str = "issue_updated") -> Sent:
    return _issue_event(world, "jira:issue_updated", kind, issue, by, items)


def deleted(world: World, issue: Issue, by: Account) -> Sent:
    return emit(world, "jira:issue_deleted", _envelope(world, by, issue), issue)


def attached(world: World, issue: Issue, attachment: Attachment, by: Account) -> Sent:
    """The bare event, which lacks its issue on some sites, then the update that names the file."""
    bean = attachment_bean(world.site_url, attachment, "2")
    sent = emit(world, "attachment_created", {"user": by.bean(world.site_url), "attachment": bean}, issue)
    change = {**_change("Attachment", None, attachment.filename), "to": attachment.attachment_id}
    return sent + updated(world, issue, by, [change])


def commented(world: World, issue: Issue, comment: Comment, by: Account) -> Sent:
    """A comment raises its own event and an update."""
    bean = comment_bean(world.site_url, issue, comment, text=True)
    fields = {name: value for name, value in issue_fields(world.site_url, issue, text=True).items() if name in REDUCED}
    body = {"comment": bean, "issue": {**_reference(world, issue), "fields": fields}}
    return emit(world, "comment_created", body, issue) + updated(world, issue, by, [], "issue_commented")


def _change(name: str, before: str | None, after: str | None) -> dict[str, Any]:
    return {
        "field": name,
        "fieldtype": "jira",
        "fieldId": name.lower() if name != "Attachment" else name,
        "from": None,
        "fromString": before,
        "to": None,
        "toString": after,
    }


def change(name: str, before: str | None, after: str | None) -> dict[str, Any]:
    """One item of a changelog."""
    return _change(name, before, after)


def _reference(world: World, issue: Issue) -> dict[str, Any]:
    link = f"{world.site_url}/rest/api/2/issue/{issue.issue_id}"
    return {"id": issue.issue_id, "self": link, "key": issue.key}


def _envelope(world: World, by: Account, issue: Issue) -> dict[str, Any]:
    fields = issue_fields(world.site_url, issue, text=True)
    return {"user": by.bean(world.site_url), "issue": {**_reference(world, issue), "fields": fields}}


def _issue_event(world: World, event: str, kind: str, issue: Issue, by: Account, items: list[dict[str, Any]]) -> Sent:
    body = {"issue_event_type_name": kind, **_envelope(world, by, issue)}
    body["changelog"] = {"id": str(time.time_ns() // 1_000_000), "items": items}
    return emit(world, event, body, issue)


def emit(world: World, event: str, body: dict[str, Any], issue: Issue) -> Sent:
    """Send `event` to all who asked for it, by either door; a disabled or absent app hears nothing."""
    tenant = world.tenants["jira"]
    content = {"timestamp": int(time.time() * 1000), "webhookEvent": event, **body}
    by_forge = forge.emit(world, event, content)
    if tenant.secret is None or not tenant.enabled:
        return by_forge
    raw = json.dumps(content, ensure_ascii=False).encode()
    hooks = tenant.descriptor.get("modules", {}).get("webhooks", [])
    return by_forge + [
        world.outbox.later(_delivery(world, event, hook, raw, issue)) for hook in hooks if hook.get("event") == event
    ]


def _delivery(world: World, event: str, hook: dict[str, Any], raw: bytes, issue: Issue) -> Delivery:
    tenant = world.tenants["jira"]
    url = app_url(tenant, str(hook["url"]), issue=issue)
    identifier = str(uuid4())

    def headers(attempt: int) -> dict[str, str]:
        now = int(time.time())
        qsh = tokens.query_string_hash("POST", url, tenant.app_base_url)
        token = tokens.sign(tenant.secret or "", issuer=tenant.client_key, qsh=qsh, now=now, lifetime=900, context={})
        made = {
            "Authorization": f"JWT {token}",
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian HttpClient (sandbox)",
            "x-atlassian-webhook-identifier": identifier,
            "x-atlassian-webhook-flow": "Primary",
        }
        return {**made, "x-atlassian-webhook-retry": str(attempt)} if attempt else made

    return Delivery("jira", event, identifier, url, raw, headers)
