"""Which of two tenants at one address is the real one: the site itself is asked (services/tenants/site_import.py)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import structlog

from connect.addon import Addon
from connect.http import UpstreamError
from handlers.parts import Parts
from handlers.settings import APP_KEY
from models.tenants import Tenant
from services import tenants

log = structlog.get_logger(__name__)


def prove(parts: Parts, payload: Mapping[str, Any]) -> None:
    """Ask the site about the tenant of `payload` and its rivals; retire those that it does not know any more.

    A host starts to accept a new secret only after our answer to `installed`, so the first question may come too soon.
    `UpstreamError` (temporary) until the site accepts the newcomer; a liar's ends in quarantine, where staff sees it.
    """
    with parts.database.read() as session:
        newcomer = tenants.find(session, payload["client_key"])
        if newcomer is None or newcomer.secret is None:
            return
        rivals = tenants.rivals_of(session, newcomer)
    if not _accepted(parts, newcomer):
        raise UpstreamError("conflict")
    dead = [rival for rival in rivals if not _accepted(parts, rival)]
    with parts.database.write() as session:
        if not tenants.settle(session, parts.vault, newcomer, dead, parts.clock()):
            raise UpstreamError("conflict")
    log.info("tenant.proven", tenant=newcomer.id, retired=[tenant.id for tenant in dead])


def _accepted(parts: Parts, tenant: Tenant) -> bool:
    """Whether the site takes the tenant's secret. No is its 401 and nothing else: an outage or a 404 proves nothing."""
    host = tenants.host_of(parts.vault, tenant, APP_KEY, parts.clock())
    try:
        Addon(host, parts.outbound, time.time).licence()
    except UpstreamError as error:
        if error.outcome == "unauthorized":
            return False
        raise
    return True
