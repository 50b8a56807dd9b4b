"""Quotes and attribution: kept once, of the licence that they name, without changing what it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DatabaseError

from models.database import Database
from models.marketplace import Licence, Observation
from models.vault import Vault
from services.marketplace.ingest import Summary
from services.marketplace.rows import kind_of, read_row
from services.retention import accounting
from tests.contracts import load
from tests.services.marketplace.test_ingest import ROW, forgotten, take

QUOTE: dict[str, Any] = {
    "quoteId": "Q-12345",
    "quoteNumber": "QT-000123",
    "quoteStatus": "ACCEPTED",
    "quoteCreatedDate": "2026-11-05",
    "acceptedDate": "2026-11-10",
    "quoteExpiryDate": "Pending",
    "entitlementEid": ROW["appEntitlementId"],
    "entitlementNumber": ROW["appEntitlementNumber"],
    "productName": "Alkaes App 1",
    "technicalContactCompany": "Lilas SAS",
    "technicalEmail": "bob@lilas.example",
    "userTier": 250,
    "listPrice": 2500,
    "discounts": [],
    "createdBy": "partner@reseller.example",
}
ATTRIBUTION: dict[str, Any] = {
    "appEntitlementId": ROW["appEntitlementId"],
    "appEntitlementNumber": ROW["appEntitlementNumber"],
    "addonKey": "com.alkaes.app1",
    "channel": "paid-search",
    "referrerDomain": "www.search.example",
    "marketplaceURL": "https://marketplace.example/apps/1?email=alice@lilas.example",
    "campaignName": "q1",
    "eventTimestamp": "2026-11-02T09:11:12Z",
    "userId": "5f4dcc3b5aa765d61d8327deb882cf99",
    "userType": "admin",
}


def licence(database: Database) -> Licence:
    with database.read() as session:
        return session.scalars(select(Licence)).one()


@pytest.mark.parametrize("rows", [[ROW, QUOTE, ATTRIBUTION], [ATTRIBUTION, QUOTE, ROW]])
def test_they_belong_to_the_licence_that_they_name(
    database: Database, vault: Vault, now: datetime, rows: list[Any]
) -> None:
    assert take(database, vault, now, [*rows, QUOTE]) == Summary(rows=4, new=3, unchanged=1)
    found = licence(database)
    assert (found.state, found.flags, found.last_observed.isoformat()) == ("evaluating", ["quoted"], "2026-11-03")
    assert (found.app_key, found.app_name) == ("com.alkaes.app1", "Alkaes App 1")


@pytest.mark.parametrize(
    ("later", "flags"),
    [
        ({"licenseType": "COMMERCIAL"}, []),
        ({"status": "inactive"}, []),
        ({"status": "cancelled"}, ["quoted"]),
    ],
)
def test_a_quote_is_told_until_the_purchase(
    database: Database, vault: Vault, now: datetime, later: dict[str, str], flags: list[str]
) -> None:
    take(database, vault, now, [QUOTE, ROW | {"lastUpdated": "2026-11-20", **later}])
    assert licence(database).flags == flags


def test_one_that_was_not_accepted_promises_nothing(database: Database, vault: Vault, now: datetime) -> None:
    take(database, vault, now, [ROW, QUOTE | {"quoteStatus": "EXPIRED", "acceptedDate": None}])
    assert licence(database).flags == []


def test_what_nobody_needs_is_not_kept(vault: Vault) -> None:
    kept = str([read_row(row, kind_of(row), vault).facts for row in (QUOTE, ATTRIBUTION)])
    assert "paid-search" in kept and "2026-11-10" in kept
    for needless in ("partner@", "alice", "bob", "marketplace.example", ATTRIBUTION["userId"], "Pending"):
        assert needless not in kept


def test_whoever_was_erased_does_not_come_back_by_an_older_quote(
    database: Database, vault: Vault, now: datetime
) -> None:
    older = QUOTE | {"technicalEmail": "alice@lilas.example"}
    take(database, vault, now, [ROW, forgotten(ROW, "2026-11-20")])
    take(database, vault, now, [older])
    assert licence(database).person_id is None
    take(database, vault, now, [QUOTE | {"quoteId": "Q-2", "acceptedDate": "2026-11-21"}])
    assert licence(database).person_id is not None


def test_an_accepted_quote_is_an_accounting_record(database: Database, vault: Vault, now: datetime) -> None:
    old = QUOTE | {"quoteId": "Q-2", "quoteCreatedDate": "2015-12-01", "acceptedDate": "2015-12-31"}
    take(database, vault, now, [ROW, QUOTE, old])
    quotes = select(Observation.id).where(Observation.kind == "quote").order_by(Observation.as_of)
    with database.read() as session:
        over, held = session.scalars(quotes).all()
        assert session.scalars(accounting.over(now)).all() == [over]
    with pytest.raises(DatabaseError, match="held by law"), database.write() as session:
        session.execute(delete(Observation).where(Observation.id == held))
    with database.write() as session:
        assert accounting.forget(session, vault, [over], now) == 1
    with database.read() as session:
        assert session.scalars(quotes).all() == [held]


def test_the_contracts_samples_are_told_apart(vault: Vault) -> None:
    samples = load("marketplace/marketplace-sample-other.json")
    for name, kind in (("quote", "quote"), ("marketing_attribution", "attribution")):
        assert kind_of(samples[name]) == kind
        assert read_row(samples[name], kind, vault).aliases
    rows = load("marketplace/marketplace-sample-licences.json")
    assert {kind_of(case["record"]) for case in rows} == {"licence"}
