"""The rights desk from both sides: the console, and the API behind the staff page; and what a restore does to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.consent import AuditEvent
from models.database import Database
from models.people import Person
from models.rights import RightsCase
from services import erasure
from services.erasure import completion
from services.marketplace.people import person_id
from services.rights import NewRequest, cases, desk, restriction
from tests.handlers.edge import Edge
from tests.handlers.faces import NOW, Face, evaluation, running
from tests.services.erasure.restoring import backup

ALICE = "alice.martin@nordlicht.example"
API = "/staff/api/rights"


@pytest.fixture
def face(database: Database) -> Iterator[Face]:
    with running(database) as face:
        face.take(evaluation(1, "Alice Martin", ALICE))
        yield face


def run(face: Face, *words: str) -> tuple[int, str]:
    done = face.app.test_cli_runner().invoke(args=list(words))
    return done.exit_code, done.output


def told(face: Face, *words: str) -> Any:
    code, output = run(face, *words, "--json")
    assert code == 0, output
    return json.loads(output.splitlines()[-1])


def call(edge: Edge, method: str, path: str, account: str, **form: str) -> Any:
    """A call of the staff page, as `account`."""
    headers = {"Authorization": f"JWT {edge.site.context_token(account)}", "Accept": "application/json"}
    return edge.client.open(API + path, method=method, headers=headers, data=form)


def test_a_request_goes_through_the_console_from_letter_to_certificate(face: Face) -> None:
    opened = told(face, "rights", "open", "erasure", ALICE, "--channel", "post", "--received", "2026-11-02")
    assert (opened["state"], opened["due_on"], opened["new"]) == ("accepted", "2026-12-02", True)
    listed = told(face, "rights", "list")
    assert [case["id"] for case in listed["items"]] == [opened["id"]] and ALICE not in json.dumps(listed)
    assert told(face, "rights", "show", opened["id"])["email"] == ALICE
    made = told(face, "rights", "plan", opened["id"])
    assert {line["fate"] for line in made["erasure"]["lines"]} >= {"destroy_key", "empty"}
    done = told(face, "rights", "fulfil", opened["id"])
    assert done["case"]["state"] in ("fulfilled", "partly_fulfilled")
    document = done["certificate"]["certificate"]
    assert document["residue"]["found"] == []
    assert face.parts.vault.verify(json.dumps(document, sort_keys=True), done["certificate"]["signature"])
    assert told(face, "rights", "fulfil", opened["id"]) == done | {"done": {}}, "twice is once"
    assert told(face, "rights", "list")["total"] == 0
    assert told(face, "rights", "list", "--all")["total"] == 1
    shown = told(face, "prospects", "show", person_id(face.parts.vault, ALICE))
    assert "erased" in shown["flags"] and ALICE not in json.dumps(shown)


def test_the_same_by_options_for_people_to_read(face: Face) -> None:
    code, output = run(face, "rights", "open", "--kind", "rectification", "--email", ALICE, "--details", "My name")
    assert code == 0 and "accepted" in output
    case = told(face, "rights", "list")["items"][0]["id"]
    for words in (("list",), ("show", case), ("plan", case), ("fulfil", case, "--set", "name=Alice Durand")):
        code, output = run(face, "rights", *words)
        assert code == 0, output
    assert told(face, "prospects", "show", person_id(face.parts.vault, ALICE))["person"]["name"] == "Alice Durand"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["open"], 2),
        (["open", "erasure"], 2),
        (["open", "everything", ALICE], 2),
        (["open", "erasure", "nobody"], 2),
        (["plan", "R-0"], 1),
        (["fulfil", "R-0"], 1),
        (["fulfil"], 2),
        (["show", "R-0"], 1),
    ],
)
def test_what_is_wrongly_asked_ends_as_it_should(face: Face, words: list[str], code: int) -> None:
    ended, output = run(face, "rights", *words)
    assert ended == code, output
    assert "nobody" not in output and "Traceback" not in output


def test_an_open_identity_stops_the_deed(face: Face) -> None:
    case = told(face, "rights", "open", "erasure", ALICE, "--check-identity")
    assert case["state"] == "identity_check"
    code, output = run(face, "rights", "fulfil", case["id"])
    assert code == 1 and "identity" in output
    with face.parts.database.read() as session:
        assert session.scalars(select(Person.erased_at)).one() is None


def test_a_request_is_prolonged_or_refused_on_the_console(face: Face) -> None:
    case = told(face, "rights", "open", "access", ALICE)["id"]
    assert run(face, "rights", "extend", case, "--reason", "number")[0] == 0
    assert run(face, "rights", "extend", case, "--reason", "number")[0] == 1
    assert run(face, "rights", "refuse", case, "--reason", "excessive")[0] == 0
    assert run(face, "rights", "refuse", case, "--reason", "excessive")[0] == 1


def test_staff_take_down_and_officers_decide(edge: Edge) -> None:
    opened = call(edge, "POST", "", "alice", kind="erasure", email=ALICE, channel="phone")
    assert opened.status_code == 201 and opened.json["new"]
    case = f"/{opened.json['case']['id']}"
    assert call(edge, "POST", "", "alice", kind="erasure", email=ALICE, channel="jira").status_code == 200
    assert call(edge, "GET", "", "alice").json["total"] == 1
    assert call(edge, "GET", case, "alice").json["email"] == ALICE
    assert call(edge, "GET", "", "bob").status_code == call(edge, "GET", case, "bob").status_code == 403
    for act in ("plan", "fulfil", "extend", "suspend", "resume", "refuse", "lift"):
        assert call(edge, "POST", f"{case}/{act}", "alice").status_code == 403, act
    assert call(edge, "POST", f"{case}/plan", "olivia").json["case"]["state"] == "planned"
    assert call(edge, "POST", f"{case}/fulfil", "olivia").json["case"]["state"] == "fulfilled"
    assert call(edge, "POST", f"{case}/plan", "olivia").status_code == 409
    with edge.parts.database.read() as session:
        looks = select(func.count()).where(AuditEvent.action == "rights.read", AuditEvent.actor == "alice")
        assert session.scalar(looks) == 1


def test_bad_calls_of_the_api_are_told_so(edge: Edge) -> None:
    for officer in ("alice", "olivia"):
        # Who may do this is entered when they are first seen.
        assert call(edge, "GET", "", officer).status_code == 200
    before = edge.snapshot()
    good = {"kind": "access", "email": ALICE}
    for form in ({}, good | {"kind": "x"}, good | {"email": "x"}, good | {"received": "soon"}):
        answer = call(edge, "POST", "", "alice", **form)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
        assert ALICE not in answer.text
    assert call(edge, "POST", "/R-0/fulfil", "olivia").status_code == 404
    assert edge.snapshot() == before


def test_a_restriction_is_lifted_after_the_person_was_told(face: Face) -> None:
    case_id = told(face, "rights", "open", "restriction", ALICE)["id"]
    told(face, "rights", "fulfil", case_id)
    p = face.parts

    def lift(days: float) -> bool:
        with p.database.write() as session:
            case = cases.find(session, case_id)
            assert case is not None
            return restriction.lift(session, p.vault, case, actor="o", now=NOW + timedelta(days=days))

    assert [lift(0), lift(0.5), lift(1.1)] == [False, False, True]
    assert "restricted" not in told(face, "prospects", "show", person_id(p.vault, ALICE))["flags"]


def test_two_requests_at_once_for_one_person_are_one(face: Face) -> None:
    p = face.parts
    together = threading.Barrier(4)
    failures: list[BaseException] = []

    def take() -> None:
        new = NewRequest("erasure", ALICE, "phone", "fr", NOW)
        together.wait()
        try:
            with p.database.write() as session:
                desk.take(session, p.vault, new, actor="alice", now=NOW)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with p.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RightsCase)) == 1


def test_invariant_4_a_restore_under_a_running_app_is_found_and_mended(face: Face, tmp_path: Path) -> None:
    p = face.parts
    restore = backup(p.database, tmp_path)
    with p.database.write() as session:
        made = erasure.plan(session, p.vault, person_id(p.vault, ALICE), NOW)
        erasure.carry_out(session, p.vault, made, reason="request", now=NOW)
    completion.complete(p.database, p.vault, p.journal, NOW)
    assert face.client.get("/readyz").status_code == 200
    restore()
    ready = face.client.get("/readyz")
    assert ready.status_code == 503 and "replay-erasures" in ready.json["reasons"][0]
    done = told(face, "backup", "replay-erasures")
    assert (done["replayed"], done["searched"]) == (2, True)
    assert face.client.get("/readyz").status_code == 200
    with p.database.read() as session:
        assert session.scalars(select(Person.name)).one() is None
    assert told(face, "backup", "replay-erasures")["replayed"] == 0


def test_a_journal_that_was_changed_is_told_and_not_replayed(face: Face) -> None:
    face.parts.journal.path.write_text("{}\n")
    assert face.client.get("/readyz").json["reasons"] == ["the journal of erasures is not as it was written"]
    assert run(face, "backup", "replay-erasures")[0] == 1
