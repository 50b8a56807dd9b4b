"""Marketplace events to the app: envelopes of reported rows, signed by either scheme, well or badly."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.outbox import Delivery

if TYPE_CHECKING:
    from sandbox.state import World

PATH = "/webhooks/marketplace"
# A 409 says "same id, other body", which another attempt cannot heal.
PASSING = (408, 425, 429, 500, 502, 503, 504)
FLAWS = (
    "wrong-signature", "no-signature", "expired", "future", "oversized", "not-json", "not-envelope", "other-body"
)  # fmt: skip
OVERSIZE = 1024 * 1024 + 1
OPTIONS = (
    "licences", "transactions", "envelopes", "batch", "order", "seed", "repeat", "id", "timestamp", "scheme",
    "attempts", "flaw", "wait",
)  # fmt: skip


class BadOrderError(ValueError):
    """The order for events could not be understood."""


@dataclass(frozen=True)
class Message:
    """One request to be: its id and its very bytes."""

    identifier: str
    body: bytes
    event: str


def rfc3339(when: float | None = None) -> str:
    return datetime.fromtimestamp(time.time() if when is None else when, UTC).isoformat().replace("+00:00", "Z")


def sign_standard(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    """`webhook-signature` of Standard Webhooks 1.0."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identifier}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def sign_hub(secret: str, body: bytes) -> str:
    """`X-Hub-Signature`, as Atlassian writes it."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def envelopes(world: World, order: dict[str, Any]) -> list[dict[str, Any]]:
    """What an order names, as envelopes of interface.md; BadOrderError for a row that is not there."""
    made = list(order.get("envelopes") or [])
    for name, kind, event in (
        ("licences", "licenses", "licence.observed"),
        ("transactions", "sales/transactions", "transaction.observed"),
    ):
        for row in _rows(world, kind, order.get(name)):
            made.append({"type": event, "timestamp": order.get("timestamp") or rfc3339(), "data": row})
    if order.get("order") == "reversed":
        made.reverse()
    elif order.get("order") == "shuffled":
        random.Random(order.get("seed", 0)).shuffle(made)  # noqa: S311
    return made


def _rows(world: World, kind: str, wanted: object) -> Iterator[dict[str, Any]]:
    if wanted == "all":
        yield from list(world.reports.rows[kind])
        return
    for name in wanted if isinstance(wanted, list) else [wanted] if wanted is not None else []:
        row = world.reports.find(kind, name)
        if row is None:
            raise BadOrderError(f"no such row: {name}")
        yield row


def messages(made: list[dict[str, Any]], order: dict[str, Any]) -> list[Message]:
    """The envelopes cut into requests, each repeated as often as ordered, with the ordered flaw in its body."""
    size = int(order.get("batch") or 0)
    groups = [made[start : start + size] for start in range(0, len(made), size)] if size else [[one] for one in made]
    found = []
    for index, group in enumerate(groups):
        content: Any = {"type": "batch", "timestamp": rfc3339(), "data": group} if size else group[0]
        forced = order.get("id") if index == 0 else None
        raw = _flawed(json.dumps(content, ensure_ascii=False).encode(), order.get("flaw"))
        found.append(Message(str(forced or f"msg_{uuid4().hex}"), raw, str(content.get("type", "?"))))
    return [message for message in found for _ in range(int(order.get("repeat") or 1))]


def _flawed(body: bytes, flaw: object) -> bytes:
    if flaw == "oversized":
        return body[:-1] + b" " * OVERSIZE + body[-1:]
    if flaw == "not-json":
        return b"{" + body
    if flaw == "not-envelope":
        return b'{"hello": "world"}'
    if flaw == "other-body":
        return body[:-1] + b', "changed": true}'
    return body


def delivery(world: World, message: Message, order: dict[str, Any]) -> Delivery:
    """One delivery; each attempt carries the same id and a signature of its own time."""
    secret, flaw = world.settings.webhook_secret, order.get("flaw")

    def headers(attempt: int) -> dict[str, str]:
        now = int(time.time()) + {"expired": -3600, "future": 3600}.get(str(flaw), 0)
        return _headers(secret, message, now, attempt, order.get("scheme", "standard"), flaw)

    url = world.settings.app_url + PATH
    attempts = int(order.get("attempts") or 6)
    return Delivery(
        "marketplace", message.event, message.identifier, url, message.body, headers, attempts=attempts, passing=PASSING
    )


def _headers(secret: str, message: Message, now: int, attempt: int, scheme: str, flaw: object) -> dict[str, str]:
    made = {"Content-Type": "application/json", "User-Agent": "Marketplace sandbox"}
    signed = message.body + b"!" if flaw == "wrong-signature" else message.body
    if scheme == "hub":
        made["X-Atlassian-Webhook-Identifier"] = message.identifier
        made["X-Hub-Signature"] = sign_hub(secret, signed)
        if attempt:
            made["X-Atlassian-Webhook-Retry"] = str(attempt)
    else:
        made |= {"webhook-id": message.identifier, "webhook-timestamp": str(now)}
        made["webhook-signature"] = sign_standard(secret, message.identifier, now, signed)
    if flaw == "no-signature":
        made.pop("webhook-signature", None)
        made.pop("X-Hub-Signature", None)
    return made


def send(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order of `POST /_sandbox/events`; waits unless told not to."""
    unknown = set(order) - set(OPTIONS)
    if unknown or order.get("flaw") not in (None, *FLAWS) or order.get("scheme", "standard") not in ("standard", "hub"):
        raise BadOrderError(f"unknown: {sorted(unknown)}, or flaw not of {', '.join(FLAWS)}")
    with world.lock:
        to_send = messages(envelopes(world, order), order)
    deliveries = [delivery(world, message, order) for message in to_send]
    if order.get("wait") is False:
        for one in deliveries:
            world.outbox.later(one)
        return {"queued": len(deliveries)}
    entries = [world.outbox.send(one) for one in deliveries]
    taken = sum(entry["acknowledged"] for entry in entries)
    return {"deliveries": entries, "acknowledged": taken, "refused": len(entries) - taken}
