"""The service desk of the sandbox: shapes as in the official document, and what the real one refuses."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox import Sandbox
from sandbox.desk_requests import DESK, REQUEST_TYPE
from tests.sandbox.conftest import Control
from tests.sandbox.schemas import assert_conforms

API = "/rest/servicedeskapi"
UPLOAD = {"X-Atlassian-Token": "no-check", "X-ExperimentalApi": "opt-in"}
BODY = {"serviceDeskId": DESK, "requestTypeId": REQUEST_TYPE, "requestFieldValues": {"summary": "Slow (x1)"}}
FILE = {"file": ("a.json", b"{}")}


class Customer:
    """The vendor's account at the desk."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.auth: tuple[str, str] | None = (sandbox.settings.marketplace_user, sandbox.settings.marketplace_token)

    def __call__(self, method: str, path: str, **sent: Any) -> requests.Response:
        return requests.request(method, f"{self.sandbox.url}{API}{path}", auth=self.auth, timeout=10, **sent)

    def upload(self, desk: str = DESK, **sent: Any) -> requests.Response:
        given = {"headers": UPLOAD, "files": FILE} | sent
        return self("POST", f"/servicedesk/{desk}/attachTemporaryFile", **given)


@pytest.fixture
def customer(sandbox: Sandbox) -> Customer:
    return Customer(sandbox)


def test_a_request_with_its_file_has_the_shapes_of_the_document(customer: Customer, control: Control) -> None:
    temporary = customer.upload()
    assert_conforms("jsm", "POST", f"{API}/servicedesk/{{serviceDeskId}}/attachTemporaryFile", temporary)
    named = [one["temporaryAttachmentId"] for one in temporary.json()["temporaryAttachments"]]
    key = assert_conforms("jsm", "POST", f"{API}/request", customer("POST", "/request", json=BODY))["issueKey"]
    attached = {"temporaryAttachmentIds": named, "public": True}
    template = f"{API}/request/{{issueIdOrKey}}/attachment"
    assert_conforms("jsm", "POST", template, customer("POST", f"/request/{key}/attachment", json=attached))
    # A temporary file counts once.
    assert customer("POST", f"/request/{key}/attachment", json=attached).status_code == 400
    listed = assert_conforms("jsm", "GET", template, customer("GET", f"/request/{key}/attachment?start=0&limit=10"))
    assert [one["filename"] for one in listed["values"]] == ["a.json"]
    assert_conforms("jsm", "GET", f"{API}/request/{{issueIdOrKey}}", customer("GET", f"/request/{key}"))
    for term, found in (("X1", [key]), ("x2", [])):
        answer = customer("GET", f"/request?searchTerm={term}&requestOwnership=OWNED_REQUESTS&limit=5")
        page = assert_conforms("jsm", "GET", f"{API}/request", answer)
        assert [one["issueKey"] for one in page["values"]] == found
    [told] = control("GET", "/state/desk-requests")
    assert (told["key"], told["comments"], told["files"]) == (key, 1, [{"name": "a.json", "text": "{}"}])


def test_a_stranger_is_401(customer: Customer) -> None:
    for auth in (None, ("vendor@alkaes.example", "wrong")):
        customer.auth = auth
        for answer in (customer.upload(), customer("POST", "/request", json=BODY), customer("GET", "/request")):
            assert (answer.status_code, set(answer.json())) == (401, {"errorMessage", "i18nErrorMessage"})


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"headers": {"X-ExperimentalApi": "opt-in"}}, 403),
        ({"headers": {"X-Atlassian-Token": "no-check"}}, 412),
        ({"files": {"other": ("a.json", b"{}")}}, 400),
        ({"files": None, "data": b"{}"}, 400),
        ({"desk": "11"}, 404),
    ],
)
def test_an_upload_that_the_real_one_refuses(customer: Customer, sent: dict[str, Any], status: int) -> None:
    assert customer.upload(**sent).status_code == status


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"requestFieldValues": {}}, 400),
        ({"requestFieldValues": {"summary": "s", "priority": "High"}}, 400),
        ({"serviceDeskId": 10}, 400),
        ({"requestTypeId": "26"}, 400),
        ({"serviceDeskId": "11"}, 404),
        ({"raiseOnBehalfOf": "somebody"}, 400),
    ],
)
def test_a_request_that_the_real_one_refuses(customer: Customer, change: dict[str, Any], status: int) -> None:
    answer = customer("POST", "/request", json=BODY | change)
    assert (answer.status_code, set(answer.json())) == (status, {"errorMessage", "i18nErrorMessage"})


def test_a_customer_attaches_in_public_alone(customer: Customer) -> None:
    key = customer("POST", "/request", json=BODY).json()["issueKey"]
    named = customer.upload().json()["temporaryAttachments"][0]["temporaryAttachmentId"]
    hidden = {"temporaryAttachmentIds": [named], "public": False}
    assert customer("POST", f"/request/{key}/attachment", json=hidden).status_code == 400
    assert customer("POST", "/request/CA-1/attachment", json=hidden | {"public": True}).status_code == 404
