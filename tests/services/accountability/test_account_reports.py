"""The report of accounts to Atlassian: batches, cycle, closed and updated, waits, kills, every column that has ids."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest
from sqlalchemy import String, func, select

from connect import accounts
from connect.accounts import Accounts, Report, cycle_of
from connect.forge import ForgeHost
from connect.host import Host
from connect.http import Outbound, UpstreamError
from models.accountability import Account
from models.consent import AuditEvent
from models.database import Database
from models.policy import PolicyPage, PolicySnapshot
from models.schema import METADATA
from models.support import SupportCase
from models.vault import Place, Vault
from sandbox import Sandbox
from services import account_ids, account_reports, audit, consent
from services.account_reports import Outcome
from tests.connect.server import Reply
from tests.connect.site import Site, outcome, site
from tests.sandbox.conftest import Client, Control, TinyApp

# The request as the user privacy developer guide gives it.
REQUEST = {
    "type": "object",
    "additionalProperties": False,
    "required": ["accounts"],
    "properties": {
        "accounts": {
            "type": "array",
            "minItems": 1,
            "maxItems": 90,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["accountId", "updatedAt"],
                "properties": {
                    "accountId": {"type": "string", "pattern": "^[A-Za-z0-9:_-]{1,128}$"},
                    "updatedAt": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
                },
            },
        }
    },
}
ACTIVE, CLOSED = "5be24ad8b1653240376955d2", "5be24ba3f91c106033269289"
WEEK = timedelta(days=7)


@pytest.fixture
def acme() -> Iterator[Site]:
    with site("") as running:
        yield running


@pytest.fixture
def reporter(acme: Site) -> Accounts:
    return Accounts(acme.host, acme.http, time.time)


def enter(database: Database, now: datetime, count: int, first: int = 0) -> None:
    with database.write() as session:
        for number in range(first, first + count):
            account_ids.ref_of(session, f"557058:{number}", now)


def run(database: Database, vault: Vault, reporter: account_reports.Reporter, now: datetime) -> Outcome:
    return account_reports.report(database.write, vault, reporter, now)


def sizes(acme: Site) -> list[int]:
    return [len(asked.json["accounts"]) for asked in acme.asked]


@pytest.mark.parametrize(("count", "batches"), [(0, []), (1, [1]), (90, [90]), (91, [90, 1]), (200, [90, 90, 20])])
def test_invariant_14_ninety_a_batch_and_each_account_once_a_cycle(
    database: Database, vault: Vault, acme: Site, reporter: Accounts, now: datetime, count: int, batches: list[int]
) -> None:
    enter(database, now, count)
    acme.script(*[Reply(204)] * 10)
    assert run(database, vault, reporter, now) == Outcome("done", reported=count)
    assert sizes(acme) == batches
    for asked in acme.asked:
        assert asked.url == "/rest/atlassian-connect/latest/report-accounts"
        jsonschema.validate(asked.json, REQUEST)
    asked = [one["accountId"] for call in acme.asked for one in call.json["accounts"]]
    assert len(set(asked)) == count
    run(database, vault, reporter, now + WEEK - timedelta(seconds=1))
    assert len(acme.asked) == len(batches), "never more often than the cycle"
    run(database, vault, reporter, now + WEEK)
    assert len(acme.asked) == 2 * len(batches)


def test_invariant_14_ten_thousand_accounts(database: Database, vault: Vault, now: datetime) -> None:
    rows = [{"ref": f"acc_{n}", "account_id": f"a{n}", "digest": f"d{n}", "updated_at": now} for n in range(10_000)]
    with database.write() as session:
        session.execute(Account.__table__.insert(), rows)  # type: ignore[attr-defined]
    batches: list[int] = []

    class Atlassian:
        def report(self, asked: Mapping[str, datetime], /) -> Report:
            batches.append(len(asked))
            return Report(frozenset(), frozenset(), WEEK)

    assert run(database, vault, Atlassian(), now).reported == 10_000
    assert batches == [90] * 111 + [10]


@pytest.mark.parametrize(
    ("header", "days"),
    [("P20D", 20), ("20 Days", 20), ("1 day", 1), ("604800", 7), ("60", 1), ("P90D", 30), (None, 7), ("soon", 7),
     ("", 7), ("-5", 7)],
)  # fmt: skip
def test_the_cycle_is_read_in_every_form_that_was_seen(header: str | None, days: int) -> None:
    assert cycle_of(header) == timedelta(days=days)


def test_the_cycle_of_the_answer_is_kept(
    database: Database, vault: Vault, acme: Site, reporter: Accounts, now: datetime
) -> None:
    enter(database, now, 1)
    acme.script(Reply(204, headers={"Cycle-Period": "P15D"}), Reply(204))
    run(database, vault, reporter, now)
    run(database, vault, reporter, now + timedelta(days=14))
    assert len(acme.asked) == 1
    run(database, vault, reporter, now + timedelta(days=15))
    assert len(acme.asked) == 2


def test_invariant_14_asked_to_wait_it_stops_and_goes_on_with_the_rest(
    database: Database, vault: Vault, acme: Site, reporter: Accounts, now: datetime
) -> None:
    enter(database, now, 200)
    acme.script(Reply(204), Reply(429, headers={"Retry-After": "37"}))
    assert run(database, vault, reporter, now) == Outcome("waiting", reported=90, retry_after=37)
    with database.read() as session:
        left = session.scalar(select(func.count()).select_from(Account).where(Account.report_after.is_(None)))
        assert left == 110 and account_reports.is_due(session, now)


@pytest.mark.parametrize("status", [401, 403])
def test_invariant_14_not_permitted_is_no_failure_and_tried_again_tomorrow(
    database: Database, vault: Vault, acme: Site, reporter: Accounts, now: datetime, status: int
) -> None:
    enter(database, now, 1)
    acme.script(Reply(status), Reply(204))
    assert run(database, vault, reporter, now).state == "not_permitted"
    run(database, vault, reporter, now + timedelta(hours=23))
    assert len(acme.asked) == 1
    assert run(database, vault, reporter, now + timedelta(days=1)).state == "done"


def test_invariant_14_a_process_that_dies_between_batches_asks_about_the_rest_alone(
    database: Database, vault: Vault, now: datetime
) -> None:
    enter(database, now, 200)
    asked: list[str] = []

    class Dying:
        def report(self, batch: Mapping[str, datetime], /) -> Report:
            if len(asked) == 90:
                raise KeyboardInterrupt
            asked.extend(batch)
            return Report(frozenset(), frozenset(), WEEK)

    with pytest.raises(KeyboardInterrupt):
        run(database, vault, Dying(), now)
    asked_before = list(asked)
    asked.append("")
    assert run(database, vault, Dying(), now).reported == 110
    assert not set(asked_before) & set(asked[91:])


def test_an_answer_about_others_or_of_another_form_does_nothing(
    database: Database, vault: Vault, acme: Site, reporter: Accounts, now: datetime
) -> None:
    enter(database, now, 1)
    odd = [{"accountId": "557058:9", "status": "closed"}, {"accountId": 7, "status": "closed"}, {"status": "closed"}]
    acme.script(Reply(200, {"accounts": odd}))
    assert run(database, vault, reporter, now).closed == 0
    acme.script(Reply(200, {"accounts": "all"}))
    assert outcome(lambda: reporter.report({"557058:0": now})) == "bad-answer"
    with pytest.raises(ValueError, match="90"):
        reporter.report({f"a{n}": now for n in range(91)})


def scatter(database: Database, vault: Vault, now: datetime, account: str) -> None:
    """An account id wherever one can be stored."""
    with database.write() as session:
        audit.record(session, actor=account, action="prospect.read", subject="p", purpose="support", now=now)
        page = PolicyPage(client_key="c", space_key="s", lang="fr", state="published", fence=1, updated_at=now)
        session.add(page)
        session.flush()
        snapshot = {"page_id": "1", "page_version": 1, "title": "t", "body": "b", "seen_at": now}
        session.add(PolicySnapshot(page=page.id, author=account, **snapshot))
        sealed = vault.seal(account, Place("support_cases", "reporter", "c|7"))
        session.add(
            SupportCase(client_key="c", issue_id="7", issue_key="S-7", project_key="S", reporter=sealed,
                        reporter_index=vault.blind_index("account", account), state="open", seen_at=now)
        )  # fmt: skip


def test_a_closed_account_is_gone_from_every_table_and_never_asked_about_again(
    database: Database, vault: Vault, acme: Site, reporter: Accounts, now: datetime
) -> None:
    scatter(database, vault, now, CLOSED)
    acme.script(Reply(200, {"accounts": [{"accountId": CLOSED, "status": "closed"}]}))
    assert run(database, vault, reporter, now) == Outcome("done", reported=1, closed=1)
    with database.read() as session:
        rows = [str(row) for table in METADATA.sorted_tables for row in session.execute(select(table))]
        assert CLOSED not in "".join(rows)
        assert session.scalars(select(SupportCase.reporter)).all() == [None]
        assert audit.verify(session) is None and consent.verify(session) is None
        assert str(session.scalars(select(AuditEvent.actor)).first()).startswith("acc_")
    scatter_again = now + timedelta(days=30)
    with database.write() as session:
        account_ids.ref_of(session, CLOSED, scatter_again)
    run(database, vault, reporter, scatter_again)
    assert len(acme.asked) == 1


def test_a_changed_account_is_held_to_be_right_from_now_on(
    database: Database, vault: Vault, acme: Site, reporter: Accounts, now: datetime
) -> None:
    scatter(database, vault, now, ACTIVE)
    acme.script(Reply(200, {"accounts": [{"accountId": ACTIVE, "status": "updated"}]}), Reply(204))
    later = now + timedelta(hours=3)
    assert run(database, vault, reporter, later).updated == 1
    run(database, vault, reporter, later + WEEK)
    told = [asked.json["accounts"][0]["updatedAt"] for asked in acme.asked]
    assert told == ["2026-11-22T10:00:00.000Z", "2026-11-22T13:00:00.000Z"]


def test_every_column_that_could_hold_an_account_says_so() -> None:
    suspicious = re.compile(r"(account_id|author|actor|assignee|approved_by|given_by|recipient|reporter)$")
    ours_alone = {
        # They hold our name for the account (services/account_ids.py).
        "audit_events.actor", "disclosures.actor", "disclosures.approved_by", "authorisations.given_by",
        "policy_versions.author",
        # A recipient of the register.
        "disclosures.recipient",
    }  # fmt: skip
    unmarked = {
        str(column)
        for table in METADATA.sorted_tables
        for column in table.columns
        if suspicious.search(column.name) and not column.info["account"]
        if isinstance(column.type, String) or column.name == "reporter"
    }
    assert unmarked == ours_alone
    assert {str(column) for column in account_reports.places()} == {
        "correspondence.recipient", "link_decisions.actor", "policy_snapshots.author",
        "rights_events.actor",
        "support_cases.reporter",
    }  # fmt: skip


def test_by_forge_the_report_goes_to_the_host_of_the_api(acme: Site, now: datetime) -> None:
    host = ForgeHost(f"{acme.host.base_url}/ex/jira/cloud-1", "system-token")
    acme.script(Reply(204))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acme, "_signature", lambda asked: None)
        Accounts(host, acme.http, time.time).report({ACTIVE: now})
    assert (acme.last.url, acme.last.headers["Authorization"]) == ("/app/report-accounts/", "Bearer system-token")


@pytest.fixture
def tiny() -> Iterator[TinyApp]:
    app = TinyApp()
    yield app
    app.close()


def test_the_sandbox_answers_as_atlassian_does(tiny: TinyApp, now: datetime) -> None:
    with Sandbox(tiny.url) as sandbox:
        control = Control(sandbox)
        control("POST", "/install")
        call, path = Client(sandbox), accounts.CONNECT_PATH
        entry = {"accountId": ACTIVE, "updatedAt": "2026-11-15T08:00:00.000Z"}
        nothing = call("POST", path, json={"accounts": [entry]})
        assert (nothing.status_code, nothing.content, nothing.headers["Cycle-Period"]) == (204, b"", "P7D")
        control("POST", "/account-status", {"accountId": ACTIVE, "status": "closed"})
        told = call("POST", path, json={"accounts": [entry, {**entry, "accountId": "557058:1"}]})
        assert told.json() == {"accounts": [{"accountId": ACTIVE, "status": "closed"}]}
        bad: list[Any] = [{}, {"accounts": []}, {"accounts": [entry] * 91}, {"accounts": [{"accountId": ACTIVE}]},
                          {"accounts": [{**entry, "updatedAt": "soon"}]}]  # fmt: skip
        assert {call("POST", path, json=body).status_code for body in bad} == {400}
        tenant = sandbox.world.tenants["jira"]
        host = Host(tenant.base_url, tenant.client_key, "com.alkaes.fairtrial", tenant.secret or "")
        with Outbound([f"{sandbox.url.split('//')[1]}"]) as http:
            assert Accounts(host, http, time.time).report({ACTIVE: now}).closed == {ACTIVE}
            control("POST", "/faults", {"match": path, "kind": "429", "retry_after": 5})
            with pytest.raises(UpstreamError, match="rate-limited"):
                Accounts(host, http, time.time).report({ACTIVE: now})
