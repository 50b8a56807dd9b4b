"""The report of accounts to Atlassian, once a day for those whose cycle is over; by command, or by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from connect.http import UpstreamError
from handlers.parts import Parts
from services import account_reports, outbox, tenants
from services.account_reports import Outcome

log = structlog.get_logger(__name__)

KIND = "accounts.report"


class NoTenantError(LookupError):
    """No site has the app installed, so there is nobody to report to."""


def ask_daily(parts: Parts) -> None:
    """Queue the report of the day, where an account is stored at all."""
    now = parts.clock()
    with parts.database.read() as session:
        wanted = account_reports.is_due(session, now)
    if wanted:
        with parts.database.write() as session:
            payload = {"on": now.date().isoformat()}
            outbox.enqueue(session, parts.vault, kind=KIND, key="daily", subject=KIND, payload=payload, now=now)


def report(parts: Parts, payload: Mapping[str, Any]) -> None:
    """The effect: everything that is due. Asked to wait, it is tried again; not permitted, it comes again tomorrow."""
    try:
        outcome = run(parts)
    except NoTenantError:
        return
    log.info("accounts.reported", state=outcome.state, reported=outcome.reported, closed=outcome.closed)
    if outcome.state == "waiting":
        raise UpstreamError("rate-limited", retry_after=outcome.retry_after)


def run(parts: Parts) -> Outcome:
    """Report now; `NoTenantError` where no Jira has the app."""
    with parts.database.read() as session:
        tenant = tenants.installed(session, "jira")
    if tenant is None:
        raise NoTenantError("no Jira has the app installed")
    return account_reports.report(parts.database.write, parts.vault, parts.accounts_for(tenant), parts.clock())
