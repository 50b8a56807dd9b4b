"""The Marketplace's door: signed events are durable before they are acknowledged, anything else changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from connect.webhooks import sign_standard
from handlers import work
from models.marketplace import Licence
from models.queues import InboxItem, ItemState
from services import inbox
from tests.contracts import load
from tests.handlers.edge import HOOK_SECRET, Edge

EVENT = {
    "type": "licence.observed",
    "timestamp": "2026-11-20T08:00:00Z",
    "data": {"appEntitlementNumber": "E-AAA-BBB-CCC-001", "addonKey": "com.alkaes.timesheets"},
}
MEBIBYTE = 1024 * 1024


def items(edge: Edge) -> list[InboxItem]:
    with edge.parts.database.read() as session:
        return list(session.scalars(select(InboxItem).order_by(InboxItem.id)))


def hub(edge: Edge, body: bytes, identifier: str = "hub-1", **changes: str) -> int:
    signature = hmac.new(HOOK_SECRET.encode(), body, "sha256").hexdigest()
    headers = {"X-Hub-Signature": f"sha256={signature}", "X-Atlassian-Webhook-Identifier": identifier} | changes
    return edge.post("/webhooks/marketplace", body, **headers).status_code


def test_an_event_is_stored_once_and_sealed(bare: Edge) -> None:
    first = bare.market(EVENT)
    assert (first.status_code, first.data) == (202, b"")
    before = bare.snapshot()
    assert bare.market(EVENT).status_code == 200
    assert bare.snapshot() == before
    (item,) = items(bare)
    assert (item.source, item.delivery_id, item.subject) == ("marketplace", "msg_1", "licence:E-AAA-BBB-CCC-001")
    assert b"timesheets" not in (item.body or b"")
    assert json.loads(inbox.body_of(item, bare.parts.vault)) == EVENT


def test_the_same_id_with_another_body_is_a_conflict(bare: Edge) -> None:
    bare.market(EVENT)
    before = bare.snapshot()
    answer = bare.market(EVENT | {"timestamp": "2026-11-21T08:00:00Z"})
    assert (answer.status_code, answer.json["code"]) == (409, "another-body")
    assert bare.snapshot() == before


def test_hub_signatures_are_taken_with_an_identifier(bare: Edge) -> None:
    body = json.dumps(EVENT).encode()
    assert (hub(bare, body), hub(bare, body), hub(bare, body + b" ")) == (202, 200, 409)
    assert hub(bare, body, "") == hub(bare, body, "x" * 251) == 401
    assert hub(bare, body, "hub-2", **{"X-Hub-Signature": "sha1=" + "0" * 40}) == 401
    assert [item.delivery_id for item in items(bare)] == ["hub-1"]


def test_bad_and_missing_signatures_change_nothing(bare: Edge) -> None:
    body, now = json.dumps(EVENT).encode(), int(time.time())

    def stamped(at: int, secret: str = HOOK_SECRET, over: bytes = body) -> dict[str, str]:
        made = sign_standard(secret, message_id="msg_1", timestamp=at, body=over)
        return {"webhook-timestamp": str(at), "webhook-signature": made}

    flaws: list[dict[str, str]] = [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v2," + "A" * 44},
        {"webhook-id": ""},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": ""},
        stamped(now - 301),
        stamped(now + 360),
        stamped(now, over=body + b" "),
        stamped(now, secret="whsec_" + "A" * 43 + "="),
    ]
    before = bare.snapshot()
    answers = [bare.market(body, **flaw) for flaw in flaws]
    answers.append(bare.post("/webhooks/marketplace", body))
    assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(401, "signature-refused")}
    assert hub(bare, body, **{"X-Hub-Signature": "sha256=" + "0" * 64}) == 401
    assert bare.snapshot() == before


def test_a_tenants_token_is_no_signature(edge: Edge) -> None:
    path = "/webhooks/marketplace"
    for token in (edge.site.token("POST", path), edge.site.context_token(), edge.install_token(path)):
        assert edge.post(path, EVENT, f"JWT {token}").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe{}",
        b'{"type": "licence.observed", "data": {"a": NaN}}',
        b"[" * 5_000,
        b'{"a":' * 5_000,
        b"{}",
        b'{"hello": "world"}',
        b'{"type": "licence.observed"}',
        b'{"type": ["licence.observed"], "data": {}}',
        b'{"type": "licence.observed", "data": "row"}',
        b'{"type": "licence.observed", "data": null}',
        json.dumps(EVENT).encode("utf-16"),
        b"9" * 5_000,
    ],
)
def test_what_is_no_envelope_is_refused(bare: Edge, body: bytes) -> None:
    answer = bare.market(body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert items(bare) == []


def test_bodies_end_at_one_mebibyte(bare: Edge) -> None:
    head = json.dumps(EVENT).encode()[:-1]
    full = head + b" " * (MEBIBYTE - len(head) - 1) + b"}"
    assert bare.market(full + b" ").status_code == 413
    assert items(bare) == []
    assert bare.market(full).status_code == 202


def test_what_is_signed_but_not_understood_is_kept_in_quarantine(bare: Edge) -> None:
    odd = [
        {"type": "licence.invented", "data": {}},
        {"type": "batch", "data": {}},
        {"type": "batch", "data": [1]},
        {"type": "batch", "data": [EVENT] * 501},
        {"type": "licence.observed", "data": []},
    ]
    for number, body in enumerate(odd):
        assert bare.market(body, f"odd-{number}").status_code == 202
    work.drain(bare.parts)
    kept = items(bare)
    assert [(item.state, bool(item.reason)) for item in kept] == [(ItemState.QUARANTINED, True)] * len(odd)
    assert [json.loads(inbox.body_of(item, bare.parts.vault)) for item in kept] == odd


def test_every_sample_row_is_taken_and_worked_on(bare: Edge) -> None:
    rows = [sample["record"] for sample in load("marketplace/marketplace-sample-licences.json")]
    for number, row in enumerate(rows):
        sent = {"type": "licence.observed", "timestamp": "2026-11-20T08:00:00Z", "data": row}
        assert bare.market(sent, f"row-{number}").status_code == 202
    work.drain(bare.parts)
    assert {item.state for item in items(bare)} <= {ItemState.DONE, ItemState.QUARANTINED}
    with bare.parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Licence))


def test_half_a_surrogate_pair_and_nul_are_taken(bare: Edge) -> None:
    row = b'{"appEntitlementNumber": "E-\\ud83d\\u0000", "contactDetails": {"company": "cut \\ud83d"}}'
    assert bare.market(b'{"type": "licence.observed", "data": ' + row + b"}").status_code == 202
    work.drain(bare.parts)
    assert [item.state for item in items(bare)] == [ItemState.DONE]


def test_a_database_that_does_not_answer_is_an_overload(bare: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked: canary"))

    monkeypatch.setattr(inbox, "store_ready", locked)
    answer = bare.market(EVENT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "canary" not in answer.text
    monkeypatch.undo()
    assert bare.market(EVENT).status_code == 202


def test_the_event_is_committed_before_the_answer(bare: Edge) -> None:
    assert bare.market(EVENT).status_code == 202
    with bare.parts.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM inbox")).scalar() == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["licence.observed", "transaction.observed", "batch", "?"]) | JSON,
        "timestamp": JSON,
        "data": st.dictionaries(st.sampled_from(["appEntitlementNumber", "licenseId", "x"]), JSON, max_size=3) | JSON,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON | ENVELOPES)
def test_no_signed_body_whatever_breaks_the_door(bare: Edge, body: Any) -> None:
    raw = json.dumps(body).encode()
    assert bare.market(raw, hashlib.sha256(raw).hexdigest()).status_code in (200, 202, 400)
