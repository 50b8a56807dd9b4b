"""Incidents with their clock, and who may be staff since when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from models.database import Database
from services import audit, authorisations, incidents
from services.incidents import IncidentError

HOUR = timedelta(hours=1)


def entered(database: Database, now: datetime, known_at: datetime) -> int:
    with database.write() as session:
        incident = incidents.open_incident(
            session, title="A laptop was stolen", nature="confidentiality", categories=["identification"],
            known_at=known_at, actor="olivia", now=now, people_count=12,
        )  # fmt: skip
        return incident.id


@pytest.mark.parametrize(
    ("hours", "state", "left"), [(0, "running", 72), (35, "running", 37), (36, "soon", 36), (73, "late", -1)]
)
def test_the_clock_runs_from_when_it_became_known(
    database: Database, now: datetime, hours: int, state: str, left: int
) -> None:
    entered(database, now + hours * HOUR, known_at=now)
    with database.read() as session:
        (told,) = incidents.listed(session, now + hours * HOUR)
    assert (told["state"], told["hours_left"]) == (state, left)


def test_a_late_notification_says_why(database: Database, now: datetime) -> None:
    number = entered(database, now, known_at=now)
    with database.write() as session:
        with pytest.raises(IncidentError, match="why it is late"):
            incidents.notify(session, number, actor="olivia", now=now + 73 * HOUR)
        incidents.notify(session, number, actor="olivia", now=now + 73 * HOUR, late_because="found on a holiday")
        assert incidents.listed(session, now)[0]["state"] == "notified"


def test_an_incident_is_closed_with_its_file_complete(database: Database, now: datetime) -> None:
    number = entered(database, now, known_at=now)
    file = {"actor": "olivia", "now": now, "consequences": "none", "measures": "keys replaced"}
    with database.write() as session:
        with pytest.raises(IncidentError, match="not told"):
            incidents.close(session, number, **file)  # type: ignore[arg-type]
        incidents.close(session, number, **file, not_notified_because="the disk was encrypted")  # type: ignore[arg-type]
        assert (incidents.listed(session, now)[0]["state"], incidents.running(session)) == ("closed", 0)
        with pytest.raises(IncidentError, match="no open incident"):
            incidents.tell_people(session, number, actor="olivia", now=now)


def test_an_incident_of_the_future_or_of_no_kind_is_refused(database: Database, now: datetime) -> None:
    with pytest.raises(IncidentError, match="future"):
        entered(database, now, known_at=now + HOUR)
    with pytest.raises(IncidentError, match="nature"), database.write() as session:
        incidents.open_incident(session, title="x", nature="odd", categories=[], known_at=now, actor="o", now=now)


def test_whom_a_taken_over_account_looked_at(database: Database, now: datetime) -> None:
    with database.write() as session:
        for at, subject in ((now, "p1"), (now + HOUR, "p2"), (now + 5 * HOUR, "p3")):
            audit.record(session, actor="eve", action="prospect.read", subject=subject, purpose="support", now=at)
        audit.record_list(session, [{"id": "p4"}], actor="eve", purpose="prospecting", now=now + HOUR)
        audit.record(session, actor="alice", action="prospect.read", subject="p5", purpose="support", now=now)
        assert incidents.looked_at_by(session, "eve", now, now + 2 * HOUR) == ["p1", "p2", "p4"]


def roles(database: Database, account: str, said: set[str], now: datetime) -> frozenset[str]:
    with database.write() as session:
        if not authorisations.is_current(session, account, said, now):
            authorisations.observe(session, account, said, now)
        return authorisations.effective(session, account, said, now)


def decide(database: Database, allow: bool, now: datetime, until: datetime | None = None) -> None:
    with database.write() as session:
        authorisations.decide(session, "bob", "staff", allow=allow, until=until, actor="console", now=now)


def test_the_groups_open_and_end_an_authorisation(database: Database, now: datetime) -> None:
    assert roles(database, "bob", {"staff"}, now) == {"staff"}
    assert roles(database, "bob", {"staff"}, now + HOUR) == {"staff"}
    assert roles(database, "bob", set(), now + 2 * HOUR) == frozenset()
    assert roles(database, "bob", {"staff"}, now + 3 * HOUR) == {"staff"}
    with database.read() as session:
        told = [(entry["account"], entry["since"], entry["until"]) for entry in authorisations.listed(session)]
        assert audit.verify(session) is None
    assert told == [
        ("bob", (now + 3 * HOUR).isoformat(), None),
        ("bob", now.isoformat(), (now + 2 * HOUR).isoformat()),
    ]


def test_an_officer_lets_in_until_a_day_and_bars_whatever_the_groups_say(database: Database, now: datetime) -> None:
    decide(database, True, now, until=now + HOUR)
    assert roles(database, "bob", set(), now) == {"staff"}
    assert roles(database, "bob", set(), now + HOUR) == frozenset()
    decide(database, False, now + 2 * HOUR)
    assert roles(database, "bob", {"staff", "officer"}, now + 2 * HOUR) == frozenset()
    decide(database, True, now + 3 * HOUR)
    assert roles(database, "bob", {"staff"}, now + 3 * HOUR) == {"staff"}
