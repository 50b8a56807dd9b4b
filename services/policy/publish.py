"""Publishing: one page a language in a Confluence space, kept equal to the policy (reference: policy.md section 5).

Every step reads, then converges, so that it may be cut off anywhere and run again. No transaction is open during HTTP.
A page is ours by the marker at the start of its body; a version is ours by the marker at the start of its message.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connect.confluence import Confluence
from connect.http import UpstreamError
from models.policy import PageState
from models.register import LANGUAGES, Language
from services import account_ids
from services.policy.canonical import difference
from services.policy.converge import Converged, Converger, space_id_of
from services.policy.pages import BusyError, Known, LeaseLostError, PageRow, Transaction, known_page, take
from services.policy.results import BlockedError, Outcome, Publication, Target
from services.policy.target_page import TargetPage, body_of, is_current, is_foreign, locate, target_page, version_of
from services.policy.text import Policy
from services.policy.versions import Edition, changes_of, latest, record, upcoming

LEASE = timedelta(seconds=60)
_ACCESS = {"unauthorized", "forbidden"}


def publish(
    transaction: Transaction,
    confluence: Confluence,
    policy: Policy,
    target: Target,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
    lease: timedelta = LEASE,
    author: str | None = None,
    announce: Callable[[Session, Edition], None] = lambda session, edition: None,
) -> list[Publication]:
    """Record the text as a version if it is new, then bring its page in each language up to date.

    `announce` is called in the transaction that records a version after the first one; `author`: who publishes,
    an Atlassian account or one of our programs.

    `transaction()` opens a session which commits at its end. Give `policy` only after `check` found no error in it.
    """
    with transaction() as session:
        before = latest(session)
        ref = account_ids.ref_of(session, author, clock()) if author else None
        edition = record(session, policy, clock(), author=ref)
        if before is not None and edition.number > before.number:
            announce(session, edition)
        changed = changes_of(session, edition, policy)
    pages = [target_page(policy, lang, edition, target, changed[lang]) for lang in LANGUAGES]
    run = _Run(transaction, confluence, target, edition, clock, sleep, lease)
    return [run.bring_up_to_date(page) for page in pages]


def plan(
    session: Session, confluence: Confluence, policy: Policy, target: Target, *, now: datetime
) -> list[Publication]:
    """What `publish` would do, without writing anything: `pending`, `unchanged`, or what is in the way.

    `session` is a reading one; it is rolled back before the first HTTP call.
    """
    edition = upcoming(session, policy, now)
    known = {lang: known_page(session, target.client_key, target.space_key, lang) for lang in LANGUAGES}
    changed = changes_of(session, edition, policy)
    session.rollback()
    pages = [target_page(policy, lang, edition, target, changed[lang]) for lang in LANGUAGES]
    return [_planned(known[page.lang], confluence, page, target) for page in pages]


def _planned(known: Known, confluence: Confluence, page: TargetPage, target: Target) -> Publication:
    try:
        head = locate(confluence, space_id_of(confluence, target.space_key), known, page)
    except BlockedError as blocked:
        return Publication(page.lang, blocked.outcome, page.edition.number)
    except UpstreamError as error:
        return _failed(page.lang, page.edition, error)
    if head is None:
        return Publication(page.lang, Outcome.PENDING, page.edition.number, difference=difference("", page.storage))
    outcome = Outcome.UNCHANGED if is_current(head, known, page) else Outcome.PENDING
    if outcome is Outcome.PENDING and target.hold and is_foreign(head, known, page):
        outcome = Outcome.HELD
    if head.get("status") == "archived":
        outcome = Outcome.BLOCKED_ARCHIVED
    change = difference(body_of(head), page.storage) if outcome is not Outcome.UNCHANGED else ""
    return Publication(page.lang, outcome, page.edition.number, str(head["id"]), version_of(head), difference=change)


class _Run:
    def __init__(
        self,
        transaction: Transaction,
        confluence: Confluence,
        target: Target,
        edition: Edition,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        lease: timedelta,
    ) -> None:
        self._transaction = transaction
        self._confluence = confluence
        self._target = target
        self._edition = edition
        self._clock = clock
        self._sleep = sleep
        self._lease = lease

    def bring_up_to_date(self, page: TargetPage) -> Publication:
        lang = page.lang
        try:
            row = self._take(page)
            return self._settle(row, self._converge(row, page))
        except BusyError as busy:
            return Publication(lang, Outcome.RETRY_LATER, self._edition.number, retry_after=busy.wait, reason="busy")
        except LeaseLostError:
            return Publication(lang, Outcome.RETRY_LATER, self._edition.number, reason="lease-lost")

    def _take(self, page: TargetPage) -> PageRow:
        return take(
            self._transaction,
            client_key=self._target.client_key,
            space_key=self._target.space_key,
            lang=page.lang,
            intended_digest=page.digest,
            policy_version=self._edition.number,
            lease=self._lease,
            now=self._clock(),
        )

    def _converge(self, row: PageRow, page: TargetPage) -> Publication:
        converger = Converger(self._confluence, row, page, self._target, self._clock, self._sleep)
        try:
            return _succeeded(page.lang, self._edition, converger.run())
        except BlockedError as blocked:
            return Publication(page.lang, blocked.outcome, self._edition.number, row.known.page_id)
        except UpstreamError as error:
            return _failed(page.lang, self._edition, error)

    def _settle(self, row: PageRow, result: Publication) -> Publication:
        state = PageState.WAITING if result.outcome is Outcome.RETRY_LATER else PageState.BLOCKED
        if result.outcome in (Outcome.PUBLISHED, Outcome.UNCHANGED):
            seen = result.verified and result.public is not False
            state = PageState.PUBLISHED if seen else PageState.UNVERIFIED
        row.finish(self._clock(), state, reason=result.reason or result.outcome, wait=result.retry_after)
        return result


def _succeeded(lang: Language, edition: Edition, done: Converged) -> Publication:
    return Publication(
        lang,
        Outcome.PUBLISHED if done.wrote else Outcome.UNCHANGED,
        edition.number,
        done.page_id,
        done.page_version,
        foreign_edits=done.foreign_edits,
        verified=done.verified,
        public=done.public,
        reason="not-public" if done.public is False else None,
    )


def _failed(lang: Language, edition: Edition, error: UpstreamError) -> Publication:
    outcome = Outcome.REFUSED if error.permanent else Outcome.RETRY_LATER
    if error.outcome in _ACCESS:
        outcome = Outcome.BLOCKED_SPACE
    return Publication(lang, outcome, edition.number, retry_after=error.retry_after, reason=error.outcome)
