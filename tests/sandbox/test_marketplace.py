"""The reporting API v3: the export script of the contract, paging, filters, and the invented seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from connect.http import Outbound
from connect.marketplace import Reporting
from connect.marketplace_exports import Bookmark
from sandbox import Sandbox
from services.marketplace.rows import kind_of
from tests.contracts import load
from tests.sandbox.conftest import Control

Call = Callable[..., requests.Response]


@pytest.fixture
def vendor(sandbox: Sandbox) -> Call:
    settings = sandbox.settings
    base = f"{sandbox.url}/marketplace/rest/3/reporting/developer-space/{settings.developer_id}"

    def call(path: str, method: str = "GET", **options: Any) -> requests.Response:
        auth = options.pop("auth", (settings.marketplace_user, settings.marketplace_token))
        return requests.request(method, base + path, auth=auth, timeout=10, **options)

    return call


def test_the_async_export_goes_by_the_contracts_script(vendor: Call, sandbox: Sandbox) -> None:
    script = load("marketplace/marketplace-async-export-flow.json")["steps"]
    started = vendor("/licenses/async/export?withDataInsights=true&accept=json", "POST").json()
    export_id = started["export"]["id"]

    def told(step: dict[str, Any]) -> Any:
        old, body = script[0]["body"]["export"]["id"], str(step["body"])
        return body.replace(old, export_id).replace("{developerId}", sandbox.settings.developer_id)

    assert str(started) == told(script[0])
    one = f"/licenses/async/export/{export_id}"
    assert str(vendor(one + "/status").json()) == told(script[1])
    early = vendor(one)
    assert (early.status_code, early.json()) == (script[2]["status"], script[2]["body"])
    assert str(vendor(one + "/status").json()) == told(script[3])
    assert str(vendor(one + "/status").json()) == told(script[6])
    assert len(vendor(one).json()) == len(sandbox.world.reports.licences)


@pytest.mark.parametrize(("kind", "last"), [("export-failed", "FAILED"), ("export-stuck", "IN_PROGRESS")])
def test_an_export_fails_or_sticks_on_order(vendor: Call, control: Control, kind: str, last: str) -> None:
    control("POST", "/faults", {"match": "POST /marketplace", "kind": kind})
    one = "/licenses/async/export/" + vendor("/licenses/async/export", "POST").json()["export"]["id"]
    assert [vendor(one + "/status").json()["export"]["status"] for _ in range(4)][-1] == last
    assert vendor(one).status_code == 404


def test_an_export_is_empty_or_cut_on_order(vendor: Call, control: Control) -> None:
    control("POST", "/faults", {"match": "POST /marketplace", "kind": "export-empty"})
    bodies = []
    for _ in range(2):
        one = "/licenses/async/export/" + vendor("/licenses/async/export", "POST").json()["export"]["id"]
        for _ in range(3):
            vendor(one + "/status")
        bodies.append(vendor(one).text)
        control("POST", "/faults", {"match": "GET /marketplace/*/async/export/*[!s]", "kind": "truncate"})
    assert bodies[0].strip() == "[]"
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        vendor(one).json()


def test_a_page_has_at_most_fifty_rows(vendor: Call, control: Control) -> None:
    rows = load("marketplace/synthetic-corpus-1000-licenses.json.gz")
    control("PUT", "/licences", rows)
    page = vendor("/licenses?limit=100&includeAtlassianLicenses=true").json()
    assert (len(page["licenses"]), page["totalCount"]) == (50, len(rows))
    assert "offset=50" in page["_links"]["next"]["href"]
    last = vendor(f"/licenses?limit=50&offset={len(rows) - 3}&includeAtlassianLicenses=true").json()
    assert len(last["licenses"]) == 3
    assert "next" not in last["_links"]


def test_rows_fed_from_outside_come_back_as_they_stand(vendor: Call, control: Control) -> None:
    rows = [case["record"] for case in load("marketplace/marketplace-sample-licences.json")]
    control("PUT", "/licences", rows)
    query = "withDataInsights=true&includeAtlassianLicenses=true&startDate=2018-07-01"
    assert vendor(f"/licenses/export?{query}").json() == [
        row for row in rows if row["maintenanceStartDate"] >= "2018-07-01"
    ]
    hidden = vendor("/licenses/export").json()
    assert all("evaluationLicense" not in row and row["licenseSourceType"] != "Atlassian" for row in hidden)


def test_last_updated_is_on_or_after_a_day(vendor: Call) -> None:
    today = datetime.now(UTC).date()
    since = (today - timedelta(days=7)).isoformat()
    found = vendor(f"/licenses/export?lastUpdated={since}").json()
    assert found
    assert all(row["lastUpdated"] >= since for row in found)
    assert len(found) < len(vendor("/licenses/export").json())


def test_unknown_parameters_and_comma_lists_give_everything(vendor: Call) -> None:
    everything = vendor("/licenses/export").json()
    assert vendor("/licenses/export?made-up=1").json() == everything
    assert vendor("/licenses/export?productId=a,b").json() == everything
    assert vendor("/licenses/export?startDate=2030-01-01&endDate=2020-01-01").json() == []


def test_wrong_credentials_are_401_and_another_vendor_404(vendor: Call, sandbox: Sandbox) -> None:
    assert vendor("/licenses", auth=("a", "b")).status_code == 401
    assert vendor("/licenses/async/export", "POST", auth=None).status_code == 401
    url = f"{sandbox.url}/marketplace/rest/3/reporting/developer-space/other/licenses"
    auth = (sandbox.settings.marketplace_user, sandbox.settings.marketplace_token)
    assert requests.get(url, auth=auth, timeout=5).status_code == 404


def test_transactions_are_exported_the_same_way(vendor: Call) -> None:
    one = "/sales/transactions/async/export"
    export_id = vendor(one, "POST").json()["export"]["id"]
    for _ in range(3):
        vendor(f"{one}/{export_id}/status")
    rows = vendor(f"{one}/{export_id}").json()
    assert {row["purchaseDetails"]["saleType"] for row in rows} == {"New", "Renewal", "Refund"}
    assert len({row["transactionLineItemId"] for row in rows}) == len(rows)
    assert vendor(f"/licenses/async/export/{export_id}").status_code == 404


def test_the_seed_uses_known_fields_and_covers_the_odd_rows(sandbox: Sandbox) -> None:
    fields = {row["path"].split(".")[0] for row in load("marketplace/marketplace-licence-fields.json")["fields"]}
    rows = sandbox.world.reports.licences
    assert set().union(*rows) - fields == {"brandNewField"}
    assert len(rows) >= 40
    assert len({row["addonKey"] for row in rows}) == 3
    keys = [row.get("appEntitlementId") or row["addonLicenseId"] for row in rows]
    assert len(set(keys)) == len(keys)
    text = str(rows)
    for oddity in (
        "RTBF",
        "SOCIAL_IMPACT",
        "@gmail.com",
        "Reseller",
        "Data Center",
        "cmtDetails",
        "'installedOnSandbox': 'Yes'",
    ):
        assert oddity in text


def test_the_seed_is_fresh_whatever_the_day(sandbox: Sandbox) -> None:
    today = datetime.now(UTC).date().isoformat()
    rows = sandbox.world.reports.licences
    assert all(row["lastUpdated"] <= today for row in rows)
    running = [row for row in rows if row["licenseType"] == "EVALUATION" and row["status"] == "active"]
    assert all(row["maintenanceEndDate"] >= today for row in running)
    assert len(running) >= 10


def client(sandbox: Sandbox, version: int) -> Iterator[Reporting]:
    s = sandbox.settings
    with Outbound([urlsplit(sandbox.url).netloc], timeout=10) as http:
        base = f"{sandbox.url}/marketplace/rest/{version}"
        yield Reporting(base, s.developer_id, s.marketplace_user, s.marketplace_token, http, lambda _: None, monotonic)


def test_our_own_client_reads_every_report(sandbox: Sandbox) -> None:
    for reporting in client(sandbox, 3):
        told = {name: list(report(since=None, mark=Bookmark())) for name, report in reporting.reports().items()}
    rows = sandbox.world.reports.rows
    assert len(told["quotes"]) == len(rows["quotes"]) > 1
    assert len(told["attribution"]) == len(rows["marketing-attribution"]) > 1
    assert {kind_of(row) for row in told["quotes"]} == {"quote"}
    assert {kind_of(row) for row in told["attribution"]} == {"attribution"}


def test_the_second_version_gives_the_same_rows(sandbox: Sandbox) -> None:
    for reporting in client(sandbox, 3):
        new = [list(report(since=None, mark=Bookmark())) for report in list(reporting.reports().values())[:4]]
    for reporting in client(sandbox, 2):
        assert [list(report(since=None, mark=Bookmark())) for report in reporting.reports().values()] == new
    assert len(new[0]) > 10
