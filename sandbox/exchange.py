"""What is told of a case goes to Atlassian's own service desk: put together by one of staff, agreed to by another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.people import Answer, Atlassian, Viewer, must
from sandbox.stack import wait_for

PATH = "/staff/api/exchange"
QUESTION = "Why is it slow since the upgrade?"
# Jira hides the address of whoever reported the case: staff enter it.
REPORTER = "carol@kunde.example"
PARTS = ("product", "database", "jvm")


def ask(atlassian: Atlassian, builder: Viewer, other: Viewer, case: str) -> str:
    """A package from the first look to Atlassian's key; what was seen on the way. `StepError` where it goes wrong."""
    fields = {"case": case, "question": QUESTION, "address": REPORTER} | {f"part.{part}": "yes" for part in PARTS}
    path = f"{PATH}/{_done(_send(builder, PATH, fields))['id']}"
    shown = _done(other.call("GET", path))
    text, digest = shown["leaves"]["file"], {"sha256": shown["sha256"]}
    must(hashlib.sha256(text.encode()).hexdigest() == shown["sha256"], "the digest is not of the bytes that were shown")
    early = _send(builder, f"{path}/hand-over", {"way": "desk"})
    must(early.status_code == 409, f"without an approval it was handed over: {early.status_code}")
    own = _send(builder, f"{path}/approve", digest)
    must("own-request" in own.text, f"whoever built it could approve it, too: {own.status_code}")
    _done(_send(other, f"{path}/approve", digest))
    _done(_send(builder, f"{path}/hand-over", {"way": "desk"}))
    key = wait_for("Atlassian's key", lambda: _key(builder, path))
    request = next(one for one in atlassian.get("/state/desk-requests") if one["key"] == key)
    must([file["text"] for file in request["files"]] == [text], "Atlassian got other bytes than those that were shown")
    return (
        f"{len(text.encode())} bytes about {case}, shown to {other.account} and approved by her, are in {key}; "
        f"{builder.account}, who built them: 409"
    )


def _send(viewer: Viewer, path: str, fields: Mapping[str, str]) -> Answer:
    return viewer.call("POST", path, **fields)


def _done(answer: Answer) -> dict[str, Any]:
    must(answer.ok, f"the exchange answered {answer.status_code}: {answer.text[:200]}")
    found: dict[str, Any] = answer.json()
    return found


def _key(viewer: Viewer, path: str) -> str | None:
    package = _done(viewer.call("GET", path))
    return str(package["atlassian_key"]) if package["state"] == "handed_over" else None
