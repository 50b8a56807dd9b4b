"""Staff split and join; the next feed changes nothing of that, and taking it back does."""

from __future__ import annotations

from datetime import datetime

import pytest

from models.consent import AuditEvent
from models.database import Database
from models.vault import Vault
from services import accounts, prospects
from services.marketplace import decisions
from services.marketplace.decisions import NoDecisionError, UnknownLicenceError
from services.marketplace.poll import take_all
from services.marketplace.suggestions import suggestions
from tests.services.marketplace.test_ingest import ROW

PEOPLE = {"1": "alice@lilas.example", "2": "bruno@lilas.example", "3": "carla@fjord.example"}


def row(number: str, email: str, company: str, **fields: object) -> dict[str, object]:
    contact = {"email": email, "name": email.partition("@")[0].title()}
    details = {"company": company, "country": "France", "technicalContact": contact, "billingContact": contact}
    ids = {"appEntitlementNumber": f"E-{number}000", "appEntitlementId": f"e{number}-0000", "cloudId": f"c-{number}"}
    return ROW | ids | {"contactDetails": details} | fields


ROWS = [
    row("1", PEOPLE["1"], "Lilas SAS"),
    row("2", PEOPLE["2"], "Lilas", addonName="Alkaes App 2", addonKey="com.alkaes.app2"),
    row("3", PEOPLE["3"], "Fjord AS"),
]


@pytest.fixture
def filled(database: Database, vault: Vault, now: datetime) -> Database:
    take_all(database, vault, ROWS, source="file", as_of=None, now=now)
    return database


def organisations(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {line["licence"]: line["organisation"] for line in prospects.licence_links(session)}


def feed(database: Database, vault: Vault, now: datetime, *rows: dict[str, object]) -> dict[str, str]:
    take_all(database, vault, rows, source="export", as_of=now, now=now)
    return organisations(database)


def test_a_split_outlasts_every_later_feed(filled: Database, vault: Vault, now: datetime) -> None:
    assert len(set(organisations(filled).values())) == 2
    with filled.write() as session:
        decided = decisions.split(session, vault, ["E-2000"], actor="anne", reason="another company", now=now).id
    apart = feed(filled, vault, now)
    assert len(set(apart.values())) == 3
    newer = ROWS[1] | {"lastUpdated": "2026-11-20", "cloudId": "c-1"}
    assert feed(filled, vault, now, newer) == apart
    with filled.write() as session:
        decisions.take_back(session, vault, decided, actor="anne", now=now)
    assert len(set(feed(filled, vault, now).values())) == 2


def test_a_join_holds_by_any_id_and_for_all_that_is_linked(filled: Database, vault: Vault, now: datetime) -> None:
    with filled.write() as session:
        decisions.join(session, vault, ["e3-0000", "E-1000"], actor="anne", reason="Lilas bought Fjord", now=now)
    assert len(set(feed(filled, vault, now).values())) == 1
    newer = row("4", "dora@fjord.example", "Fjord AS")
    assert len(set(feed(filled, vault, now, newer).values())) == 1


def test_decisions_are_entered_in_the_journal_and_listed(filled: Database, vault: Vault, now: datetime) -> None:
    with filled.write() as session:
        decided = decisions.split(session, vault, ["E-2000"], actor="anne", reason="r", now=now).id
        decisions.take_back(session, vault, decided, actor="bob", now=now)
        assert [event.action for event in session.query(AuditEvent).order_by(AuditEvent.seq)] == [
            "links.apart",
            "links.taken-back",
        ]
        (listed,) = decisions.listed(session)
        assert (listed["kind"], listed["licences"], listed["actor"]) == ("apart", ["E-2000"], "anne")
        with pytest.raises(NoDecisionError):
            decisions.take_back(session, vault, decided, actor="bob", now=now)
        with pytest.raises(UnknownLicenceError):
            decisions.split(session, vault, ["E-2000", "E-9999"], actor="anne", reason="r", now=now)
        with pytest.raises(ValueError, match="two licences"):
            decisions.join(session, vault, ["E-2000"], actor="anne", reason="r", now=now)


def test_names_that_are_alike_are_suggested_and_never_joined(filled: Database, vault: Vault, now: datetime) -> None:
    feed(filled, vault, now, row("5", "erik@elsewhere.example", "FJORD A.S."))
    assert len(set(organisations(filled).values())) == 3
    with filled.read() as session:
        (pair,) = suggestions(session)
    assert {pair["left"]["name"], pair["right"]["name"]} == {"Fjord AS", "FJORD A.S."}
    assert sorted(pair["licences"]) == ["E-3000", "E-5000"]


def test_an_account_shows_all_apps_and_people_of_an_organisation(filled: Database, vault: Vault) -> None:
    lilas = organisations(filled)["E-1000"]
    with filled.read() as session:
        shown = accounts.show_account(session, vault, lilas)
        assert accounts.show_account(session, vault, "o-unknown") is None
    assert shown is not None
    assert (shown["domain"], shown["country"], shown["state"]) == ("lilas.example", "France", "evaluating")
    assert [(app["app"], app["licences"]) for app in shown["apps"]] == [("Alkaes App 1", 1), ("Alkaes App 2", 1)]
    assert [person["email"] for person in shown["people"]] == [PEOPLE["1"], PEOPLE["2"]]
    assert {link["kind"] for link in shown["links"]} == {"domain"}
    assert shown["timeline"][0]["on"] >= shown["timeline"][-1]["on"]
