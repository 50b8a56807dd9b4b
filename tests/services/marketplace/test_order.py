"""Any rows, in any order, cut into any batches, any number of times: the same state; and a rebuild gives it again."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models.database import Database
from models.marketplace import Licence, LicenceAlias, Observation
from models.vault import Vault
from services import prospects
from services.marketplace.poll import take_all, take_rows
from services.marketplace.rebuild import rebuild
from services.prospects import Filters
from tests.contracts import load
from tests.holds import lift_holds

DAYS = st.integers(1, 28).map(lambda day: f"2026-10-{day:02}")
MAYBE_DAYS = st.one_of(DAYS, st.sampled_from(["Pending", "", "2026-13-01", None, 7, "9999-12-31"]))
EMAILS = st.sampled_from(
    ["ann@lilas.example", "Ann@LILAS.example", "bob@lilas.example", "zoe@gmail.com", "RTBF", "NA", "no address", None]
)
CONTACTS = st.fixed_dictionaries({"email": EMAILS, "name": st.sampled_from(["Ann", "RTBF", None, "  Ann  A "])})
COMPANIES = st.just("Lilas")
# Few ids, so that they meet; some that only look like ids.
ROWS = st.fixed_dictionaries(
    {"addonKey": st.sampled_from(["app1", "app2"]), "lastUpdated": MAYBE_DAYS},
    optional={
        "appEntitlementNumber": st.sampled_from(["E-1111", "E-2222", "E-3333", "NA", "0"]),
        "appEntitlementId": st.sampled_from(["aaaa-1", "bbbb-2"]),
        "addonLicenseId": st.sampled_from(["51111", "52222"]),
        "licenseId": st.sampled_from(["SEN-51111", "SEN-9999"]),
        "cloudId": st.sampled_from(["c1", "c2"]),
        "licenseType": st.sampled_from(["EVALUATION", "COMMERCIAL", "LEGACY_FREE", "SOMETHING NEW"]),
        "status": st.sampled_from(["active", "inactive", "cancelled", "?"]),
        "maintenanceStartDate": MAYBE_DAYS,
        "maintenanceEndDate": MAYBE_DAYS,
        "latestEvaluationStartDate": MAYBE_DAYS,
        "evaluationLicense": st.sampled_from(["E-1111", "51111", "dangling"]),
        "contactDetails": st.one_of(
            st.fixed_dictionaries(
                {"technicalContact": CONTACTS, "billingContact": CONTACTS, "company": st.just("Lilas")}
            ),
            st.just({}),
            st.just("odd"),
        ),
        "installedOnSandbox": st.sampled_from(["Yes", "No"]),
        "purchaseDetails": st.fixed_dictionaries(
            {"saleType": st.sampled_from(["New", "Refund", "Renewal"]), "saleDate": DAYS, "purchasePrice": st.just(5)}
        ),
    },
)


def printed(database: Database, vault: Vault) -> str:
    with database.read() as session:
        items = prospects.list_prospects(session, vault, Filters(), limit=200)["items"]
        shown = [prospects.show_prospect(session, vault, item["id"]) for item in items]
        return json.dumps([shown, prospects.licence_links(session)], sort_keys=True)


def emptied(database: Database) -> None:
    with database.write() as session:
        lift_holds(session)
        session.execute(text("UPDATE licences SET person_id = NULL, organisation_id = NULL, prospect_id = NULL"))
        for table in ("prospects", "organisations", "observed_contacts", "observations", "licence_aliases", "licences"):
            session.execute(text(f"DELETE FROM {table}"))
        for table in ("people", "inbox", "outbox"):
            session.execute(text(f"DELETE FROM {table}"))


def taken(database: Database, vault: Vault, now: datetime, rows: Sequence[object]) -> str:
    emptied(database)
    take_all(database, vault, rows, source="file", as_of=None, now=now)
    return printed(database, vault)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=8), chance=st.randoms(use_true_random=False))
def test_order_batches_and_repeats_change_nothing(
    database: Database, vault: Vault, now: datetime, rows: list[dict[str, Any]], chance: random.Random
) -> None:
    expected = taken(database, vault, now, rows)
    again = [*rows, *chance.choices(rows, k=3)]
    chance.shuffle(again)
    emptied(database)
    while again:
        size = chance.randint(1, 4)
        take_rows(database, vault, again[:size], source="file", as_of=None, now=now)
        again = again[size:]
    take_all(database, vault, [], source="file", as_of=None, now=now)
    assert printed(database, vault) == expected
    rebuild(database, vault, now)
    assert printed(database, vault) == expected


def test_a_rebuild_makes_good_what_was_spoilt(database: Database, vault: Vault, now: datetime) -> None:
    rows = load("marketplace/synthetic-corpus-1000-licenses.json.gz")[:80]
    rows += [case["record"] for case in load("marketplace/marketplace-sample-licences.json")]
    expected = taken(database, vault, now, rows)
    with database.write() as session:
        session.execute(text("UPDATE licences SET state = 'won', episodes = 9, app_name = 'x', prospect_id = NULL"))
        session.execute(text("DELETE FROM prospects"))
    rebuild(database, vault, now)
    assert printed(database, vault) == expected


def test_a_rebuild_undoes_a_merge_without_a_reason(database: Database, vault: Vault, now: datetime) -> None:
    rows = [{"appEntitlementNumber": f"E-{n}111", "addonKey": "app", "lastUpdated": "2026-10-01"} for n in (1, 2)]
    expected = taken(database, vault, now, rows)
    with database.write() as session:
        first, second = session.scalars(text("SELECT id FROM licences ORDER BY id"))
        for table in (LicenceAlias, Observation):
            session.query(table).filter_by(licence_id=second).update({"licence_id": first})
        session.query(Licence).filter_by(id=second).delete()
    rebuild(database, vault, now)
    assert printed(database, vault) == expected


@pytest.mark.parametrize("name", ["company", "addonName", "tier"])
def test_a_value_of_a_megabyte_hinders_nobody(database: Database, vault: Vault, now: datetime, name: str) -> None:
    row = {"appEntitlementNumber": "E-1111", "addonKey": "app", "lastUpdated": "2026-10-01"}
    long = "x" * 1_000_000
    odd = row | ({"contactDetails": {"company": long}} if name == "company" else {name: long})
    summary = take_all(
        database, vault, [odd, row | {"appEntitlementNumber": "E-2222"}], source="file", as_of=None, now=now
    )
    assert (summary.new, summary.quarantined) == (2, 0)
    with database.read() as session:
        assert prospects.list_prospects(session, vault, Filters())["total"] == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_licences_that_a_batch_makes_one_are_one_for_its_other_rows(
    database: Database, vault: Vault, now: datetime, order: tuple[int, ...]
) -> None:
    """Three are known, each by two ids; a batch joins the first with the second by one of their ids, the second with
    the third by others, and speaks of the third alone."""

    def row(day: int, **ids: str) -> dict[str, Any]:
        return {"addonKey": "app1", "lastUpdated": f"2026-10-{day:02}", **ids}

    known = [
        row(1, appEntitlementNumber="E-1"),
        row(2, appEntitlementId="bbbb-2", addonLicenseId="52222"),
        row(3, appEntitlementNumber="E-3", addonLicenseId="53333"),
    ]
    joining = [
        row(4, appEntitlementNumber="E-1", appEntitlementId="bbbb-2"),
        row(5, appEntitlementNumber="E-3", addonLicenseId="52222"),
        row(6, addonLicenseId="53333"),
    ]
    emptied(database)
    take_rows(database, vault, known, source="file", as_of=None, now=now)
    take_rows(database, vault, [joining[place] for place in order], source="file", as_of=None, now=now)
    take_all(database, vault, [], source="file", as_of=None, now=now)
    with database.read() as session:
        assert len(prospects.licence_links(session)) == 1
    assert printed(database, vault) == taken(database, vault, now, known + joining)
