"""The gate to all contact: what it lets through, and what it says of it. On both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from models.people import Person
from models.policy import PolicyVersion
from models.vault import Vault
from services import consent, mail, suppression
from services.consent import ConsentState, Entry
from services.marketplace.addresses import mailbox
from services.may_contact import may_contact, may_contact_many

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def later(years: int) -> datetime:
    return NOW.replace(year=NOW.year + years)


def known(session: Session, vault: Vault, name: str = "alice", **changes: object) -> Person:
    email = f"{name}@corp.example"
    person = Person(
        id=name,
        email_index=vault.blind_index("email", email),
        mailbox_index=vault.blind_index("mailbox", mailbox(email)),
        versions={},
        source="test",
        first_seen_at=NOW,
        **changes,
    )
    session.add(person)
    session.flush()
    return person


def say(session: Session, state: str, purpose: str = "prospect", channel: str = "email", at: datetime = NOW) -> None:
    consent.append(session, [Entry("alice", purpose, channel, ConsentState(state), "person", "test")], at)


def test_nothing_is_sent_before_the_notice_nor_where_nothing_was_said(database: Database, vault: Vault) -> None:
    with database.write() as session:
        known(session, vault)
        assert not may_contact(session, "alice", "prospect", "email", NOW).allowed
        say(session, "notice_due")
        refused = may_contact(session, "alice", "prospect", "email", NOW)
        assert (refused.allowed, refused.basis, refused.events) == (False, None, (1,))
        assert "article 14" in refused.reasons["fr"][0] and "Art. 14" in refused.reasons["en"][0]
        assert not may_contact(session, "nobody", "prospect", "email", NOW).allowed


def test_of_all_states_two_allow_prospecting_by_mail_and_none_another_channel(database: Database, vault: Vault) -> None:
    with database.write() as session:
        for state in ConsentState:
            known(session, vault, state)
            consent.append(session, [Entry(state, "prospect", "email", state, "person", "test")], NOW)
        by_mail = may_contact_many(session, list(ConsentState), "prospect", "email", NOW)
        assert {who for who, receipt in by_mail.items() if receipt.allowed} == {"granted", "legitimate_interest"}
        assert len({receipt.events for receipt in by_mail.values()}) == len(ConsentState)
        by_phone = may_contact_many(session, list(ConsentState), "prospect", "phone", NOW)
        assert not any(receipt.allowed for receipt in by_phone.values())


def test_interest_is_no_basis_for_news_nor_for_calls(database: Database, vault: Vault) -> None:
    with database.write() as session:
        known(session, vault)
        say(session, "legitimate_interest", "news")
        say(session, "legitimate_interest", "prospect", "phone")
        assert not may_contact(session, "alice", "news", "email", NOW).allowed
        assert not may_contact(session, "alice", "prospect", "phone", NOW).allowed


def test_consent_to_calls_lasts_a_year_and_other_consent_three(database: Database, vault: Vault) -> None:
    with database.write() as session:
        known(session, vault)
        say(session, "granted", "prospect", "phone")
        say(session, "granted", "news")
        moment = timedelta(seconds=1)
        assert may_contact(session, "alice", "prospect", "phone", later(1) - moment).basis == "6(1)(a)"
        assert not may_contact(session, "alice", "prospect", "phone", later(1)).allowed
        assert may_contact(session, "alice", "news", "email", later(3) - moment).allowed
        assert not may_contact(session, "alice", "news", "email", later(3)).allowed


def test_news_comes_once_in_thirty_days(database: Database, vault: Vault) -> None:
    with database.write() as session:
        known(session, vault)
        say(session, "granted", "news")
        mail.queue_letter(
            session, vault, to="a@b.example", language="en", letter="x", values={}, key="news/alice/7", now=NOW
        )
        assert not may_contact(session, "alice", "news", "email", NOW + timedelta(days=29)).allowed
        assert may_contact(session, "alice", "news", "email", NOW + timedelta(days=30)).allowed


def test_invariant_2_an_objection_stops_every_channel_and_outlives_whatever_the_ledger_says(
    database: Database, vault: Vault
) -> None:
    with database.write() as session:
        person = known(session, vault)
        say(session, "granted", "prospect", "phone")
        consent.object_to(session, person, purpose="prospect", source="test", now=NOW)
        assert consent.notices_due(session, [person], NOW) == 0
        say(session, "granted")
        for channel in ("email", "phone", "fax", "post"):
            assert not may_contact(session, "alice", "prospect", channel, NOW).allowed


def test_the_list_holds_under_every_spelling_and_never_shows_an_address(database: Database, vault: Vault) -> None:
    with database.write() as session:
        known(session, vault)
        say(session, "legitimate_interest")
        suppression.add(session, vault, "Alice+shop@Corp.example", "prospect", actor="command", now=NOW)
        assert suppression.check(session, vault, "alice@corp.example", "prospect", actor="command", now=NOW)
        assert not suppression.check(session, vault, "bob@corp.example", "prospect", actor="command", now=NOW)
        assert consent.current(session, "alice")[0]["state"] == "objected"
        with pytest.raises(ValueError, match="not an e-mail address"):
            suppression.add(session, vault, "no address", "prospect", actor="command", now=NOW)


def test_invariant_12_an_individual_is_never_on_the_reference_list(database: Database, vault: Vault) -> None:
    with database.write() as session:
        known(session, vault)
        say(session, "granted", "reference_list", "web")
        assert not may_contact(session, "alice", "reference_list", "web", NOW).allowed


def test_who_is_restricted_hears_of_their_rights_alone_and_the_dead_of_nothing(
    database: Database, vault: Vault
) -> None:
    with database.write() as session:
        known(session, vault, restricted_at=NOW)
        known(session, vault, "bob", deceased_at=NOW)
        say(session, "granted")
        asked = [("prospect", False), ("reply", False), ("rights", True)]
        for purpose, allowed in asked:
            found = may_contact_many(session, ["alice", "bob"], purpose, "email", NOW)
            assert [found[who].allowed for who in ("alice", "bob")] == [allowed, False]


def test_a_past_instant_gets_the_answer_that_it_got_then_with_the_policy_of_then(
    database: Database, vault: Vault
) -> None:
    with database.write() as session:
        known(session, vault)
        for number in (1, 2):
            at = NOW + timedelta(days=number)
            session.add(PolicyVersion(number=number, digest=f"d{number}", registered_at=at, effective_at=at))
        say(session, "granted", "survey", at=NOW)
        before = may_contact(session, "alice", "survey", "email", NOW + timedelta(days=1))
        say(session, "withdrawn", "survey", at=NOW + timedelta(days=2))
        assert before == may_contact(session, "alice", "survey", "email", NOW + timedelta(days=1))
        assert (before.allowed, before.policy_hash) == (True, "d1")
        after = may_contact(session, "alice", "survey", "email", NOW + timedelta(days=2))
        assert (after.allowed, after.policy_hash) == (False, "d2")


def test_what_the_register_does_not_know_is_refused_by_name(database: Database) -> None:
    with database.read() as session:
        for purpose, channel in (("gossip", "email"), ("tracking", "post")):
            with pytest.raises(ValueError, match="not a purpose"):
                may_contact(session, "alice", purpose, channel, NOW)
