"""A material change of the policy at the edge: consents are asked for anew, and people are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from handlers import consents, letters, periodic
from handlers.letters import NoMailServerError
from handlers.parts import Parts
from services import policy_change

log = structlog.get_logger(__name__)

KIND = policy_change.KIND
CHANGED = "policy.changed"


def changed(parts: Parts, payload: Mapping[str, Any]) -> None:
    """The effect of a material change. The first version changes nothing for anybody.

    `NoMailServerError`: consents stop at once, but nobody can be told yet, so it goes on waiting in sight.
    """
    consents.run_out(parts, {})
    if payload["version"] == 1:
        return
    if parts.settings.smtp_url is None:
        raise NoMailServerError
    queue_due(parts)


def queue_due(parts: Parts) -> None:
    """Queue the letters of as many people as one hour may have; the hourly search goes on where this ends."""
    with parts.database.read() as session:
        found = policy_change.due(session)
    if found is None:
        return
    (number, people), now = found, parts.clock()
    periodic.in_steps(parts, people, lambda session, some: policy_change.queue(session, parts.vault, number, some, now))
    if people:
        log.info("policy.letters-queued", count=len(people))


def send(parts: Parts, payload: Mapping[str, Any]) -> None:
    """The effect: one letter, if its reader is still to be told."""
    person, number = payload["person"], payload["version"]
    with parts.database.read() as session:
        found = policy_change.compose(session, parts.vault, person, number, choices=payload["choices"])
    if found is None:
        return
    to, language, values = found
    letter = {
        "letter": "policy_changed", "to": to, "language": language, "values": values,
        "one_click": payload["one_click"], "key": f"policy/{number}/{person}",
    }  # fmt: skip
    letters.send(parts, letter)
