"""Control calls that make things happen on the site: rows of the Marketplace and support cases."""

from __future__ import annotations

import mimetypes
from concurrent.futures import Future, wait
from pathlib import PurePath
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox import adf, events, jira_events
from sandbox.beans import STATUSES, issue_bean
from sandbox.context import world
from sandbox.issues import Issue
from sandbox.refusals import json_answer
from sandbox.sample_zip import sample_support_zip
from sandbox.state import World

blueprint = Blueprint("content", __name__)
DELIVERY_SECONDS = 120
SAMPLE_NAME = "Confluence_support_sample.zip"


def wish_of_call() -> dict[str, Any]:
    """The options of a call, from JSON or from a form."""
    body = request.get_json(silent=True) if request.is_json else dict(request.form)
    return body if isinstance(body, dict) else {}


def _sent(futures: list[Future[dict[str, Any]]], wish: dict[str, Any]) -> list[dict[str, Any]]:
    if wish.get("wait") is False:
        return []
    done, _ = wait(futures, timeout=DELIVERY_SECONDS)
    return [future.result() for future in futures if future in done]


@blueprint.put("/licences", defaults={"kind": "licenses"})
@blueprint.put("/transactions", defaults={"kind": "sales/transactions"})
@blueprint.put("/quotes", defaults={"kind": "quotes"})
@blueprint.put("/attribution", defaults={"kind": "marketing-attribution"})
def replace_rows(kind: str) -> ResponseReturnValue:
    rows = request.get_json(silent=True)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("needs a JSON array of rows")
    with world().lock:
        world().reports.rows[kind] = rows
    return jsonify({"rows": len(rows)})


@blueprint.patch("/licences/<licence>", defaults={"kind": "licenses"})
@blueprint.patch("/transactions/<licence>", defaults={"kind": "sales/transactions"})
def change_row(kind: str, licence: str) -> ResponseReturnValue:
    with world().lock:
        row = world().reports.find(kind, int(licence) if licence.isdecimal() and len(licence) < 5 else licence)
        if row is None:
            raise KeyError(licence)
        return jsonify(world().reports.change(row, wish_of_call()))


@blueprint.post("/evaluations")
def evaluate() -> ResponseReturnValue:
    """Somebody starts an evaluation: the row is in the reports, and an event says so."""
    wish = wish_of_call()
    with world().lock:
        row = world().reports.new_evaluation(wish)
    if wish.get("send") is False:
        return json_answer({"row": row, "deliveries": []}, 201)
    sent = events.send(world(), {"licences": [row["appEntitlementNumber"]]})
    return json_answer({"row": row, "deliveries": sent["deliveries"]}, 201)


@blueprint.get("/sample-support.zip")
def sample() -> ResponseReturnValue:
    headers = {"Content-Disposition": f"attachment; filename={SAMPLE_NAME}"}
    return Response(sample_support_zip(), 200, headers, mimetype="application/zip")


def _files(wish: dict[str, Any]) -> list[tuple[str, str, bytes]]:
    """Name, type and bytes of each file of the call, and the invented support zip where it asks for that."""
    found = []
    for upload in request.files.getlist("attachment"):
        name = PurePath((upload.filename or "").replace("\\", "/")).name
        if name:
            kind = upload.mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
            found.append((name, kind, upload.read()))
    if wish.get("sample") in (True, "true", "on", "1"):
        found.append((SAMPLE_NAME, "application/zip", sample_support_zip()))
    return found


@blueprint.post("/cases")
def open_case() -> ResponseReturnValue:
    """As a person does it: the issue with its files at once, then what webhooks tell of it."""
    wish, here = wish_of_call(), world()
    reporter = here.account(str(wish.get("reporter") or "carol"))
    summary, description = str(wish.get("summary") or "Help"), str(wish.get("description") or "")
    project, environment = str(wish.get("project") or "SUP").upper(), str(wish.get("environment") or "")
    with here.lock:
        issue = here.issues.create(project, summary, description, environment, reporter)
        attached = [here.issues.attach(issue, *file, reporter) for file in _files(wish)]
        futures = jira_events.created(here, issue, reporter)
        for attachment in attached:
            futures += jira_events.attached(here, issue, attachment, reporter)
        if wish.get("comment"):
            comment = here.issues.comment(issue, adf.document(str(wish["comment"])), reporter)
            futures += jira_events.commented(here, issue, comment, reporter)
    answer = {"id": issue.issue_id, "key": issue.key, "url": f"{here.site_url}/jira/browse/{issue.key}"}
    return json_answer(answer | {"deliveries": _sent(futures, wish)}, 201)


def _issue(here: World, key: str) -> Issue:
    issue = here.issues.find(key)
    if issue is None:
        raise KeyError(key)
    return issue


@blueprint.get("/cases/<key>")
def show_case(key: str) -> ResponseReturnValue:
    with world().lock:
        return jsonify(issue_bean(world().site_url, _issue(world(), key), ["*all"], ["*all"]))


@blueprint.patch("/cases/<key>")
def change_case(key: str) -> ResponseReturnValue:
    wish, here = wish_of_call(), world()
    with here.lock:
        issue, items = _issue(here, key), []
        for name in ("summary", "status"):
            if name not in wish or (name == "status" and wish[name] not in STATUSES):
                continue
            items.append(jira_events.change(name, getattr(issue, name), wish[name]))
            setattr(issue, name, str(wish[name]))
        for name in ("description", "environment"):
            if name in wish:
                before = adf.plain(getattr(issue, name)).rstrip("\n")
                items.append(jira_events.change(name, before, str(wish[name])))
                setattr(issue, name, adf.document(str(wish[name])))
        futures = jira_events.updated(here, issue, here.account(str(wish.get("account") or "carol")), items)
    return jsonify({"key": issue.key, "deliveries": _sent(futures, wish)})


@blueprint.delete("/cases/<key>")
def delete_case(key: str) -> ResponseReturnValue:
    here = world()
    with here.lock:
        issue = _issue(here, key)
        del here.issues.by_key[issue.key]
        futures = jira_events.deleted(here, issue, here.account("alice"))
    return jsonify({"key": issue.key, "deliveries": _sent(futures, {})})


@blueprint.post("/cases/<key>/attachments")
def attach(key: str) -> ResponseReturnValue:
    wish, here = wish_of_call(), world()
    author, futures = here.account(str(wish.get("account") or "carol")), []
    with here.lock:
        issue = _issue(here, key)
        attached = [here.issues.attach(issue, *file, author) for file in _files(wish)]
        for attachment in attached:
            futures += jira_events.attached(here, issue, attachment, author)
    ids = [attachment.attachment_id for attachment in attached]
    return json_answer({"key": issue.key, "attachments": ids, "deliveries": _sent(futures, wish)}, 201)


@blueprint.post("/cases/<key>/comments")
def comment(key: str) -> ResponseReturnValue:
    wish, here = wish_of_call(), world()
    author = here.account(str(wish.get("account") or "carol"))
    with here.lock:
        issue = _issue(here, key)
        added = here.issues.comment(issue, adf.document(str(wish.get("text") or "")), author)
        futures = jira_events.commented(here, issue, added, author)
    return json_answer({"key": issue.key, "id": added.comment_id, "deliveries": _sent(futures, wish)}, 201)
