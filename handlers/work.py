"""What a worker does: claim an item, make one service call, commit. Each step may run twice, or be killed."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from connect.http import UpstreamError
from connect.marketplace import Report
from connect.marketplace_exports import Bookmark
from handlers import accounts, consents, letters, notices, policy_letters, publishing, reconcile, retention, site_import
from handlers.exchange_desk import KIND as PACKAGE
from handlers.exchange_desk import bring
from handlers.letters import NoMailServerError
from handlers.parts import Parts
from models.queues import InboxItem, ItemState, OutboxItem
from models.tenants import Tenant, TenantState
from services import forge, forge_licence, inbox, outbox, queues, support, tenants
from services.erasure import bodies, completion
from services.erasure.journal import JournalError
from services.marketplace import ingest
from services.marketplace import poll as marketplace_poll
from services.marketplace.observations import Envelope
from services.marketplace.projection import project_due
from services.marketplace.relink import relink
from services.marketplace.rows import UnreadableRowError
from services.policy import Outcome
from services.queues import Item, Queue
from services.rights import desk

log = structlog.get_logger(__name__)

BATCH = 20


def drain_inbox(parts: Parts) -> int:
    """Work on everything that is due in the inbox; gives how many items."""
    return _drain(parts, InboxItem, _take_in)


def drain_outbox(parts: Parts) -> int:
    """Carry out everything that is due in the outbox; gives how many items."""
    return _drain(parts, OutboxItem, _carry_out)


def drain(parts: Parts) -> None:
    """Work until nothing is due."""
    while drain_inbox(parts) + drain_outbox(parts):
        pass


def sweep(parts: Parts) -> None:
    """What no wake-up tells: dropped ones, leases that ran out, states that changed with the calendar, a due poll."""
    now = parts.clock()
    with parts.database.write() as session:
        tenants.drop_stale_secrets(session, now)
        forge.forget_expired(session, now)
        desk.tidy(session, now)
        if project_due(session, now):
            ingest.request_relink(session, parts.vault, now)
    retention.bite(parts)
    accounts.ask_daily(parts)
    notices.ask_hourly(parts)
    consents.ask_hourly(parts)
    reconcile.ask_daily(parts)
    _complete_erasures(parts)
    with parts.database.read() as session:
        waiting = [queues.is_due(session, queue, now) for queue in (InboxItem, OutboxItem)]
    if waiting[0]:
        parts.jobs.wake_inbox()
    if waiting[1]:
        parts.jobs.wake_outbox()
    if due_feeds(parts):
        parts.jobs.wake_poll()


def _complete_erasures(parts: Parts) -> None:
    try:
        completion.complete(parts.database, parts.vault, parts.journal, parts.clock())
    except JournalError:
        log.error("erasures.journal-unreadable")


def poll(parts: Parts) -> None:
    """Bring the reports that are due from the Marketplace. One that fails keeps none of the others."""
    for feed, fetch in due_feeds(parts).items():
        try:
            summary = marketplace_poll.sync(
                parts.database, parts.vault, fetch, feed=feed, since=None, now=parts.clock()
            )
            log.info("poll.done", feed=feed, rows=summary.rows, new=summary.new, quarantined=summary.quarantined)
        except UpstreamError as error:
            log.warning("poll.failed", feed=feed, outcome=error.outcome)


def due_feeds(parts: Parts) -> dict[str, marketplace_poll.Fetch]:
    """Those reports that it is time to ask for."""
    every = timedelta(minutes=parts.settings.marketplace_poll_minutes)
    all_feeds = feeds(parts)
    with parts.database.read() as session:
        return {name: all_feeds[name] for name in marketplace_poll.due(session, all_feeds, every, parts.clock())}


def feeds(parts: Parts) -> dict[str, marketplace_poll.Fetch]:
    """Every report that is polled, by the name of its feed."""
    reporting = parts.reporting
    if reporting is None:
        return {}
    return {name: partial(_fetch, report) for name, report in reporting.reports().items()}


def _fetch(report: Report, since: date | None, mark: Bookmark) -> Iterable[object]:
    return report(since=since, mark=mark)


def _drain(parts: Parts, queue: Queue, act: Callable[[Parts, Any], None]) -> int:
    lease = timedelta(seconds=parts.settings.lease_seconds)
    done = 0
    while True:
        with parts.database.write() as session:
            items = queues.claim(session, queue, limit=BATCH, lease=lease, now=parts.clock())
        if not items:
            return done
        for item in items:
            _guarded(parts, queue, item, act)
            done += 1


def _guarded(parts: Parts, queue: Queue, item: Item, act: Callable[[Parts, Any], None]) -> None:
    """One item. Whatever happens it ends done, postponed or in quarantine, and the worker lives on."""
    try:
        act(parts, item)
    except UnreadableRowError as error:
        _settle(parts, queue, item, partial(_put_aside, str(error)))
    except NoMailServerError:
        _settle(parts, queue, item, partial(queues.wait, "no mail server is set", parts.clock()))
    except UpstreamError as error:
        log.warning("item.failed", queue=queue.__tablename__, item=item.id, outcome=error.outcome)
        _settle(parts, queue, item, partial(_give_up_or_wait, error, parts.clock()))
    except Exception as error:
        # The message may hold personal data: kind and place say enough.
        frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
        kind = type(error).__name__
        log.error("item.crashed", queue=queue.__tablename__, item=item.id, kind=kind, frames=frames)
        _settle(parts, queue, item, lambda row: queues.postpone(row, kind, parts.clock()))
    else:
        _settle(parts, queue, item, lambda row: queues.finish(row, parts.clock()))


def _put_aside(reason: str, row: Item) -> None:
    queues.quarantine(row, reason)


def _give_up_or_wait(error: UpstreamError, now: datetime, row: Item) -> None:
    if error.permanent:
        queues.quarantine(row, error.outcome)
    else:
        queues.postpone(row, error.outcome, now, at_least=timedelta(seconds=error.retry_after or 0))


def _settle(parts: Parts, queue: Queue, item: Item, change: Callable[[Any], None]) -> None:
    with parts.database.write() as session:
        row: Any = session.get_one(queue, item.id)
        # An effect that was queued anew while it was being carried out is due once more.
        if row.state == ItemState.LEASED and row.attempts == item.attempts:
            change(row)


def _take_in(parts: Parts, item: InboxItem) -> None:
    body = inbox.body_of(item, parts.vault)
    if item.source == "marketplace":
        _take_observations(parts, ingest.envelopes_of(body, item.delivery_id))
        with parts.database.write() as session:
            bodies.forget_if_erased(session, parts.vault, item.id, body)
    elif item.source == forge_licence.SOURCE:
        _take_observations(parts, [forge_licence.envelope_of(body)])
    else:
        _take_jira(parts, item, body)


def _take_observations(parts: Parts, envelopes: Sequence[Envelope]) -> None:
    with parts.database.write() as session:
        ingest.observe(session, parts.vault, envelopes, parts.clock())
    parts.jobs.wake_outbox()


def _take_jira(parts: Parts, item: InboxItem, body: bytes) -> None:
    with parts.database.read() as session:
        tenant = session.get(Tenant, int(item.source.removeprefix("jira:")))
    if tenant is None or tenant.state == TenantState.UNINSTALLED:
        return
    support.refresh_case(
        parts.database.write,
        parts.jira_for(tenant),
        parts.vault,
        client_key=tenant.client_key,
        issue_id=json.loads(body)["issue_id"],
        projects=parts.settings.support_projects,
        now=parts.clock(),
    )
    parts.jobs.wake_outbox()


def _carry_out(parts: Parts, item: OutboxItem) -> None:
    EFFECTS[item.kind](parts, outbox.payload_of(item, parts.vault))


def _relink(parts: Parts, payload: Mapping[str, Any]) -> None:
    relink(parts.database, parts.vault, parts.clock())


def _set_issue_property(parts: Parts, payload: Mapping[str, Any]) -> None:
    with parts.database.read() as session:
        tenant = tenants.find(session, payload["client_key"])
    if tenant is None or tenant.state == TenantState.UNINSTALLED:
        return
    jira = parts.jira_for(tenant)
    # Writing raises an event that would bring us back here: what is there already is left alone.
    if jira.issue_property(payload["issue_id"], payload["key"]) != payload["value"]:
        jira.set_issue_property(payload["issue_id"], payload["key"], payload["value"])


def _publish_policy(parts: Parts, payload: Mapping[str, Any]) -> None:
    results = publishing.publish(parts, author=payload.get("author"))
    waits = [result.retry_after or 0 for result in results if result.outcome is Outcome.RETRY_LATER]
    if waits:
        raise UpstreamError("rate-limited", retry_after=max(waits))


EFFECTS: Mapping[str, Callable[[Parts, Mapping[str, Any]], None]] = {
    "marketplace.relink": _relink,
    "jira.issue-property": _set_issue_property,
    "confluence.policy": _publish_policy,
    policy_letters.CHANGED: policy_letters.changed,
    policy_letters.KIND: policy_letters.send,
    "mail.send": letters.send,
    "tenant.prove": site_import.prove,
    accounts.KIND: accounts.report,
    notices.ASKING: notices.queue_due,
    notices.KIND: notices.send,
    consents.KIND: consents.run_out,
    reconcile.KIND: reconcile.compare,
    PACKAGE: bring,
}
