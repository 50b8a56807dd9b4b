"""What each period of the register does, to which rows.

A rule finds the keys of what is due, oldest first, and acts on some of them; what it has acted on is due no more. So
there is nothing to remember between two batches, and a run that was killed just goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from models.accountability import (
    Authorisation,
    CorporateEvent,
    CorporateObjection,
    Disclosure,
    DisclosureSubject,
    Incident,
    RetentionRun,
)
from models.consent import SignedLink, Suppression
from models.correspondence import Correspondence
from models.policy import PolicySnapshot
from models.queues import InboxItem, ItemState, OutboxItem
from models.rights import RightsCase, RightsEvent, RightsLink
from models.schema import METADATA
from models.vault import Vault
from services import audit
from services.retention import accounting, customers, people, proofs, support
from services.retention.cutoffs import cutoff

Find = Callable[[datetime], Select[Any]]
Act = Callable[[Session, Vault, Sequence[Any], datetime], int]


@dataclass(frozen=True)
class Rule:
    """One way in which periods are carried out, on which tables. No `act`: people review what it finds."""

    id: str
    periods: tuple[str, ...]
    tables: tuple[str, ...]
    find: Find
    act: Act | None


def _rows(*columns: Any, since: Any, period: str, where: Sequence[Any] = ()) -> Find:
    """Rows whose clock `since` started so long ago that the period is over."""

    def find(as_of: datetime) -> Select[Any]:
        return select(*columns).where(since <= cutoff(period, as_of), *where).order_by(since, *columns)

    return find


def _delete(table: type[Any], *children: tuple[type[Any], str]) -> Act:
    """Delete rows by their key, those that hang on them first."""

    def act(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
        for child, name in children:
            session.execute(delete(child).where(getattr(child, name).in_(keys)))
        key = next(iter(METADATA.tables[table.__tablename__].primary_key))
        return _count(session.execute(delete(table).where(key.in_(keys))))

    return act


def _empty(table: type[Any], column: str) -> Act:
    def act(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
        return _count(session.execute(update(table).where(table.id.in_(keys)).values({column: None})))

    return act


def _count(result: Any) -> int:
    return int(result.rowcount)


def _queue(queue: type[InboxItem] | type[OutboxItem], content: str) -> Rule:
    done = (queue.state == ItemState.DONE, getattr(queue, content).is_not(None))
    find = _rows(queue.id, since=queue.done_at, period="operations.message", where=done)
    return Rule(f"{queue.__tablename__}.content", ("operations.message",), (queue.__tablename__,), find,
                _empty(queue, content))  # fmt: skip


def _links(table: type[SignedLink]) -> Rule:
    def find(as_of: datetime) -> Select[Any]:
        return select(table.id).where(table.expires_at <= as_of).order_by(table.expires_at, table.id)

    return Rule(table.__tablename__, ("operations.message",), (table.__tablename__,), find, _delete(table))


def _journal(as_of: datetime) -> Select[Any]:
    entries = audit.ENTRIES
    return select(entries.c.seq).where(entries.c.at < cutoff("accountability.staff_journal", as_of)).order_by(
        entries.c.seq
    )  # fmt: skip


def _purge_journal(session: Session, vault: Vault, keys: Sequence[Any], now: datetime) -> int:
    return audit.purge(session, cutoff("accountability.staff_journal", now), len(keys))


def _register(
    table: type[Any], since: Any, key: Any, *where: Any, children: Sequence[tuple[type[Any], str]] = ()
) -> Rule:
    find = _rows(key, since=since, period="accountability.register", where=where)
    tables = (table.__tablename__, *(child.__tablename__ for child, _ in children))
    return Rule(table.__tablename__, ("accountability.register",), tables, find, _delete(table, *children))


def _objections(as_of: datetime) -> Select[Any]:
    limit = cutoff("accountability.objection", as_of).date()
    return select(Suppression.digest).where(Suppression.created_on <= limit).order_by(Suppression.digest)


_RIGHTS = Rule(
    "rights_cases",
    ("accountability.rights_request",),
    ("rights_cases", "rights_events", "rights_links"),
    _rows(RightsCase.id, since=RightsCase.closed_at, period="accountability.rights_request",
          where=[RightsCase.id.not_in(select(METADATA.tables["directives"].c.case_id))]),
    _delete(RightsCase, (RightsEvent, "case_id"), (RightsLink, "case_id")),
)  # fmt: skip
_MODES = {"email": "correspondence.email", "post": "correspondence.post", "fax": "correspondence.email",
          "phone": "correspondence.call"}  # fmt: skip
_FREE = or_(
    Correspondence.case_ref.is_(None),
    Correspondence.case_ref.not_in(select(RightsCase.id).where(RightsCase.closed_at.is_(None))),
)


def _letters(mode: str) -> Rule:
    """By age. A fax keeps its head as long as a mail, and loses its content when it is read."""
    periods = ("correspondence.fax",) if mode == "fax" else (_MODES[mode],)
    find = _rows(Correspondence.id, since=Correspondence.at, period=_MODES[mode],
                 where=[Correspondence.mode == mode, _FREE])  # fmt: skip
    return Rule(f"correspondence.{mode}", periods, ("correspondence",), find, _delete(Correspondence))


RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("people", ("identification.prospect", "identification.client"),
             ("people", "prospects", "licences", "observed_contacts"), people.over, people.erase),
        Rule("people.past_contacts", ("identification.prospect", "identification.client"),
             ("people", "observed_contacts", "notes"), people.past_contacts_over, people.erase_past_contacts),
        Rule("people.former_clients", ("identification.former_client",), ("people", "observed_contacts"),
             customers.former, customers.reduce),
        Rule("correspondence.former_clients", ("correspondence.email", "correspondence.post"), ("correspondence",),
             customers.letters, _delete(Correspondence)),
        *(_letters(mode) for mode in _MODES),
        Rule("configurations.online_support", ("configuration.online_support",),
             ("config_snapshots", "exchange_packages"),
             partial(support.configurations, "online_support"), support.forget_configurations),
        Rule("configurations.mail", ("configuration.mail",), ("config_snapshots", "exchange_packages"),
             partial(support.configurations, "mail"), support.forget_configurations),
        Rule("support_cases", ("correspondence.case",), ("support_cases",), support.cases, support.forget_cases),
        Rule("observations.sales", ("accounting.document", "accounting.payment"), ("observations",),
             accounting.over, accounting.forget),
        Rule("consent_events.requests", ("consent.request",), ("consent_events",), proofs.unanswered, proofs.lapse),
        Rule("consent_events", ("consent.proof",), ("consent_events",), proofs.over, proofs.forget),
        # An objection has no end of its own: what is due is to look whether the list holds nothing but objections.
        Rule("suppressions", ("accountability.objection",), ("suppressions",), _objections, None),
        _RIGHTS,
        _register(Disclosure, Disclosure.at, Disclosure.id, children=((DisclosureSubject, "disclosure_id"),)),
        _register(CorporateEvent, CorporateEvent.closed_at, CorporateEvent.id,
                  CorporateEvent.id.not_in(select(Disclosure.event_id).where(Disclosure.event_id.is_not(None))),
                  children=((CorporateObjection, "event_id"),)),
        _register(PolicySnapshot, PolicySnapshot.seen_at, PolicySnapshot.id),
        _register(Incident, Incident.closed_at, Incident.id),
        _register(Authorisation, Authorisation.until, Authorisation.id),
        _register(RetentionRun, RetentionRun.finished_at, RetentionRun.id),
        Rule("audit_events", ("accountability.staff_journal",), ("audit_events",), _journal, _purge_journal),
        _queue(InboxItem, "body"),
        _queue(OutboxItem, "payload"),
        _links(SignedLink),
    )
}  # fmt: skip
