"""The run: every rule, in batches of which none lasts long, and a signed certificate at the end.

A batch is one transaction; what it did is added to the row of the run in the same one. Killed at any instant, the next
run goes on with the same row. Run twice, the second finds nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accountability import RetentionRun
from models.register import PERIODS
from models.register.retention import ACTION_WORDS
from models.vault import Vault
from services import audit
from services.retention import clocks
from services.retention.rules import RULES, Rule

# So many keys are read at once; of them so many are acted on in one transaction, more or fewer by how long it took.
READ_AHEAD = 2_000
FIRST_BATCH = 50
LARGEST_BATCH = 300
# A fifth of what a transaction may take (250 ms): a slow moment doubles it and more.
GOAL_SECONDS = 0.05
EVERY = timedelta(days=1)
# Nobody is away for so long; a clock is.
LONGEST_PAUSE = timedelta(days=60)

Transaction = Callable[[], AbstractContextManager[Session]]


class ClockError(Exception):
    """The clock stands far from where it stood at the last run: nothing is deleted by it until a person says so."""


class StuckRuleError(Exception):
    """A rule acted on keys and finds them again: it would never end."""


@dataclass(frozen=True)
class Due:
    """What one rule finds."""

    rule: str
    periods: tuple[str, ...]
    tables: tuple[str, ...]
    action: str
    rows: int


@dataclass(frozen=True)
class Outcome:
    """What was done, rule by rule; `certificate` and `signature` once the run is through."""

    run: int
    done: dict[str, int]
    certificate: dict[str, Any] | None = None
    signature: str | None = None

    @property
    def is_through(self) -> bool:
        """Is nothing left to do?"""
        return self.certificate is not None


def due(session: Session, as_of: datetime, rules: Iterable[Rule] = RULES.values()) -> list[Due]:
    """What is past its period at `as_of`, rule by rule, also in the future. Nothing is changed."""
    return [
        Due(rule.id, rule.periods, rule.tables, ACTION_WORDS[PERIODS[rule.periods[0]].action].en,
            session.scalar(select(func.count()).select_from(rule.find(as_of).order_by(None).subquery())) or 0)
        for rule in rules
    ]  # fmt: skip


def is_due(session: Session, now: datetime) -> bool:
    """Is a run to be begun, or gone on with?"""
    last = session.scalar(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(1))
    return last is None or last.finished_at is None or now - last.finished_at >= EVERY


def apply(
    transaction: Transaction,
    vault: Vault,
    now: datetime,
    *,
    look: Transaction | None = None,
    extra: Callable[[], dict[str, Any]] | None = None,
    seconds: float | None = None,
    trusted_clock: bool = False,
    rules: Iterable[Rule] = RULES.values(),
    progress: Callable[[str, int], None] = lambda rule, rows: None,
) -> Outcome:
    """Do everything that is due at `now`; for `seconds` at most, if given: then the run is not through, and goes on
    when it is called again. `look`: a session to read in, that nobody waits for: among many people to find who is due
    takes longer than to act. `extra`: figures of stores outside of the database, for the certificate.

    Raises `ClockError` when the clock has jumped since the last run, unless `trusted_clock`.
    """
    ends = time.monotonic() + seconds if seconds is not None else None
    with transaction() as session:
        run = _open(session, now, trusted_clock).id
    while _settle(transaction):
        if _is_over(ends):
            return _so_far(transaction, run)
    for rule in rules:
        for rows in _carry_out(transaction, look or transaction, vault, rule, run, now, ends):
            progress(rule.id, rows)
        if _is_over(ends):
            return _so_far(transaction, run)
    figures = extra() if extra else {}
    with transaction() as session:
        return _finish(session, vault, run, figures, now)


def _open(session: Session, now: datetime, trusted_clock: bool) -> RetentionRun:
    last = session.scalar(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(1))
    if last is not None and not trusted_clock and abs(now - (last.finished_at or last.as_of)) > LONGEST_PAUSE:
        raise ClockError(f"the last run was at {last.as_of:%Y-%m-%d}")
    if last is not None and last.finished_at is None:
        return last
    run = RetentionRun(as_of=now, done={})
    session.add(run)
    session.flush()
    return run


def _settle(transaction: Transaction) -> int:
    with transaction() as session:
        return clocks.settle(session, 500)


def _carry_out(
    transaction: Transaction, look: Transaction, vault: Vault, rule: Rule, run: int, now: datetime, ends: float | None
) -> Iterable[int]:
    if (act := rule.act) is None:
        return
    size, before = FIRST_BATCH, set[Any]()
    while True:
        with look() as session:
            keys = session.scalars(rule.find(now).limit(READ_AHEAD)).all()
        if before & set(keys):
            raise StuckRuleError(rule.id)
        before, start = set(keys), 0
        while start < len(keys):
            batch = keys[start : start + size]
            start += len(batch)
            begun = time.monotonic()
            with transaction() as session:
                rows = act(session, vault, batch, now)
                _add(session, run, rule.id, rows)
            yield rows
            size = _next_size(size, time.monotonic() - begun)
            if _is_over(ends):
                return
        if len(keys) < READ_AHEAD:
            return


def _next_size(size: int, seconds: float) -> int:
    wanted = int(size * GOAL_SECONDS / max(seconds, 0.001))
    return max(1, min(wanted, 2 * size, LARGEST_BATCH))


def _add(session: Session, run: int, rule: str, rows: int) -> None:
    row = session.get_one(RetentionRun, run)
    row.done = {**row.done, rule: row.done.get(rule, 0) + rows}


def _so_far(transaction: Transaction, run: int) -> Outcome:
    with transaction() as session:
        return Outcome(run, dict(session.get_one(RetentionRun, run).done))


def _finish(session: Session, vault: Vault, number: int, figures: dict[str, Any], now: datetime) -> Outcome:
    run = session.get_one(RetentionRun, number)
    done = {rule: rows for rule, rows in sorted(run.done.items()) if rows}
    certificate = {"run": run.id, "as_of": run.as_of.isoformat(), "finished_at": now.isoformat(), "done": done,
                   "key": vault.public_key(), **figures}  # fmt: skip
    run.certificate, run.signature = certificate, vault.sign(json.dumps(certificate, sort_keys=True))
    run.finished_at = now
    if done:
        audit.record(session, actor="system", action="retention.run", subject=None, purpose="rights", now=now,
                     detail={"run": run.id, "done": done})  # fmt: skip
    session.flush()
    return Outcome(run.id, done, certificate, run.signature)


def _is_over(ends: float | None) -> bool:
    return ends is not None and time.monotonic() >= ends
