"""The notice of Art. 14 at the edge: looked for once an hour, sent through the outbox, and entered once it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from handlers import letters, periodic, policy_letters
from handlers.parts import Parts
from services import notices

log = structlog.get_logger(__name__)

KIND = notices.KIND
ASKING = "notices.queue"
INTERVAL = timedelta(hours=1)


def ask_hourly(parts: Parts) -> None:
    """Have those looked for to whom a notice is due. Not without a mail server: links in letters run out."""
    if parts.settings.smtp_url is not None:
        periodic.ask(parts, ASKING, INTERVAL)


def queue_due(parts: Parts, payload: Mapping[str, Any]) -> None:
    """The effect of the asking: as many notices, and letters of a change of the policy, as one hour may have."""
    policy_letters.queue_due(parts)
    count = queue(parts, days=parts.settings.notice_days)
    if count:
        log.info("notices.queued", count=count)


def queue(parts: Parts, *, days: int) -> int:
    """Queue the notices of whoever has been known for `days` days, as many as one asking may; gives how many."""
    now = parts.clock()
    with parts.database.read() as session:
        people = notices.due(session, known_before=now - timedelta(days=days))
    periodic.in_steps(parts, people, lambda session, some: notices.queue(session, parts.vault, some, now))
    return len(people)


def send(parts: Parts, payload: Mapping[str, Any]) -> None:
    """The effect: one notice, if it is still due. Killed before it is entered, the same letter goes once more.

    `NoMailServerError` and `UpstreamError` as of any letter.
    """
    with parts.database.read() as session:
        notice = notices.compose(
            session, parts.vault, payload["person"], choices=payload["choices"],
            interest_in=parts.settings.interest_countries,
        )  # fmt: skip
    if notice is None:
        return
    letter = {
        "letter": "notice", "to": notice.to, "language": notice.language, "values": notice.values,
        "one_click": payload["one_click"], "key": f"notice/{notice.person_id}",
    }  # fmt: skip
    letters.send(parts, letter)
    with parts.database.write() as session:
        wording = letters.wording("notice", notice.language)
        notices.given(session, notice, wording=wording, now=parts.clock())
