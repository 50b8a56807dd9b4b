"""Once an hour what has run out is entered in the consent ledger, a few entries at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from handlers import periodic
from handlers.parts import Parts
from services import consent_clock

log = structlog.get_logger(__name__)

KIND = "consent.clock"


def ask_hourly(parts: Parts) -> None:
    """Have it looked for."""
    periodic.ask(parts, KIND, timedelta(hours=1))


def run_out(parts: Parts, payload: Mapping[str, Any]) -> None:
    """The effect: lapsed requests and expired consents, step by step, each in a transaction of its own."""
    now = parts.clock()
    with parts.database.read() as session:
        entries = consent_clock.run_out(session, now)
    if entries:
        periodic.in_steps(parts, entries, lambda session, some: consent_clock.enter(session, some, now))
        log.info("consents.run-out", count=len(entries))
