"""Whatever happens, in whatever order: only the person raises consent, and an objection is the last word. On both."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.consent import ConsentEvent
from models.database import Database
from models.people import Person
from models.vault import Vault
from services import choices, consent, consent_clock, erasure, links, notices, officer, opt_in, suppression
from services.consent import ConsentState, Entry
from services.marketplace.people import person_id
from services.marketplace.poll import take_all
from services.may_contact import may_contact_many
from services.opt_in import OFFERED
from tests.handlers.faces import evaluation

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NUMBERS = count(1)
ASKED = ("news.email", "prospect.email", "prospect.phone", "prospect.post")


class World:
    """One person, and everything that can happen to what they agreed to."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault, self.now = database, vault, NOW
        self.number = next(NUMBERS)
        self.email = f"person{self.number}@firm{self.number}.example"
        self.id = person_id(vault, self.email)
        self.objected = False
        self.feed()

    def feed(self) -> None:
        row = evaluation(self.number % 1000, "Somebody", self.email, appEntitlementNumber=f"E-{self.number}")
        take_all(self.database, self.vault, [row], source="file", as_of=None, now=self.now)

    def _person(self, session: Session) -> Person | None:
        return choices.living(session, self.id)

    def told(self) -> None:
        with self.database.write() as session:
            notice = notices.compose(session, self.vault, self.id, choices="x", interest_in=["france"])
            if notice is not None:
                notices.given(session, notice, wording="notice", now=self.now)

    def time(self) -> None:
        self.now += timedelta(days=200)
        with self.database.write() as session:
            consent_clock.enter(session, consent_clock.run_out(session, self.now), self.now)

    def intruder(self) -> None:
        """A program that writes to the ledger itself is refused by the database."""
        for actor in ("feed", "system", "staff"):
            entry = Entry(self.id, "news", "email", ConsentState.GRANTED, actor, "test")
            with pytest.raises(Exception, match="only the person"), self.database.write() as session:
                consent.append(session, [entry], self.now)

    def listed(self) -> None:
        with self.database.write() as session:
            suppression.add(session, self.vault, self.email, "prospect", actor="command", now=self.now)
        self.objected = True

    def erased(self) -> None:
        with self.database.write() as session:
            plan = erasure.Plan((self.id,), (), self.now, frozenset())
            erasure.carry_out(session, self.vault, plan, reason="request", now=self.now)

    def object(self) -> None:
        with self.database.write() as session:
            person = self._person(session)
            if person is not None:
                consent.object_to(session, person, purpose="prospect", source="test", now=self.now)
                self.objected = True

    def tick(self, *wanted: str) -> None:
        with self.database.write() as session:
            person = self._person(session)
            if person is not None:
                opt_in.choose(
                    session, self.vault, person, wanted, of_age=True, language="en", wording="yes", now=self.now
                )

    def confirm(self) -> None:
        with self.database.write() as session:
            person = self._person(session)
            asked = [
                event.at
                for event in session.scalars(select(ConsentEvent).filter_by(person_ref=self.id, state="requested"))
            ]
            if person is not None and asked:
                token = links.issue(session, self.vault, kind="confirm", person=person, now=max(asked))
                link = links.resolve(session, self.vault, token, kind="confirm", now=self.now)
                if link is not None:
                    opt_in.answer(session, link, yes=True, wording="yes", now=self.now)

    def officer(self) -> None:
        said = {"evidence": "a letter of theirs", "actor": "olivia", "now": self.now}
        with contextlib.suppress(officer.NotPossibleError), self.database.write() as session:
            officer.enter(session, self.id, "prospect", "post", "granted", **said)

    def allowed(self) -> set[str]:
        with self.database.read() as session:
            return {
                name
                for name in ASKED
                for purpose, channel in [OFFERED[name]]
                if may_contact_many(session, [self.id], purpose, channel, self.now)[self.id].allowed
            }


BY_OTHERS: dict[str, Callable[[World], None]] = {
    "feed": World.feed, "time": World.time, "intruder": World.intruder, "listed": World.listed, "erased": World.erased,
}  # fmt: skip
BY_THE_PERSON: dict[str, Callable[[World], None]] = {
    "object": World.object, "tick": lambda world: world.tick("news.email", "prospect.email", "prospect.phone"),
    "untick": World.tick, "confirm": World.confirm, "officer": World.officer,
}  # fmt: skip
EVERYTHING = BY_OTHERS | BY_THE_PERSON | {"told": World.told}


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(events=st.lists(st.sampled_from(sorted(EVERYTHING)), min_size=4, max_size=10))
def test_invariants_1_and_2_hold_for_every_sequence_of_events(
    database: Database, vault: Vault, events: list[str]
) -> None:
    world = World(database, vault)
    for event in events:
        before = world.allowed()
        EVERYTHING[event](world)
        after = world.allowed()
        if event in BY_OTHERS:
            assert after <= before, f"{event} raised {after - before}"
        if event == "told":
            assert after - before <= {"prospect.email"}, "the notice makes interest count, and nothing else"
        if world.objected:
            assert not {name for name in after if name.startswith("prospect.")}, f"contact after an objection: {event}"


def test_the_events_do_what_they_are_for(database: Database, vault: Vault) -> None:
    """Else the property would hold because nothing happens."""
    world = World(database, vault)
    assert world.allowed() == set()
    world.told()
    assert world.allowed() == {"prospect.email"}
    world.tick("news.email")
    world.confirm()
    world.officer()
    assert world.allowed() == {"prospect.email", "prospect.post", "news.email"}
    world.object()
    assert world.allowed() == {"news.email"}
    for _ in range(6):
        world.time()
    assert world.allowed() == set()
