"""Support cases compared with Jira once a day: what was missed is queued as if Jira had told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog

from handlers import periodic
from handlers.parts import Parts
from services import hints, tenants
from services.support import reconcile

log = structlog.get_logger(__name__)

KIND = "jira.reconcile"


def ask_daily(parts: Parts) -> None:
    """Have it done, where projects of support cases are named: without them the question would be for everything."""
    if parts.settings.support_projects:
        periodic.ask(parts, KIND, timedelta(days=1))


def compare(parts: Parts, payload: Mapping[str, Any]) -> None:
    """The effect. `UpstreamError` where Jira can't be asked: nothing is queued then, and it is tried again."""
    with parts.database.read() as session:
        tenant = tenants.installed(session, "jira")
    if tenant is None:
        return
    jql = reconcile.question(parts.settings.support_projects)
    listed = list(parts.jira_for(tenant).search(jql, reconcile.FIELDS, reconcile.MOST))
    with parts.database.read() as session:
        found = reconcile.stale(session, tenant.client_key, listed, parts.clock())
    for issue_id, stamp in found:
        parts.intake.store(hints.delivery(tenant.id, "reconcile", issue_id, stamp))
    if found:
        log.info("cases.reconciled", listed=len(listed), stale=len(found))
