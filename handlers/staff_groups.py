"""Is this account staff? Asked of Jira on the server, remembered for minutes, and `no` whenever it can't be known."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from enum import StrEnum

import structlog

from connect.http import UpstreamError
from handlers.parts import Parts
from models.tenants import Tenant
from services import authorisations, tenants

REMEMBERED_SECONDS = 120
# A Jira that is down or slow must not hold a thread for every request of a page.
REMEMBERED_FAILURE_SECONDS = 10
MAX_REMEMBERED = 2_000

log = structlog.get_logger(__name__)
_answers: OrderedDict[tuple[str, str], tuple[float, frozenset[str] | None]] = OrderedDict()
_lock = threading.Lock()


class Role(StrEnum):
    """What an account may do. A privacy officer is staff too."""

    STAFF = "staff"
    OFFICER = "officer"


def roles_of(parts: Parts, tenant: Tenant, account_id: str) -> frozenset[Role]:
    """The roles that the account has now: by its groups in the site's Jira, and by what officers decided.

    What the groups say is entered in the register of authorisations, with its dates, before anything is shown.
    """
    groups = _groups(parts, tenant, account_id)
    if groups is None:
        return frozenset()
    said, now = _said(parts, groups), parts.clock()
    with parts.database.read() as session:
        entered = authorisations.is_current(session, account_id, said, now)
        roles = authorisations.effective(session, account_id, said, now)
    if not entered:
        with parts.database.write() as session:
            authorisations.observe(session, account_id, said, now)
    return frozenset(Role(role) for role in roles)


def _said(parts: Parts, groups: frozenset[str]) -> frozenset[Role]:
    if groups & set(parts.settings.officer_groups):
        return frozenset({Role.STAFF, Role.OFFICER})
    return frozenset({Role.STAFF} if groups & set(parts.settings.staff_groups) else ())


def forget_all() -> None:
    """Ask again from now on."""
    with _lock:
        _answers.clear()


def _groups(parts: Parts, tenant: Tenant, account_id: str) -> frozenset[str] | None:
    key = (tenant.client_key, account_id)
    with _lock:
        known = _answers.get(key)
    if known is not None and time.monotonic() < known[0]:
        return known[1]
    groups, seconds = _ask(parts, tenant, account_id)
    with _lock:
        _answers[key] = (time.monotonic() + seconds, groups)
        _answers.move_to_end(key)
        while len(_answers) > MAX_REMEMBERED:
            _answers.popitem(last=False)
    return groups


def _ask(parts: Parts, tenant: Tenant, account_id: str) -> tuple[frozenset[str] | None, int]:
    """The groups (None: they can't be known now), and for how many seconds that counts."""
    try:
        with parts.database.read() as session:
            jira = tenants.jira_beside(session, tenant)
        if jira is None:
            raise LookupError("the site has no Jira with this app")
        return frozenset(parts.jira_for(jira).user_groups(account_id)), REMEMBERED_SECONDS
    except (UpstreamError, LookupError) as error:
        log.warning("groups.unknown", outcome=getattr(error, "outcome", "no-jira"))
        return None, REMEMBERED_FAILURE_SECONDS
