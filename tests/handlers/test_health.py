"""Is it alive, is it ready, how is it doing: and who may ask."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from models.database import Database
from models.vault import Vault
from tests.handlers.edge import Edge, edge_on

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
TOKEN = "a-token-for-the-monitor"


def test_alive_asks_nobody(bare: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "read", lambda _: 1 / 0)
    answer = bare.client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_ready_tells_the_queue_and_the_last_sync(bare: Edge) -> None:
    answer = bare.client.get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["reasons"]) == (200, "ok", [])
    assert {"queue_age_seconds", "quarantined", "last_sync"} <= set(answer.json)


def test_an_old_schema_is_not_ready(bare: Edge) -> None:
    with bare.parts.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = bare.client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "unavailable")
    assert "schema" in answer.json["reasons"][0]


def test_a_database_that_is_gone_is_not_ready(bare: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Database) -> None:
        raise OperationalError("SELECT", {}, Exception("password=canary"))

    monkeypatch.setattr(Database, "read", gone)
    answer = bare.client.get("/readyz")
    assert (answer.status_code, answer.json["reasons"]) == (503, ["the database does not answer"])
    assert "canary" not in answer.text


def test_figures_are_for_this_machine(bare: Edge) -> None:
    answer = bare.client.get("/metrics")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert 'fairtrial_queue_items{queue="inbox",state="ready"} 0.0' in answer.text
    assert bare.client.get("/metrics", environ_base=ELSEWHERE).status_code == 403


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_behind_a_proxy_nobody_is_this_machine(bare: Edge, header: str) -> None:
    assert bare.client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403


def test_figures_are_for_the_bearer_of_the_token(database: Database, request: pytest.FixtureRequest) -> None:
    with edge_on(database, request.getfixturevalue("install_key"), metrics_token=TOKEN) as edge:

        def status(authorization: str) -> int:
            headers = {"Authorization": authorization}
            return edge.client.get("/metrics", headers=headers, environ_base=ELSEWHERE).status_code

        assert status(f"Bearer {TOKEN}") == 200
        assert {status(one) for one in ("Bearer x", f"Basic {TOKEN}", TOKEN, "Bearer ", "")} == {403}


def test_without_a_token_no_bearer_gets_figures(bare: Edge) -> None:
    for bearer in ("", "None", "x"):
        headers = {"Authorization": f"Bearer {bearer}"}
        assert bare.client.get("/metrics", headers=headers, environ_base=ELSEWHERE).status_code == 403


def test_the_vault_is_not_asked_for_health(bare: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vault, "unseal", lambda *_: 1 / 0)
    assert bare.client.get("/readyz").status_code == 200
