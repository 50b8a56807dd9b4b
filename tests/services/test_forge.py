"""Tenants of Forge, spent tokens, sealed system tokens, and the licence of a token as an observation."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jwt
import pytest

from connect.fit import Invocation, Site, TokenError
from models.database import Database
from models.forge import ForgeInstallation
from models.support import SupportCase
from models.tenants import Tenant, TenantState
from models.vault import Vault
from services import forge, forge_licence
from services.forge import AFTERGLOW, Introduction
from services.marketplace.merge import licence_state
from tests.connect import fits

APP = "com.alkaes.fairtrial"
TOKEN = "a-system-token"
WIKI = Site("confluence", fits.CLOUD_ID, fits.API.replace("jira", "confluence"))
JIRA = Site("jira", fits.CLOUD_ID, fits.API)
_numbers = iter(range(10_000))


def call(now: datetime, *, sites: tuple[Site, ...] = (JIRA,), **changes: Any) -> Invocation:
    given: dict[str, Any] = {
        "token_id": f"t{next(_numbers)}",
        "installation_id": fits.INSTALLATION,
        "sites": sites,
        "environment_id": "e1",
        "environment": "PRODUCTION",
        "app_version": "1.0.0",
        "module_key": "events",
        "account_id": None,
        "context": {},
        "licence": None,
        "issued_at": int(now.timestamp()),
        "expires_at": int(now.timestamp()) + 25,
    }
    return Invocation(**(given | changes))


class Door:
    """Admits calls in transactions of their own."""

    def __init__(self, database: Database, vault: Vault, now: datetime) -> None:
        self.database, self.vault, self.now = database, vault, now
        self.introduced: Mapping[str, Introduction] = {
            "jira": Introduction("https://acme.atlassian.net", None),
            "confluence": Introduction("https://acme.atlassian.net", None),
        }

    def admit(
        self, invocation: Invocation | None = None, *, token: str | None = TOKEN, arriving: bool = False
    ) -> Tenant:
        with self.database.write() as session:
            return forge.admit(
                session,
                self.vault,
                invocation or call(self.now),
                introduced=self.introduced,
                system_token=token,
                arriving=arriving,
                app_key=APP,
                now=self.now,
            )

    def token(self, tenant: Tenant) -> str | None:
        with self.database.read() as session:
            host = forge.host_for(session, self.vault, tenant, self.now)
        return host.system_token if host else None

    def leave(self) -> None:
        with self.database.write() as session:
            forge.leave(session, call(self.now))

    def tenants(self) -> list[Tenant]:
        with self.database.read() as session:
            return list(session.query(Tenant).order_by(Tenant.id))


@pytest.fixture
def door(database: Database, vault: Vault, now: datetime) -> Door:
    return Door(database, vault, now)


def lasting(until: datetime) -> str:
    return jwt.encode({"exp": int(until.timestamp())}, "k" * 32)


def test_an_unknown_installation_has_to_be_introduced(door: Door) -> None:
    door.introduced = {}
    with pytest.raises(TokenError, match="unknown-tenant"):
        door.admit()
    assert door.tenants() == []


def test_each_product_of_an_installation_is_a_tenant(door: Door) -> None:
    door.admit(call(door.now, sites=(JIRA, WIKI)))
    assert [(tenant.product, tenant.base_url) for tenant in door.tenants()] == [
        ("jira", "https://acme.atlassian.net"),
        ("confluence", "https://acme.atlassian.net/wiki"),
    ]
    with door.database.read() as session:
        assert forge.is_known(session, call(door.now, sites=(JIRA, WIKI)))
        moved = Site("jira", fits.CLOUD_ID, "https://api.elsewhere.example/ex/jira/1")
        assert not forge.is_known(session, call(door.now, sites=(moved,)))


def test_two_first_calls_at_once_make_one_tenant(door: Door) -> None:
    calls = [call(door.now) for _ in range(4)]
    threads = [threading.Thread(target=door.admit, args=(one,)) for one in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(door.tenants()) == 1


def test_of_two_calls_with_one_token_one_counts(door: Door) -> None:
    door.admit()
    once = call(door.now)
    outcomes: list[str] = []

    def run() -> None:
        try:
            door.admit(once)
            outcomes.append("ok")
        except TokenError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ok", "replayed", "replayed", "replayed"]


def test_a_system_token_is_sealed_to_its_place(door: Door) -> None:
    tenant = door.admit(call(door.now, sites=(JIRA, WIKI)))
    assert door.token(tenant) == TOKEN
    with door.database.write() as session:
        jira, wiki = session.query(ForgeInstallation).order_by(ForgeInstallation.id)
        assert TOKEN.encode() not in (jira.token or b"")
        jira.token = wiki.token
    with pytest.raises(Exception, match="does not open"):
        door.token(tenant)


def test_the_token_that_lasts_longest_is_kept(door: Door) -> None:
    first, longer, shorter = (lasting(door.now + timedelta(minutes=minutes)) for minutes in (60, 240, 30))
    tenant = door.admit(token=first)
    door.admit(token=longer)
    door.admit(token=shorter)
    door.admit(token=None)
    assert door.token(tenant) == longer
    door.now += timedelta(hours=4)
    assert door.token(tenant) is None
    door.admit(token=lasting(door.now - timedelta(minutes=1)))
    assert door.token(tenant) is None


def test_an_uninstall_takes_the_token_and_starts_the_clock(door: Door) -> None:
    tenant = door.admit()
    door.now += timedelta(minutes=1)
    door.leave()
    assert door.token(tenant) is None
    assert [(one.state, one.uninstalled_at) for one in door.tenants()] == [(TenantState.UNINSTALLED, door.now)]


def test_a_late_uninstall_does_not_end_a_newer_install(door: Door) -> None:
    door.admit(arriving=True)
    with door.database.write() as session:
        forge.leave(session, call(door.now - timedelta(seconds=5)))
    assert door.tenants()[0].state == TenantState.INSTALLED


def test_a_call_long_after_the_uninstall_proves_that_it_is_back(door: Door) -> None:
    door.admit()
    door.leave()
    door.now += AFTERGLOW - timedelta(seconds=1)
    with pytest.raises(TokenError, match="uninstalled"):
        door.admit()
    door.now += timedelta(seconds=1)
    assert door.admit().state == TenantState.INSTALLED


def test_a_connect_tenant_is_left_to_connects_word(door: Door) -> None:
    with door.database.write() as session:
        session.add(connect_tenant(door.now, "client-1"))
    assert door.admit().client_key == "client-1"
    door.leave()
    assert door.tenants()[0].state == TenantState.ENABLED


def connect_tenant(now: datetime, client_key: str, **changes: Any) -> Tenant:
    given: dict[str, Any] = {
        "client_key": client_key,
        "product": "jira",
        "base_url": "https://acme.atlassian.net",
        "display_url": "https://acme.atlassian.net",
        "state": TenantState.ENABLED,
        "secret": b"sealed",
        "secret_taken_at": now,
        "installed_at": now,
        "installation_id": fits.INSTALLATION,
    }
    return Tenant(**(given | changes))


def test_of_several_client_keys_the_living_one_is_joined(door: Door) -> None:
    later = door.now + timedelta(days=1)
    gone = {"state": TenantState.UNINSTALLED, "uninstalled_at": later, "installed_at": later}
    with door.database.write() as session:
        session.add(connect_tenant(door.now, "living"))
        session.add(connect_tenant(door.now, "imported-from", **gone))
        session.add(connect_tenant(later, "wiki", product="confluence"))
    assert door.admit().client_key == "living"


def test_cases_of_a_tenant_that_gives_way_are_read_anew(door: Door) -> None:
    left = door.admit()
    with door.database.write() as session:
        case = {"issue_key": "SUP-1", "project_key": "SUP", "state": "open", "seen_at": door.now}
        session.add(SupportCase(client_key=left.client_key, issue_id="10001", **case))
        session.add(connect_tenant(door.now, "client-1"))
    joined = door.admit()
    with door.database.read() as session:
        assert session.query(SupportCase).count() == 0
        [(source, body)] = session.connection().exec_driver_sql("SELECT source, delivery_id FROM inbox").fetchall()
    assert (source, body.partition("/")[0]) == (f"jira:{joined.id}", "joined")


TRIAL_END = str(int(datetime(2026, 12, 2, 23, 59, tzinfo=UTC).timestamp() * 1000))
TRIAL = {
    "isActive": True,
    "isEvaluation": True,
    "trialEndDate": TRIAL_END,
    "ccpEntitlementSlug": "E-1",
    "type": "commercial",
}


def row(now: datetime, claims: Mapping[str, Any] | None, **tenant: Any) -> dict[str, Any] | None:
    return forge_licence.row_of(call(now, licence=claims), connect_tenant(now, "client-1", **tenant), APP)


def test_a_trial_as_a_row(now: datetime) -> None:
    assert row(now, TRIAL) == {
        "appEntitlementNumber": "E-1",
        "addonKey": APP,
        "hosting": "Cloud",
        "cloudId": fits.CLOUD_ID,
        "licenseType": "EVALUATION",
        "status": "active",
        "evaluationEndDate": "2026-12-02",
    }


@pytest.mark.parametrize("active", [None, "NULL", "", 1, "yes", []])
def test_without_a_word_on_being_active_there_is_no_row(now: datetime, active: Any) -> None:
    assert row(now, {**TRIAL, "isActive": active}) is None
    assert row(now, None) is None
    assert row(now, {}) is None


@pytest.mark.parametrize("missing", ["NULL", None, " ", 7.5j])
def test_without_an_id_there_is_no_row_but_connect_may_have_told_one(now: datetime, missing: Any) -> None:
    claims = {**TRIAL, "ccpEntitlementSlug": missing, "ccpEntitlementId": missing}
    assert row(now, claims) is None
    found = row(now, claims, entitlement_id="ent-1")
    assert found is not None and found["appEntitlementId"] == "ent-1"
    # An id of another licence must not be mixed in.
    assert "appEntitlementId" not in (row(now, TRIAL, entitlement_id="ent-1") or {})


@pytest.mark.parametrize(
    ("claims", "licence_type"),
    [
        ({"isEvaluation": False, "type": "Academic"}, "ACADEMIC"),
        ({"isEvaluation": "false", "type": "COMMERCIAL"}, "COMMERCIAL"),
        ({"isEvaluation": "NULL"}, None),
        ({"isEvaluation": None}, None),
        ({"isEvaluation": False, "type": "NULL"}, None),
        ({"isEvaluation": "TRUE"}, "EVALUATION"),
    ],
)
def test_what_kind_of_licence(now: datetime, claims: dict[str, Any], licence_type: str | None) -> None:
    assert (row(now, TRIAL | claims) or {}).get("licenseType") == licence_type


@pytest.mark.parametrize("end", ["NULL", None, "0", "-1", "9" * 30, "soon", True, {}, "١٢٣"])
def test_an_end_that_is_none_is_left_out(now: datetime, end: Any) -> None:
    assert "evaluationEndDate" not in (row(now, {**TRIAL, "trialEndDate": end}) or {})


@pytest.mark.parametrize("end", [int(TRIAL_END), TRIAL_END, "2026-12-02T00:00:00.000Z"])
def test_an_end_is_a_utc_day(now: datetime, end: Any) -> None:
    assert (row(now, {**TRIAL, "trialEndDate": end}) or {})["evaluationEndDate"] == "2026-12-02"


MARKETPLACE = {"lastUpdated": "2026-10-01", "licenseType": "EVALUATION", "latestEvaluationStartDate": "2026-09-01"}
KNOWN = (
    {**MARKETPLACE, "status": "active", "maintenanceEndDate": "2026-12-01"},
    {**MARKETPLACE, "status": "cancelled", "maintenanceEndDate": "2026-12-01"},
    {**MARKETPLACE, "status": "inactive", "maintenanceEndDate": "2026-10-01"},
    {"lastUpdated": "2026-10-01", "licenseType": "COMMERCIAL", "status": "active", "maintenanceEndDate": "2027-01-01"},
)


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("said", [TRIAL, {**TRIAL, "isEvaluation": False}, {**TRIAL, "isActive": False}])
def test_it_changes_nothing_that_the_marketplace_has_said(
    now: datetime, known: dict[str, Any], said: dict[str, Any]
) -> None:
    first = [{"src": "v3", "as_of": "2026-10-01", "body": known}]
    more = [{"src": "forge", "as_of": now.isoformat(), "body": row(now, said)}]
    today = date(2026, 11, 22)
    assert licence_state([*first, *more], today) == licence_state(first, today)


def test_alone_it_tells_of_a_trial_and_of_its_end(now: datetime) -> None:
    told = [{"src": "forge", "as_of": now.isoformat(), "body": row(now, TRIAL)}]
    states = {day: licence_state(told, f"2026-12-{day:02}")["state"] for day in (2, 3)}
    assert states == {2: "evaluating", 3: "grace"}
    assert licence_state(told, "2026-12-01")["ends_on"] == "2026-12-02"
    assert licence_state(told, "2027-03-01")["state"] == "lost_expired"


def test_the_same_words_are_one_delivery_a_day_and_one_observation_for_ever(now: datetime) -> None:
    tenant = connect_tenant(now, "client-1")
    days = [
        forge_licence.delivery_of(call(now + timedelta(hours=hours), licence=TRIAL), tenant, APP)
        for hours in (0, 5, 24)
    ]
    first, later, next_day = (one for one in days if one)
    assert (first.delivery_id, first.body) == (later.delivery_id, later.body)
    assert first.delivery_id != next_day.delivery_id
    envelopes = [forge_licence.envelope_of(one.body) for one in (first, next_day)]
    assert envelopes[0].key == envelopes[1].key
    assert envelopes[0].as_of < envelopes[1].as_of
    assert first.subject == "licence:E-1"
