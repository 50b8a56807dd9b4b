"""What the sandbox sends: Marketplace events and Jira webhooks, signed, repeated, and wrong on order."""

from __future__ import annotations

import json
import time
from typing import Any

import requests

from connect import tokens
from sandbox import Sandbox
from sandbox.events import sign_hub, sign_standard
from tests.contracts import load
from tests.sandbox.conftest import Client, Control, TinyApp

MARKETPLACE = "/webhooks/marketplace"


def _signature(sandbox: Sandbox, entry: dict[str, Any]) -> bool:
    headers, secret = entry["headers"], sandbox.settings.webhook_secret
    expected = sign_standard(secret, headers["Webhook-Id"], int(headers["Webhook-Timestamp"]), entry["raw"])
    return bool(headers.get("Webhook-Signature") == expected)


def test_signatures_are_those_of_the_contract() -> None:
    for vector in load("webhooks/webhook-signature-vectors.json"):
        if not vector["valid"]:
            continue
        if vector["scheme"] == "x-hub-signature":
            assert sign_hub(vector["secret"], vector["body"].encode()) == vector["header"].lower()
        elif "id" in vector and isinstance(vector.get("secret"), str):
            body = str(vector["body"]).encode()
            made = sign_standard(vector["secret"], vector["id"], int(vector["timestamp"]), body)
            assert made in str(vector["signature"] if "signature" in vector else vector["header"])


def test_all_licences_are_sent_as_signed_envelopes(control: Control, sandbox: Sandbox, app: TinyApp) -> None:
    answer = control("POST", "/events", {"licences": "all"})
    sent = app.got(MARKETPLACE)
    assert answer["acknowledged"] == len(sent) == len(sandbox.world.reports.licences)
    assert all(_signature(sandbox, entry) for entry in sent)
    assert {entry["body"]["type"] for entry in sent} == {"licence.observed"}
    assert [entry["body"]["data"] for entry in sent] == sandbox.world.reports.licences
    assert len({entry["headers"]["Webhook-Id"] for entry in sent}) == len(sent)


def test_a_failed_delivery_is_repeated_with_the_same_id(control: Control, sandbox: Sandbox, app: TinyApp) -> None:
    app.answers = [503, 500]
    (delivery,) = control("POST", "/events", {"licences": [0]})["deliveries"]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [503, 500, 204]
    assert {entry["headers"]["Webhook-Id"] for entry in app.got(MARKETPLACE)} == {delivery["id"]}
    assert all(_signature(sandbox, entry) for entry in app.got(MARKETPLACE))


def test_a_refused_delivery_ends(control: Control, app: TinyApp) -> None:
    app.answers = [401]
    answer = control("POST", "/events", {"licences": [0]})
    assert (answer["refused"], len(app.got(MARKETPLACE))) == (1, 1)


def test_deliveries_end_when_attempts_do(control: Control, app: TinyApp) -> None:
    app.answers = [503] * 9
    answer = control("POST", "/events", {"licences": [0], "attempts": 2})
    assert (answer["refused"], len(app.got(MARKETPLACE))) == (1, 2)


def test_a_batch_holds_envelopes(control: Control, app: TinyApp) -> None:
    control("POST", "/events", {"licences": "all", "transactions": "all", "batch": 500})
    (entry,) = app.got(MARKETPLACE)
    assert entry["body"]["type"] == "batch"
    assert {row["type"] for row in entry["body"]["data"]} == {"licence.observed", "transaction.observed"}


def test_out_of_order_and_repeated(control: Control, app: TinyApp) -> None:
    control("POST", "/events", {"licences": [0, 1, 2], "order": "reversed", "repeat": 2, "id": "msg_forced"})
    ids = [entry["headers"]["Webhook-Id"] for entry in app.got(MARKETPLACE)]
    assert ids[:2] == ["msg_forced", "msg_forced"]
    assert len(set(ids)) == 3


def test_flaws(control: Control, sandbox: Sandbox, app: TinyApp) -> None:
    for flaw in ("wrong-signature", "no-signature", "expired", "oversized", "not-json", "not-envelope", "other-body"):
        control("POST", "/events", {"licences": [0], "flaw": flaw})
    wrong, none, expired, oversized, broken, bare, other = app.got(MARKETPLACE)
    assert not _signature(sandbox, wrong)
    assert "Webhook-Signature" not in none["headers"]
    assert int(expired["headers"]["Webhook-Timestamp"]) < time.time() - 300
    assert len(oversized["raw"]) > 1024 * 1024
    assert json.loads(oversized["raw"])["type"] == "licence.observed"
    assert broken["body"] is None
    assert "type" not in bare["body"]
    assert other["body"]["changed"] is True


def test_the_hub_scheme(control: Control, sandbox: Sandbox, app: TinyApp) -> None:
    control("POST", "/events", {"licences": [0], "scheme": "hub"})
    (entry,) = app.got(MARKETPLACE)
    assert entry["headers"]["X-Hub-Signature"] == sign_hub(sandbox.settings.webhook_secret, entry["raw"])
    assert entry["headers"]["X-Atlassian-Webhook-Identifier"].startswith("msg_")


def test_an_order_with_a_typo_or_an_unknown_row_is_400(control: Control) -> None:
    for order in ({"licenses": "all"}, {"licences": ["E-000"]}, {"flaw": "bent"}):
        assert requests.post(control.base + "/events", json=order, timeout=5).status_code == 400


def test_a_new_evaluation_is_reported_and_told(control: Control, sandbox: Sandbox, app: TinyApp) -> None:
    made = control("POST", "/evaluations", {"company": "Neuf SARL", "email": "eva@neuf-exemple.fr"})
    assert made["row"] in sandbox.world.reports.licences
    (entry,) = app.got(MARKETPLACE)
    assert entry["body"]["data"]["contactDetails"]["technicalContact"]["email"] == "eva@neuf-exemple.fr"


def test_a_case_raises_jiras_webhooks(installed: Control, sandbox: Sandbox, app: TinyApp) -> None:
    case = installed("POST", "/cases", {"summary": "Help", "sample": True, "comment": "please"})
    events = {entry["body"]["webhookEvent"] for entry in app.received}
    assert events == {"jira:issue_created", "jira:issue_updated", "attachment_created", "comment_created"}
    assert all(row["acknowledged"] for row in case["deliveries"])
    tenant = sandbox.world.tenants["jira"]
    for entry in app.received:
        token = entry["headers"]["Authorization"].removeprefix("JWT ")
        claims = tokens.verify_request(
            token, [tenant.secret or ""], method="POST", raw_url=entry["url"], base_url=app.url, now=int(time.time())
        )
        assert claims.issuer == tenant.client_key
        assert entry["headers"]["X-Atlassian-Webhook-Identifier"]


def test_webhook_bodies_have_the_shape_of_the_captures(installed: Control, app: TinyApp) -> None:
    case = installed("POST", "/cases", {"summary": "Help", "description": "a\nb", "sample": True})
    created = app.got("/webhooks/jira/issue_created")[0]["body"]
    capture = load("jira-webhooks/webhook-issue-created.json")
    assert set(created) == set(capture)
    assert created["issue"]["fields"]["description"] == "a\nb"
    assert set(created["issue"]["fields"]) - set(capture["issue"]["fields"]) <= {"comment"}
    updated = app.got("/webhooks/jira/issue_updated")[0]["body"]["changelog"]["items"][0]
    expected = load("jira-webhooks/webhook-issue-updated-attachments.json")["changelog"]["items"][0]
    assert set(updated) == set(expected)
    assert (updated["field"], updated["toString"]) == ("Attachment", "Confluence_support_sample.zip")
    installed("DELETE", f"/cases/{case['key']}")
    deleted = app.got("/webhooks/jira/issue_deleted")[0]["body"]
    assert set(deleted) == set(load("jira-webhooks/webhook-issue-deleted.json"))


def test_a_webhook_that_never_arrives_is_listed_as_failed(installed: Control, sandbox: Sandbox, app: TinyApp) -> None:
    app.answers = [500] * 6
    installed("POST", "/cases", {"summary": "Help"})
    answer = Client(sandbox)("GET", "/rest/api/3/webhook/failed")
    (failed,) = answer.json()["values"]
    assert json.loads(failed["body"])["webhookEvent"] == "jira:issue_created"


def test_a_disabled_app_hears_nothing(installed: Control, app: TinyApp) -> None:
    installed("POST", "/disable", {"products": ["jira"]})
    app.received.clear()
    installed("POST", "/cases", {"summary": "Help"})
    assert app.received == []
