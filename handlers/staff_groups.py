"""Is this account staff? Asked of Jira on the server, remembered for minutes, and `no` whenever it can't be known."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

import structlog

from connect.http import UpstreamError
from handlers.parts import Parts
from models.tenants import Tenant
from services import tenants

REMEMBERED_SECONDS = 120
MAX_REMEMBERED = 2_000

log = structlog.get_logger(__name__)
_answers: OrderedDict[tuple[str, str], tuple[float, frozenset[str]]] = OrderedDict()
_lock = threading.Lock()


def is_staff(parts: Parts, tenant: Tenant, account_id: str) -> bool:
    """Is the account in one of the staff groups, or a privacy officer?"""
    return bool(_groups(parts, tenant, account_id) & {*parts.settings.staff_groups, *parts.settings.officer_groups})


def forget_all() -> None:
    """Ask again from now on."""
    with _lock:
        _answers.clear()


def _groups(parts: Parts, tenant: Tenant, account_id: str) -> frozenset[str]:
    key = (tenant.client_key, account_id)
    with _lock:
        known = _answers.get(key)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    try:
        groups = frozenset(parts.jira_for(_jira_tenant(parts, tenant)).user_groups(account_id))
    except (UpstreamError, LookupError) as error:
        log.warning("groups.unknown", outcome=getattr(error, "outcome", "no-jira"))
        return frozenset()
    with _lock:
        _answers[key] = (time.monotonic() + REMEMBERED_SECONDS, groups)
        while len(_answers) > MAX_REMEMBERED:
            _answers.popitem(last=False)
    return groups


def _jira_tenant(parts: Parts, tenant: Tenant) -> Tenant:
    """Groups are Jira's: a page in Confluence is asked for at the Jira of the same site."""
    if tenant.product == "jira":
        return tenant
    with parts.database.read() as session:
        found = tenants.installed(session, "jira")
    if found is None or found.base_url != tenant.base_url.removesuffix("/wiki"):
        raise LookupError("the site has no Jira with this app")
    return found
