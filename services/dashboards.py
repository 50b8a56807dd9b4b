"""Figures for the dashboards. They count licences, days and states: no person is read for them.

Everything that the database can add up it adds up; what comes back has a row for a day or a state, never for a licence.
A group of fewer than `SMALLEST_GROUP` tells who is in it, so shares of small groups are not told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.consent import ConsentEvent
from models.marketplace import Licence, Observation
from models.queues import InboxItem, ItemState
from services import consent, retention
from services.marketplace.states import STATES

SMALLEST_GROUP = 5
MONTHS = 6
# Days from the start of an evaluation to the purchase: up to and with each of these.
SPANS = (7, 14, 30, 60, 90)
INGEST_DAYS = 14
# Looking ahead: what is over by then.
HORIZONS = (0, 30, 90, 365)


@dataclass(frozen=True)
class Start:
    """How many licences began on a day and were bought on another, or not at all."""

    started_on: date
    won_on: date | None
    count: int


def figures(session: Session, today: date, *, app: str | None = None) -> dict[str, Any]:
    """`{funnel, cohorts, spans, ways, reasons, states, consent, ingest, ends, apps}`; `app` narrows what speaks of
    licences."""
    starts = _starts(session, app)
    return {
        "funnel": _funnel(session, app),
        "cohorts": cohorts(starts, today),
        "spans": spans(starts),
        "ways": _ways(session, app),
        "reasons": _reasons(session, app),
        "states": _states(session, app),
        "consent": _consent(session),
        "ingest": _ingest(session, today),
        "ends": _ends(session, today),
        "apps": list(session.scalars(select(Licence.app_name).distinct().order_by(Licence.app_name))),
    }


def cohorts(starts: Iterable[Start], today: date) -> list[dict[str, Any]]:
    """A row for each of the last months: `{month, started, bought: [share in per cent or None for each of SPANS]}`.

    None: the group is too small, or its last licence has not had that many days yet.
    """
    months = _last_months(today)
    rows: dict[date, list[Start]] = {month: [] for month in months}
    for start in starts:
        month = start.started_on.replace(day=1)
        if month in rows:
            rows[month].append(start)
    return [_cohort(month, group, today) for month, group in rows.items()]


def spans(starts: Iterable[Start]) -> list[dict[str, Any]]:
    """How long a purchase takes: `[{upto: days or None for longer, count}]`."""
    taken: Counter[int | None] = Counter()
    for start in starts:
        if start.won_on is not None:
            days = max((start.won_on - start.started_on).days, 0)
            taken[next((span for span in SPANS if days <= span), None)] += start.count
    return [{"upto": span, "count": taken[span]} for span in (*SPANS, None)]


def _cohort(month: date, group: Sequence[Start], today: date) -> dict[str, Any]:
    started = sum(start.count for start in group)
    last_day = max((start.started_on for start in group), default=month)
    shares = []
    for span in SPANS:
        bought = sum(start.count for start in group if start.won_on and (start.won_on - start.started_on).days <= span)
        told = started >= SMALLEST_GROUP and last_day + timedelta(days=span) <= today
        shares.append(round(100 * bought / started) if told else None)
    return {"month": month.isoformat(), "started": started, "bought": shares}


def _last_months(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[::-1]


def _starts(session: Session, app: str | None) -> list[Start]:
    days = (Licence.started_on, Licence.won_on)
    counted = select(*days, func.count()).where(Licence.started_on.is_not(None), Licence.episodes > 0).group_by(*days)
    return [Start(*row) for row in session.execute(_of_app(counted, app))]


def _funnel(session: Session, app: str | None) -> list[dict[str, Any]]:
    counted = select(Licence.state, Licence.won_on.is_not(None), func.count()).where(Licence.episodes > 0)
    rows = session.execute(_of_app(counted.group_by(Licence.state, Licence.won_on.is_not(None)), app)).all()
    steps = {
        "evaluated": sum(count for _, _, count in rows),
        "bought": sum(count for _, bought, count in rows if bought),
        "customers": sum(count for state, _, count in rows if state in STATES and STATES[state].is_customer),
        "renewed": sum(count for state, _, count in rows if state == "renewed"),
    }
    return [{"step": step, "count": count} for step, count in steps.items()]


def _states(session: Session, app: str | None) -> list[dict[str, Any]]:
    counted = select(Licence.state, func.count()).group_by(Licence.state)
    found = {row[0]: row[1] for row in session.execute(_of_app(counted, app))}
    return [{"state": state, "count": found[state]} for state in STATES if state in found]


def _ways(session: Session, app: str | None) -> list[dict[str, Any]]:
    """By which channel the Marketplace says that licences came: `[{channel, count}]`, a licence once for each."""
    channel = Observation.facts["channel"].as_string()
    licences = func.count(Observation.licence_id.distinct())
    counted = select(channel, licences).where(Observation.kind == "attribution", channel.is_not(None)).group_by(channel)
    if app is not None:
        counted = counted.join(Licence, Licence.id == Observation.licence_id).where(Licence.app_name == app)
    rows = [{"channel": row[0], "count": row[1]} for row in session.execute(counted)]
    return sorted(rows, key=lambda row: (-row["count"], row["channel"]))


def _reasons(session: Session, app: str | None) -> list[dict[str, Any]]:
    kind, reason = Observation.facts["feedbackType"].as_string(), Observation.facts["reasonKey"].as_string()
    counted = select(kind, reason, func.count()).where(Observation.kind == "feedback").group_by(kind, reason)
    if app is not None:
        counted = counted.join(Licence, Licence.id == Observation.licence_id).where(Licence.app_name == app)
    rows = [{"kind": row[0], "reason": row[1], "count": row[2]} for row in session.execute(counted)]
    return sorted(rows, key=lambda row: (-row["count"], str(row["reason"])))


def _consent(session: Session) -> list[dict[str, Any]]:
    mail = (ConsentEvent.purpose == "prospect", ConsentEvent.channel == "email")
    newest = ConsentEvent.seq.in_(consent.newest(*mail))
    counted = select(ConsentEvent.state, func.count()).where(newest).group_by(ConsentEvent.state)
    rows = sorted(session.execute(counted), key=lambda row: -row[1])
    return [{"state": row[0], "count": row[1]} for row in rows]


def _ingest(session: Session, today: date) -> list[dict[str, Any]]:
    first = today - timedelta(days=INGEST_DAYS - 1)
    since = datetime.combine(first, time(), tzinfo=UTC)
    in_utc = session.get_bind().dialect.name == "postgresql"
    day = func.date(func.timezone("UTC", InboxItem.received_at) if in_utc else InboxItem.received_at)
    aside = func.count().filter(InboxItem.state == ItemState.QUARANTINED)
    counted = select(day, func.count(), aside).where(InboxItem.received_at >= since).group_by(day)
    # A date on PostgreSQL, text on SQLite.
    found = {str(row[0]): (row[1], row[2]) for row in session.execute(counted)}
    days = [(first + timedelta(days=number)).isoformat() for number in range(INGEST_DAYS)]
    return [{"day": day, "count": found.get(day, (0, 0))[0], "aside": found.get(day, (0, 0))[1]} for day in days]


def _ends(session: Session, today: date) -> list[dict[str, Any]]:
    """What reaches the end of its period: `[{days, count}]`, each count with the ones before."""
    moments = [(days, datetime.combine(today + timedelta(days=days), time(), tzinfo=UTC)) for days in HORIZONS]
    return [{"days": days, "count": sum(one.rows for one in retention.due(session, at))} for days, at in moments]


def _of_app(statement: Any, app: str | None) -> Any:
    return statement if app is None else statement.where(Licence.app_name == app)
