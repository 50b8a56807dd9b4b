"""A material change of the policy is told to people, and stops the consents that rest on what changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from handlers import publishing, work
from handlers.parts import Parts
from handlers.settings import Settings
from models.database import Database
from models.people import Person
from models.queues import OutboxItem
from services import consent, policy_change
from services.consent import ConsentState, Entry
from services.marketplace.poll import take_all
from services.may_contact import may_contact
from services.policy import editions, record
from tests.handlers.faces import evaluation
from tests.handlers.test_letters import Mailbox, mail_server


@pytest.fixture
def parts(database: Database, folder: Path, now: datetime) -> Iterator[Parts]:
    """The parts of an app on the test's database, with a policy that may be changed."""
    settings = Settings(
        secret_keys=("a-secret-key-for-the-tests",),  # type: ignore[arg-type]
        database_url=str(database.url),
        policy_dir=folder,
        _env_file=None,  # type: ignore[call-arg]
    )
    made = Parts(settings, lambda: now)
    made.database = database
    yield made
    if "jobs" in vars(made):
        made.jobs.huey.storage.close()


def new_version(parts: Parts, *, material: bool = True, clause: str = "02-about", at: datetime | None = None) -> None:
    """Change a clause in both languages, and record the version as publishing does."""
    for language in ("fr", "en"):
        path = parts.settings.policy_dir / language / f"{clause}.md"
        head = "" if material else "material: no\n"
        path.write_text(path.read_text().replace("commitments:", f"{head}commitments:", 1) + "\nJira.\n")
    with parts.database.write() as session:
        edition = record(session, publishing.load(parts), parts.clock(), author="command", effective_at=at)
        publishing._announce(parts, session, edition)


def letters(parts: Parts, hours: int = 0) -> list[Any]:
    """What the worker writes about the policy when it comes by, so many hours later."""
    box, moment = Mailbox(), parts.clock() + timedelta(hours=hours)
    parts.clock = lambda: moment
    with mail_server(box) as url:
        parts.settings = parts.settings.model_copy(update={"smtp_url": SecretStr(url)})
        work.sweep(parts)
        work.drain(parts)
    parts.settings = parts.settings.model_copy(update={"smtp_url": None})
    return [letter for letter in box.letters if "politique" in letter["Subject"]]


@pytest.fixture
def alice(parts: Parts, now: datetime) -> str:
    """Somebody who agreed to news under version 1 and may be written to on interest; others whom nothing concerns."""
    new_version(parts)
    for number, name in enumerate(("alice", "bob", "carol", "dora")):
        row = evaluation(number, name, f"{name}@{name}.example")
        take_all(parts.database, parts.vault, [row], source="file", as_of=None, now=now)
    with parts.database.write() as session:
        people = {name: _known(session, parts, name) for name in ("alice", "bob", "carol", "dora")}
        entries = [
            Entry(people["alice"].id, "news", "email", ConsentState.GRANTED, "person", "test"),
            Entry(people["alice"].id, "prospect", "email", ConsentState.LEGITIMATE_INTEREST, "system", "notice"),
            Entry(people["dora"].id, "prospect", "email", ConsentState.LEGITIMATE_INTEREST, "system", "notice"),
        ]
        consent.append(session, entries, now)
        consent.object_to(session, people["carol"], purpose="prospect", source="test", now=now)
        people["dora"].restricted_at = now
        known = people["alice"].id
    parts.clock = lambda: now + timedelta(hours=1)
    work.drain(parts)
    return known


def _known(session: Session, parts: Parts, name: str) -> Person:
    index = parts.vault.blind_index("email", f"{name}@{name}.example")
    return session.scalars(select(Person).filter_by(email_index=index)).one()


def standing(parts: Parts, person: str) -> dict[str, str]:
    with parts.database.read() as session:
        return {row["purpose"]: row["state"] for row in consent.current(session, person)}


def test_the_first_version_is_owed_to_nobody(parts: Parts) -> None:
    new_version(parts)
    work.drain_outbox(parts)
    with parts.database.read() as session:
        [item] = session.scalars(select(OutboxItem).where(OutboxItem.kind == "policy.changed"))
        assert (item.key, item.state) == ("policy/1", "done")
    assert letters(parts) == []


def test_who_is_concerned_is_told_once_and_consent_to_what_changed_stops(parts: Parts, alice: str) -> None:
    new_version(parts, clause="04-purposes")
    work.drain_outbox(parts)
    assert standing(parts, alice) == {"news": "needs_refresh", "prospect": "legitimate_interest"}
    with parts.database.read() as session:
        item = session.scalars(select(OutboxItem).filter_by(kind="policy.changed", key="policy/2")).one()
        assert (item.state, item.reason) == ("ready", "no mail server is set"), "it waits, in sight"
        assert not may_contact(session, alice, "news", "email", parts.clock()).allowed
        assert may_contact(session, alice, "prospect", "email", parts.clock()).allowed
    (letter,) = letters(parts, hours=1)
    text = letter.get_content()
    assert (letter["To"], letter["Content-Language"]) == ("alice@alice.example", "fr")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Clause modifiée" in text and "Vous informer des changements importants" in text and "courriel" in text
    assert "/policy/fr/changes" in text and "/privacy/choices/" in text and "{" not in text
    assert letters(parts, hours=2) == [] and letters(parts, hours=2) == []


def test_consent_that_is_given_anew_stays(parts: Parts, alice: str) -> None:
    new_version(parts, clause="04-purposes")
    work.drain_outbox(parts)
    with parts.database.write() as session:
        consent.append(session, [Entry(alice, "news", "email", ConsentState.GRANTED, "person", "test")], parts.clock())
    letters(parts, hours=3)
    assert standing(parts, alice)["news"] == "granted"


def test_a_clause_that_no_consent_rests_on_stops_none(parts: Parts, alice: str) -> None:
    new_version(parts, clause="13-rights")
    (letter,) = letters(parts, hours=1)
    assert standing(parts, alice)["news"] == "granted"
    assert "Clause modifiée" in letter.get_content() and "courriel" not in letter.get_content()


def test_consent_counts_until_the_day_on_which_the_new_text_applies(parts: Parts, alice: str) -> None:
    new_version(parts, clause="04-purposes", at=parts.clock() + timedelta(days=30))
    (letter,) = letters(parts, hours=1)
    assert "cesse de valoir ce jour-là" in letter.get_content()
    assert standing(parts, alice)["news"] == "granted"
    assert letters(parts, hours=29 * 24) == []
    assert standing(parts, alice)["news"] == "granted"
    letters(parts, hours=24)
    assert standing(parts, alice)["news"] == "needs_refresh"


def test_whoever_objects_meanwhile_is_not_written_to(parts: Parts, alice: str) -> None:
    new_version(parts, clause="13-rights")
    with parts.database.read() as session:
        number, people = policy_change.due(session) or (0, [])
    assert (number, [person.id for person in people]) == (2, [alice])
    with parts.database.write() as session:
        policy_change.queue(session, parts.vault, number, people, parts.clock())
        person = session.get_one(Person, alice)
        consent.object_to(session, person, purpose="prospect", source="test", now=parts.clock())
        consent.object_to(session, person, purpose="news", source="test", now=parts.clock())
    assert letters(parts, hours=1) == []


def test_a_change_that_both_languages_call_immaterial_is_not_announced(parts: Parts) -> None:
    new_version(parts, material=False)
    with parts.database.read() as session:
        assert [one.material for one in editions(session)] == [False]
        assert list(session.scalars(select(OutboxItem).where(OutboxItem.kind == "policy.changed"))) == []
