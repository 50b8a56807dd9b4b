"""A package ordered on the page, brought to a service desk by the worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from handlers import work
from models.database import Database
from models.queues import OutboxItem
from sandbox import Sandbox
from sandbox.desk_requests import DESK, REQUEST_TYPE
from services import queues
from tests.handlers.edge import Edge
from tests.handlers.test_exchange import Office, office

__all__ = ["office"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def desk(edge: Edge, sandbox: Sandbox) -> Iterator[Sandbox]:
    """The app has a service desk: the sandbox."""
    sandbox.world.reset()
    s = sandbox.settings
    given = {
        "exchange_url": sandbox.url, "exchange_user": s.marketplace_user, "exchange_service_desk": DESK,
        "exchange_request_type": REQUEST_TYPE, "exchange_token": SecretStr(s.marketplace_token),
    }  # fmt: skip
    edge.parts.settings = edge.parts.settings.model_copy(update=given)
    edge.parts.outbound.close()
    del vars(edge.parts)["outbound"]
    yield sandbox


def item(database: Database) -> OutboxItem:
    with database.read() as session:
        return session.query(OutboxItem).filter_by(kind="atlassian.request").one()


def test_the_worker_brings_what_was_shown_and_keeps_the_key(office: Office, desk: Sandbox) -> None:
    package = office.approved()
    shown = office.call(f"/{package}", account="olivia").json["leaves"]
    assert "Send it to Atlassian?" in office.page(f"/{package}").text
    assert office.call(f"/{package}/hand-over", {"way": "desk"}).json["state"] == "sending"
    assert office.call(f"/{package}/hand-over", {"way": "desk"}).json["code"] == "wrong-state"
    assert "It is being brought" in office.page(f"/{package}").text and office.world.disclosures() == []
    work.drain(office.edge.parts)
    told = office.call(f"/{package}").json
    [request] = desk.world.desk.requests.values()
    assert (told["state"], told["atlassian_key"]) == ("handed_over", request.key)
    assert [file.data for file in request.files] == [shown["file"].encode()]
    assert request.fields == {"summary": shown["summary"], "description": shown["description"]}
    assert len(office.world.disclosures()) == 1
    assert office.call(f"/{package}/file").data == request.files[0].data


def test_what_does_not_get_through_is_seen_and_tried_again(office: Office, desk: Sandbox) -> None:
    package = office.approved()
    office.call(f"/{package}/hand-over", {"way": "desk"})
    desk.world.faults.add({"match": "POST /rest/servicedeskapi", "kind": "403"})
    work.drain(office.edge.parts)
    assert (item(office.world.database).state, item(office.world.database).reason) == ("quarantined", "forbidden")
    page = office.page(f"/{package}").text
    assert "It did not get through" in page and "forbidden" in page
    with office.world.database.write() as session:
        queues.retry(session, OutboxItem, office.edge.now)
    work.drain(office.edge.parts)
    assert office.call(f"/{package}").json["state"] == "handed_over" and len(desk.world.desk.requests) == 1


def test_without_a_desk_nothing_is_sent(office: Office) -> None:
    package = office.approved()
    assert "Send it to Atlassian?" not in office.page(f"/{package}").text
    refused = office.call(f"/{package}/hand-over", {"way": "desk"})
    assert (refused.status_code, refused.json["code"]) == (409, "no-target")


def test_a_desk_that_is_taken_away_leaves_the_order_in_sight(office: Office, desk: Sandbox) -> None:
    package = office.approved()
    office.call(f"/{package}/hand-over", {"way": "desk"})
    office.edge.parts.settings = office.edge.parts.settings.model_copy(update={"exchange_url": None})
    vars(office.edge.parts).pop("service_desk", None)
    work.drain(office.edge.parts)
    assert (item(office.world.database).state, item(office.world.database).reason) == ("quarantined", "no-target")
    assert office.call(f"/{package}/withdraw", {}).json["state"] == "withdrawn"
    assert office.world.disclosures() == []
