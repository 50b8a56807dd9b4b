"""Staff put a package together, see the bytes, somebody else approves them, and the same bytes are handed over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from handlers.exchange_labels import REFUSALS, STATES
from models.consent import AuditEvent
from models.exchange import ExchangePackage
from models.support import SupportCase
from services import disclosure
from tests.connect.server import Asked, Reply
from tests.handlers.edge import Edge
from tests.handlers.faces import Page
from tests.services.exchange.world import BOB, World, case_with_configuration

PATH = "/staff/api/exchange"
FORM = {"case": "sup-7", "question": "Why is it <script>slow</script>? محمد", "part.product": "yes",
        "part.database": "yes"}  # fmt: skip


@dataclass
class Office:
    """The staff of one site, and its Jira, which tells Bob's address unless it hides it."""

    edge: Edge
    world: World
    reporter: dict[str, str] = field(default_factory=lambda: {"emailAddress": BOB})
    blind: set[str] = field(default_factory=set)

    def jira(self, asked: Asked) -> Reply:
        if asked.path == "/rest/api/3/permissions/check":
            sees = [] if asked.json["accountId"] in self.blind else [10001]
            granted = [{"permission": "BROWSE_PROJECTS", "issues": sees}]
            return Reply(200, {"globalPermissions": [], "projectPermissions": granted})
        if asked.path == "/rest/api/3/issue/10001":
            return Reply(200, {"id": "10001", "key": "SUP-7", "fields": {"reporter": self.reporter}})
        return self.edge.answer(asked)

    def call(self, path: str, form: Mapping[str, str] | None = None, account: str = "alice", **headers: str) -> Any:
        sent = {"Authorization": f"JWT {self.edge.site.context_token(account)}", "Accept": "application/json"} | headers
        method = "GET" if form is None else "POST"
        return self.edge.client.open(PATH + path, method=method, data=form, headers=sent)

    def page(self, path: str, form: Mapping[str, str] | None = None, account: str = "alice", lang: str = "en") -> Any:
        return self.call(path, form, account, **{"Accept": "text/html", "Accept-Language": lang})

    def built(self, **changes: str) -> str:
        answer = self.call("", FORM | changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def approved(self, account: str = "olivia") -> str:
        package = self.built()
        shown = self.call(f"/{package}", account=account).json
        assert self.call(f"/{package}/approve", {"sha256": shown["sha256"]}, account).status_code == 200
        return package


@pytest.fixture
def office(edge: Edge) -> Iterator[Office]:
    with edge.parts.database.write() as session:
        case_with_configuration(session, edge.parts.vault, edge.now, edge.site.client_key)
    office = Office(edge, World(edge.parts.database, edge.parts.vault, edge.now))
    edge.jira.answer = office.jira
    yield office


def test_what_was_shown_is_what_is_handed_over_byte_by_byte(office: Office) -> None:
    package = office.approved()
    shown = office.call(f"/{package}", account="olivia").json
    assert office.call(f"/{package}/file").json["code"] == "wrong-state"
    assert office.call(f"/{package}/hand-over", {}).json["state"] == "handed_over"
    files = [office.call(f"/{package}/file", account=account) for account in ("olivia", "alice", "alice")]
    assert {file.data for file in files} == {shown["leaves"]["file"].encode()}
    assert hashlib.sha256(files[0].data).hexdigest() == shown["sha256"]
    assert files[0].headers["Content-Disposition"] == f'attachment; filename="{shown["leaves"]["file_name"]}"'
    (entry,) = office.world.disclosures()
    assert (entry["case"], entry["reference"]) == ("SUP-7", f"sha256:{shown['sha256']}")
    assert office.call(f"/{package}/key", {"key": "ca-77"}).json["atlassian_key"] == "CA-77"
    with office.world.database.read() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)).all()
    assert actions.count("exchange.export") == 3 and actions[-1] == "exchange.key-recorded"


def test_whoever_asked_reads_that_somebody_else_has_to_approve(office: Office) -> None:
    package = office.built()
    digest = office.call(f"/{package}").json["sha256"]
    refused = office.call(f"/{package}/approve", {"sha256": digest})
    assert (refused.status_code, refused.json["code"]) == (409, "own-request")
    assert "somebody else of staff" in office.page(f"/{package}").text
    assert "Approve that exactly this leaves?" in office.page(f"/{package}", account="olivia").text


def test_a_case_that_changed_takes_the_approval_away(office: Office) -> None:
    package = office.approved()
    office.world.change()
    refused = office.call(f"/{package}/hand-over", {})
    assert (refused.status_code, refused.json["code"]) == (409, "changed-since")
    page = office.page(f"/{package}", account="olivia").text
    assert "The case tells something else by now" in page and "Hand over by file" not in page
    assert office.world.disclosures() == []


@pytest.mark.parametrize("step", ["", "/file", "/approve", "/withdraw", "/hand-over", "/key"])
def test_who_may_not_see_the_case_sees_no_package_of_it(office: Office, step: str) -> None:
    package = office.approved()
    office.blind.add("alice")
    form = None if step in ("", "/file") else {"sha256": "", "key": "CA-1"}
    assert office.call(f"/{package}{step}", form).json["code"] == "may-not-browse"
    assert office.call("", FORM).json["code"] == "may-not-browse"


def test_others_are_refused_and_other_sites_have_no_such_package(office: Office) -> None:
    package = office.built()
    for path, form in (("", None), ("", FORM), (f"/{package}", None), (f"/{package}/hand-over", {})):
        assert office.call(path, form, "bob").json["code"] == "not-staff"
    with office.world.database.write() as session:
        session.query(SupportCase).one().client_key = "another-site"
    assert office.call(f"/{package}").status_code == 404
    assert office.call("").json == {"items": []}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"case": "SUP-8"}, 404, "unknown-case"),
        ({"question": ""}, 400, "no-question"),
        ({"part.product": "", "part.database": ""}, 400, "unknown-part"),
        ({"part.product": "", "part.database": "", "part.jvm": "yes"}, 409, "nothing-to-tell"),
    ],
)
def test_a_form_that_can_not_be_used_says_why(office: Office, changes: dict[str, str], status: int, code: str) -> None:
    refused = office.call("", FORM | changes)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert REFUSALS[code].text in office.page("", FORM | changes).text


def test_whose_data_it_is_has_to_be_known(office: Office) -> None:
    del office.reporter["emailAddress"]
    assert office.call("", FORM).json["code"] == "address-needed"
    assert office.call("", FORM | {"address": "nobody"}).json["code"] == "not-an-address"
    office.built(address=BOB)
    with office.world.database.read() as session:
        by_hand = session.scalars(select(ExchangePackage.person_ref)).one()
    office.reporter["emailAddress"] = BOB.upper()
    # What Jira says counts, whatever is entered.
    office.built(address="somebody@else.example")
    with office.world.database.read() as session:
        assert set(session.scalars(select(ExchangePackage.person_ref))) == {by_hand}
        assert len(disclosure.of_person(session, by_hand)) == 0


def test_without_jira_nothing_is_built(office: Office) -> None:
    office.edge.jira.answer = lambda asked: (
        Reply(503) if asked.path.startswith("/rest/api/3/issue") else office.jira(asked)
    )
    assert office.call("", FORM).status_code == 503


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("account", ["alice", "olivia"])
def test_the_pages_are_sound_in_each_state(office: Office, lang: str, account: str) -> None:
    empty = office.page("", lang=lang)
    assert (Page(empty.text).faults, Page(empty.text).lang) == ([], lang)
    package = office.approved()
    with office.world.at(package) as (_, row):
        content = row.content
    for state in STATES:
        with office.world.at(package) as (_, row):
            row.state, row.content = state, None if state == "withdrawn" else content
        for path in ("", f"/{package}"):
            answer = office.page(path, account=account, lang=lang)
            page = Page(answer.text)
            assert (answer.status_code, page.faults, page.lang) == (200, [], lang), state
            assert "<script>" not in answer.text and 'data-section="exchange"' in answer.text
    built = office.page("", FORM, lang=lang)
    assert Page(built.text).faults == [] and f"#{PATH}/x" in built.text


def test_the_console_shows_the_bytes_and_approves_nothing(office: Office) -> None:
    package = office.built()
    runner = office.edge.app.test_cli_runner()
    listed = json.loads(runner.invoke(args=["exchange", "list", "--json"]).output)
    assert [(item["id"], item["state"]) for item in listed] == [(package, "proposed")]
    shown = runner.invoke(args=["exchange", "show", package])
    assert shown.output == office.call(f"/{package}").json["leaves"]["file"]
    with office.world.database.read() as session:
        assert session.query(AuditEvent).filter_by(action="exchange.read", actor_ref="console").count() == 1
    office.call(f"/{package}/withdraw", {})
    for gone in (package, "nothing"):
        refused = runner.invoke(args=["exchange", "show", gone])
        assert refused.exit_code == 1 and "Error" in refused.output
    assert runner.invoke(args=["exchange", "approve", package]).exit_code == 2
