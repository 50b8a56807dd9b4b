"""From envelopes to prospects on a real database: once, in any order, nothing lost, nothing raised."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.consent import ConsentEvent
from models.database import Database
from models.people import Person
from models.queues import InboxItem, ItemState
from models.vault import Vault
from services import consent, prospects
from services.marketplace.ingest import Summary, envelope_of_row, envelopes_of, observe
from services.marketplace.observations import Envelope
from services.marketplace.relink import relink
from services.marketplace.rows import UnreadableRowError
from services.prospects import Filters
from tests.contracts import load
from tests.holds import lift_holds

ROW: dict[str, Any] = {
    "appEntitlementId": "0e0e00ee-ee00-4e00-8e0e-ee000e0000e0",
    "appEntitlementNumber": "E-AAA-BBB-CCC-DDD",
    "cloudId": "c10d0000-0000-4000-8000-000000000001",
    "addonKey": "com.alkaes.app1",
    "addonName": "Alkaes App 1",
    "hosting": "Cloud",
    "lastUpdated": "2026-11-03",
    "licenseType": "EVALUATION",
    "status": "active",
    "maintenanceStartDate": "2026-11-02",
    "maintenanceEndDate": "2026-12-02",
    "latestEvaluationStartDate": "2026-11-02",
    "contactDetails": {
        "company": "Lilas SAS",
        "country": "France",
        "technicalContact": {"email": "alice@lilas.example", "name": "Alice Fontaine", "phone": "+33 1"},
        "billingContact": {"email": "compta@lilas.example", "name": "Compta"},
    },
}


def take(database: Database, vault: Vault, now: datetime, rows: Sequence[object], source: str = "file") -> Summary:
    with database.write() as session:
        summary = observe(session, vault, [envelope_of_row(row, source, None) for row in rows], now)
    relink(database, vault, now)
    return summary


def printed(database: Database, vault: Vault) -> str:
    with database.read() as session:
        page = prospects.list_prospects(session, vault, Filters(), limit=200)
        return json.dumps([page["items"], prospects.licence_links(session)])


def test_an_evaluation_becomes_a_prospect_with_notice_due(database: Database, vault: Vault, now: datetime) -> None:
    assert take(database, vault, now, [ROW]) == Summary(rows=1, new=1)
    with database.read() as session:
        (item,) = prospects.list_prospects(session, vault, Filters())["items"]
        shown = prospects.show_prospect(session, vault, item["id"])
    assert shown is not None
    assert shown["person"] == {"name": "Alice Fontaine", "email": "alice@lilas.example", "phone": "+33 1"}
    assert shown["organisation"] == {"name": "Lilas SAS", "domain": "lilas.example", "country": "France"}
    (state,) = shown["consent"]
    assert (state["state"], state["basis"], state["purpose"]) == ("notice_due", "legitimate_interest", "prospect")
    assert shown["evaluations"][0]["licence_key"] == "E-AAA-BBB-CCC-DDD"
    assert shown["retention"] == {"rule": "identification.prospect", "until": "2029-11-02"}


def test_the_same_row_again_changes_nothing(database: Database, vault: Vault, now: datetime) -> None:
    take(database, vault, now, [ROW])
    before = printed(database, vault)
    assert take(database, vault, now + timedelta(days=1), [ROW, ROW]) == Summary(rows=2, unchanged=2)
    assert printed(database, vault) == before


def test_what_webhook_and_export_both_bring_is_there_once(database: Database, vault: Vault, now: datetime) -> None:
    event = {"type": "licence.observed", "timestamp": "2026-11-03T08:00:00Z", "data": ROW}
    with database.write() as session:
        observe(session, vault, envelopes_of(json.dumps(event).encode(), "msg_1"), now)
    take(database, vault, now, [ROW], source="export")
    with database.read() as session:
        assert prospects.list_prospects(session, vault, Filters())["total"] == 1
        assert len(prospects.licence_links(session)) == 1


def test_no_name_or_address_is_readable_in_the_database(database: Database, vault: Vault, now: datetime) -> None:
    take(database, vault, now, [ROW])
    with database.read() as session:
        tables = ("people", "prospects", "observations", "observed_contacts", "licences", "consent_events", "inbox")
        stored = str([session.connection().exec_driver_sql(f"SELECT * FROM {table}").all() for table in tables])
    assert "alice" not in stored.lower() and "fontaine" not in stored.lower()
    assert "Lilas SAS" in stored


def test_the_corpus_in_any_order_prints_the_same(database: Database, vault: Vault, now: datetime) -> None:
    rows = load("marketplace/synthetic-corpus-1000-licenses.json.gz")[:120]
    summary = take(database, vault, now, rows)
    assert (summary.rows, summary.quarantined) == (120, 0)
    expected = printed(database, vault)
    shuffled = rows + rows[:20]
    random.Random(7).shuffle(shuffled)
    with database.write() as session:
        lift_holds(session)
        for table in reversed(ConsentEvent.metadata.sorted_tables):
            if table.name not in ("consent_events", "audit_events"):
                session.execute(table.delete())
    take(database, vault, now, shuffled)
    assert printed(database, vault) == expected


def test_every_sample_row_is_taken_in_alone(database: Database, vault: Vault, now: datetime) -> None:
    for case in load("marketplace/marketplace-sample-licences.json"):
        summary = take(database, vault, now, [case["record"]])
        assert summary.quarantined == 0, case["case"]
    with database.read() as session:
        assert all(line["organisation"] for line in prospects.licence_links(session))


@pytest.mark.parametrize("row", [{}, {"addonKey": "x"}, "text", None, 7, [ROW]])
def test_an_odd_row_is_kept_in_quarantine(database: Database, vault: Vault, now: datetime, row: object) -> None:
    from services.marketplace.poll import take_rows

    summary = take_rows(database, vault, [row, ROW], source="file", as_of=None, now=now)
    assert (summary.rows, summary.new, summary.quarantined) == (2, 1, 1)
    with database.read() as session:
        assert session.query(InboxItem).one().state == ItemState.QUARANTINED


@pytest.mark.parametrize(
    "message", [{"type": "licence.eaten", "data": ROW}, {"type": "licence.observed"}, {"type": "batch", "data": {}}, {}]
)
def test_an_event_that_is_not_understood_is_told_apart(message: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRowError):
        envelopes_of(json.dumps(message).encode(), "msg_1")


def forgotten(row: dict[str, Any], day: str) -> dict[str, Any]:
    erased = {"email": "RTBF", "name": "RTBF", "phone": "RTBF"}
    details = row["contactDetails"] | {"technicalContact": erased, "billingContact": erased}
    return row | {"lastUpdated": day, "contactDetails": details}


@pytest.mark.parametrize("in_order", [True, False])
def test_rtbf_erases_the_person_and_older_rows_bring_nobody_back(
    database: Database, vault: Vault, now: datetime, in_order: bool
) -> None:
    rows = [ROW, forgotten(ROW, "2026-11-10")]
    for row in rows if in_order else reversed(rows):
        take(database, vault, now, [row])
    take(database, vault, now, [ROW], source="export")
    with database.read() as session:
        person = session.query(Person).one()
        assert (person.data_key, person.email, person.name) == (None, None, None)
        assert "alice" not in printed(database, vault)


def test_an_objection_outlasts_every_later_event(database: Database, vault: Vault, now: datetime) -> None:
    take(database, vault, now, [ROW])
    with database.write() as session:
        consent.object_to(session, session.query(Person).one(), purpose="prospect", source="choices", now=now)
    take(database, vault, now, [ROW | {"lastUpdated": "2026-11-20", "maintenanceEndDate": "2027-01-15"}])
    with database.read() as session:
        (item,) = prospects.list_prospects(session, vault, Filters())["items"]
        assert (item["consent"], item["state"]) == ("objected", "extended")
        assert consent.verify(session) is None


def test_search_finds_parts_of_words_and_filters_narrow(database: Database, vault: Vault, now: datetime) -> None:
    take(database, vault, now, [ROW])
    found = {
        "fontai": 1, "ALICE@LIL": 1, "lilas s": 1, "nobody": 0, "zz": 0, "%": 0,
    }  # fmt: skip
    with database.read() as session:
        for query, count in found.items():
            assert prospects.list_prospects(session, vault, Filters(q=query))["total"] == count, query
        assert prospects.list_prospects(session, vault, Filters(email=" Alice@Lilas.example"))["total"] == 1
        assert prospects.list_prospects(session, vault, Filters(state="won"))["total"] == 0
        assert prospects.list_prospects(session, vault, Filters(app="com.alkaes.app1"))["total"] == 1


@pytest.mark.parametrize("sort", prospects.SORTS)
def test_pages_follow_each_other_without_gap_or_repeat(
    database: Database, vault: Vault, now: datetime, sort: str
) -> None:
    rows = load("marketplace/synthetic-corpus-1000-licenses.json.gz")[:60]
    endless = [row | {"maintenanceEndDate": None, "evaluationEndDate": None} for row in rows[:15]]
    take(database, vault, now, [*endless, *rows[15:]])
    seen: list[dict[str, Any]] = []
    after = None
    with database.read() as session:
        while True:
            page = prospects.list_prospects(session, vault, Filters(), limit=7, after=after, sort=sort)
            seen += page["items"]
            after = page["next"]
            if after is None:
                break
    assert len(seen) == len({item["id"] for item in seen}) == page["total"]
    days = [item[sort.removeprefix("-")] for item in seen]
    known = [day for day in days if day is not None]
    assert days == sorted(known, reverse=sort.startswith("-")) + [None] * days.count(None)


def test_a_cursor_belongs_to_the_order_that_gave_it(database: Database, vault: Vault, now: datetime) -> None:
    take(database, vault, now, load("marketplace/synthetic-corpus-1000-licenses.json.gz")[:30])
    with database.read() as session:
        after = prospects.list_prospects(session, vault, Filters(), limit=2)["next"]
        for odd, sort in ((after, "ends_on"), ("W10", "-last_observed"), ("é", "-last_observed"), (after, "name")):
            with pytest.raises(prospects.BadCursorError):
                prospects.list_prospects(session, vault, Filters(), after=odd, sort=sort)


def test_a_batch_carries_many(now: datetime) -> None:
    event = {"type": "licence.observed", "timestamp": "2026-11-03T08:00:00Z", "data": ROW}
    batch = json.dumps({"type": "batch", "timestamp": "2026-11-03T09:00:00Z", "data": [event, event]}).encode()
    first, second = envelopes_of(batch, "msg_9")
    assert isinstance(first, Envelope) and (first.key, second.key) == ("msg_9/0", "msg_9/1")
