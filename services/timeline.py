"""What happened, latest first: to licences, what was heard of them besides, and what a person said.

`[{on, kind, text, source, app, details}]`: `kind` and `text` are codes that the pages put into words, `details` words
of the Marketplace as they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.marketplace import Licence, Observation
from models.people import Person
from services import consent
from services.marketplace.further import is_accepted
from services.marketplace.states import STATES
from services.marketplace.values import day, text

Facts = Mapping[str, Any]
# As many as a page can tell of, not as many as a licence may have.
MOST_HEARD = 200


def of_prospect(session: Session, licences: Sequence[Licence], person: Person | None) -> list[dict[str, Any]]:
    """Of the licences of one prospect, and of the consent of the person."""
    events = of_licences(session, licences)
    for event in consent.history(session, person.id) if person else []:
        events.append(_event(event.at.date(), "consent", event.source, text=event.state))
    return _latest_first(events)


def of_licences(session: Session, licences: Sequence[Licence]) -> list[dict[str, Any]]:
    """Of these licences alone."""
    turns = [
        _event(on, kind, "marketplace", app=licence.app_name)
        for licence in licences
        for kind, on in _turns(licence)
        if on
    ]
    return _latest_first([*turns, *_heard(session, licences)])


def _heard(session: Session, licences: Sequence[Licence]) -> Iterable[dict[str, Any]]:
    apps = {licence.id: licence.app_name for licence in licences}
    of_ours = (Observation.licence_id.in_(apps), Observation.kind.in_(HEARD), ~Observation.forgotten)
    newest = select(Observation).where(*of_ours).order_by(Observation.as_of.desc(), Observation.id).limit(MOST_HEARD)
    told = set()
    for observation in session.scalars(newest):
        kind, when, details_of = HEARD[observation.kind]
        on = day(observation.facts.get(when) or observation.facts.get("lastUpdated"))
        if on is None or (observation.kind == "quote" and not is_accepted(observation.facts)):
            continue
        details = tuple(word for word in details_of(observation.facts) if word)
        # The same is heard by report, by event and by file.
        if (observation.licence_id, kind, on, details) not in told:
            told.add((observation.licence_id, kind, on, details))
            yield _event(on, kind, "marketplace", app=apps[observation.licence_id], details=details)


def _way(facts: Facts) -> Iterable[str | None]:
    """The channel, from where, and which campaign brought them: not who they were."""
    referrer = text(facts.get("referrerDomain")) or ""
    yield text(facts.get("channel"))
    yield urlsplit(referrer).hostname or referrer.strip("/") or None
    yield text(facts.get("campaignName"))


def _reason(facts: Facts) -> Iterable[str | None]:
    return text(facts.get("feedbackType")), text(facts.get("reasonKey"))


# Of an observation: what it is on the time line, the fact that says when, and what is told of it.
HEARD: Mapping[str, tuple[str, str, Callable[[Facts], Iterable[str | None]]]] = {
    "attribution": ("arrived", "eventTimestamp", _way),
    "feedback": ("feedback", "date", _reason),
    "quote": ("quoted", "acceptedDate", lambda facts: ()),
}


def _turns(licence: Licence) -> list[tuple[str, date | None]]:
    over = STATES[licence.state].is_over
    return [
        ("evaluation_started", licence.started_on if licence.episodes else None),
        ("won", licence.won_on),
        (licence.state if over else "ends", licence.ends_on),
    ]


def _event(
    on: date, kind: str, source: str, *, text: str | None = None, app: str | None = None, details: Iterable[str] = ()
) -> dict[str, Any]:
    return {
        "on": on.isoformat(), "kind": kind, "text": text or kind, "source": source, "app": app,
        "details": list(details),
    }  # fmt: skip


def _latest_first(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def place(event: dict[str, Any]) -> Any:
        return event["on"], event["kind"], event["app"] or "", event["details"]

    return sorted(events, key=place, reverse=True)
