"""Where the policy stands, for staff: what is published, what publishing would change, and what is in the way."""

from __future__ import annotations

from typing import Any

from handlers import publishing
from handlers.parts import Parts
from handlers.publishing import NotPublishableError
from models.register import LANGUAGES
from services import audit, policy, policy_status
from services.policy import PolicyError


def status(parts: Parts) -> dict[str, Any]:
    """What `policy_status.recorded` tells, with `findings` of the check, `pending` changes by language, the error that
    makes the text `unreadable`, and in `target` why it can't be published."""
    with parts.database.read() as session:
        found = policy_status.recorded(session, parts.clock())
    return found | _text(parts) | {"target": _in_the_way(parts)}


def order(parts: Parts, actor: str) -> bool:
    """Leave a publication to the worker, in the journal; False where there is nowhere to publish."""
    try:
        _, where = publishing.target(parts)
    except NotPublishableError:
        return False
    with parts.database.write() as session:
        now = parts.clock()
        audit.record(session, actor=actor, action="policy.publish", subject=None, purpose="operations", now=now)
    publishing.queue(parts, where, actor)
    return True


def _text(parts: Parts) -> dict[str, Any]:
    settings = parts.settings
    findings = [dict(found) for found in policy.check(settings.policy_dir, settings.vendor)]
    try:
        current = publishing.load(parts)
    except PolicyError as error:
        return {"findings": findings, "pending": dict.fromkeys(LANGUAGES, 0), "unreadable": str(error)}
    with parts.database.read() as session:
        changed = policy.diff(session, current)
    return {"findings": findings, "pending": {lang: len(changed[lang]) for lang in LANGUAGES}, "unreadable": None}


def _in_the_way(parts: Parts) -> str | None:
    try:
        publishing.target(parts)
    except NotPublishableError as error:
        return str(error)
    return None
