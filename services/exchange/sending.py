"""A package brought to a service desk by the worker: file, request, attachment. Each step may be repeated or killed.

Two of the calls must not happen twice, and have no key that would see to it. So the moment is written down before such
a call. If then no answer comes, the next run looks whether it was done; and where nothing is found it is only done
again once whatever was under way must have arrived, and what the other side finds by an index is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from connect.http import UpstreamError
from models.exchange import ExchangePackage, PackageState
from models.queues import OutboxItem
from models.vault import Vault
from services import outbox
from services.disclosure import RefusedDisclosureError
from services.exchange import ExchangeError, packages, release
from services.exchange.contents import Request, request_of
from services.exchange.standing import content_of, require_free

KIND = "atlassian.request"
# Far longer than any call takes, and than an index usually lags behind.
SETTLE = timedelta(minutes=10)
ACTOR = "worker"

Transaction = Callable[[], AbstractContextManager[Session]]
Clock = Callable[[], datetime]
T = TypeVar("T")


class Desk(Protocol):
    """What is asked of the other side (`connect.service_desk.ServiceDesk`)."""

    def upload(self, file_name: str, content: bytes, /) -> str: ...

    def create(self, summary: str, description: str, /) -> str: ...

    def find(self, summary: str, word: str, /) -> str | None: ...

    def has_attachment(self, key: str, file_name: str, /) -> bool: ...

    def attach(self, key: str, temporary_id: str, /) -> None: ...


def order(session: Session, vault: Vault, package: ExchangePackage, *, actor: str, now: datetime) -> None:
    """Have the worker bring it. What is against it then, too, still stops it."""
    release.require_approved(package)
    require_free(session, vault, package)
    package.state = PackageState.SENDING
    subject, payload = f"exchange:{package.id}", {"package": package.id}
    outbox.enqueue(session, vault, kind=KIND, key=package.id, subject=subject, payload=payload, now=now)
    packages.note(session, package, "ordered", actor=actor, now=now)


def delivery(session: Session, package: ExchangePackage) -> dict[str, Any] | None:
    """How the worker stands with it: `{"state", "reason"}`; None where it has no order."""
    item = session.scalars(select(OutboxItem).filter_by(kind=KIND, key=package.id)).one_or_none()
    return {"state": item.state, "reason": item.reason} if item is not None else None


def send(transaction: Transaction, vault: Vault, desk: Desk, package_id: str, clock: Clock) -> None:
    """Bring an ordered package to the desk, or go on with it. A package that may not leave any more is withdrawn.

    Raises `UpstreamError` where the desk does not do its part now. No transaction is open during a call.
    """
    try:
        begun = _begin(transaction, vault, package_id, clock)
    except (ExchangeError, RefusedDisclosureError) as error:
        _stop(transaction, package_id, error.code, clock)
        return
    if begun is None:
        return
    request, key, tried_at = begun
    file, is_new = None, False
    if key is None:
        key = _found(desk, request, tried_at, clock)
        if key is None:
            # First, so that a desk that takes no file has no request without one.
            file, is_new = desk.upload(request.file_name, request.file), True
            words = request.summary, request.description
            key = _try(transaction, package_id, tried_at, lambda: desk.create(*words), clock)
        _keep_key(transaction, package_id, key)
        tried_at = None
    if is_new or not _is_attached(desk, key, request, tried_at, clock):
        temporary, at = file or desk.upload(request.file_name, request.file), key
        _try(transaction, package_id, tried_at, lambda: desk.attach(at, temporary), clock)
    _end(transaction, package_id, clock)


def _begin(
    transaction: Transaction, vault: Vault, package_id: str, clock: Clock
) -> tuple[Request, str | None, datetime | None] | None:
    """The last look, and the entry in the register, before anything leaves; None where it is no longer to be sent."""
    with transaction() as session:
        package = packages.find(session, package_id)
        if package is None or package.state != PackageState.SENDING:
            return None
        release.enter(session, vault, package, clock())
        return request_of(content_of(vault, package) or b""), package.atlassian_key, package.tried_at


def _found(desk: Desk, request: Request, tried_at: datetime | None, clock: Clock) -> str | None:
    if tried_at is None:
        return None
    key = desk.find(request.summary, request.reference)
    if key is None:
        _let_settle(tried_at, clock)
    return key


def _is_attached(desk: Desk, key: str, request: Request, tried_at: datetime | None, clock: Clock) -> bool:
    attached = desk.has_attachment(key, request.file_name)
    if not attached and tried_at is not None:
        _let_settle(tried_at, clock)
    return attached


def _let_settle(tried_at: datetime, clock: Clock) -> None:
    left = tried_at + SETTLE - clock()
    if left > timedelta(0):
        raise UpstreamError("conflict", retry_after=int(left.total_seconds()) + 1)


def _try(transaction: Transaction, package_id: str, seen: datetime | None, act: Callable[[], T], clock: Clock) -> T:
    """Do what must not be done twice, having written down that it is tried. `seen`: the try before this one."""
    at = clock()
    _mark(transaction, package_id, seen, at)
    try:
        return act()
    except UpstreamError as error:
        if _was_refused(error):
            _mark(transaction, package_id, at, None)
        raise


def _was_refused(error: UpstreamError) -> bool:
    """Is it certain that nothing was done? Of no answer, or of a bad one, nobody can say."""
    status = error.status or 0
    return (400 <= status < 500 and status != 408) or (error.outcome == "rate-limited" and not status)


def _mark(transaction: Transaction, package_id: str, seen: datetime | None, at: datetime | None) -> None:
    with transaction() as session:
        package = packages.find(session, package_id)
        # Another worker, or staff, were at it meanwhile.
        if package is None or package.state != PackageState.SENDING or package.tried_at != seen:
            raise UpstreamError("conflict")
        package.tried_at = at


def _keep_key(transaction: Transaction, package_id: str, key: str) -> None:
    with transaction() as session:
        package = packages.find(session, package_id)
        if package is not None:
            package.atlassian_key, package.tried_at = key, None


def _end(transaction: Transaction, package_id: str, clock: Clock) -> None:
    with transaction() as session:
        package = packages.find(session, package_id)
        if package is not None and package.state == PackageState.SENDING:
            package.state, package.handed_over_at, package.tried_at = PackageState.HANDED_OVER, clock(), None
            packages.note(session, package, "handed-over", actor=ACTOR, now=clock())


def _stop(transaction: Transaction, package_id: str, reason: str, clock: Clock) -> None:
    with transaction() as session:
        package = packages.find(session, package_id)
        if package is not None and package.state == PackageState.SENDING:
            packages.withdraw(session, package, actor=ACTOR, now=clock(), reason=reason)
