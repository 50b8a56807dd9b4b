"""Installing and removing the app through its front door."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from connect.install_keys import LOOKUPS_PER_MINUTE
from connect.outcomes import UpstreamError
from handlers import work
from models.consent import AuditEvent
from models.database import Database
from models.queues import ItemState, OutboxItem
from models.tenants import InstallKey, Tenant, TenantState
from services import tenants
from services.tenants.secrets import ROTATION_WINDOW
from tests.connect.conftest import pem
from tests.connect.server import Asked, Reply
from tests.contracts import load
from tests.handlers.edge import BASE_URL, KEY_ID, Edge, Site, edge_on

NEW_SECRET = "the-second-secret-of-the-harbour-tenant"


def tenant(edge: Edge, client_key: str = "harbour") -> Tenant | None:
    with edge.parts.database.read() as session:
        return tenants.find(session, client_key)


def state(edge: Edge, client_key: str = "harbour") -> str | None:
    found = tenant(edge, client_key)
    return found and found.state


def works(edge: Edge, secret: str) -> bool:
    """Does a token signed with `secret` open a page?"""
    return edge.page("/staff/prospects", Site(edge.site.base_url, edge.site.client_key, secret)).status_code == 200


def test_an_install_stores_a_sealed_secret_and_what_the_site_says(edge: Edge) -> None:
    found = tenant(edge)
    assert found is not None
    assert (found.state, found.base_url, found.product) == (TenantState.INSTALLED, edge.site.base_url, "jira")
    assert found.oauth_client_id == "oauth-1"
    assert edge.site.secret.encode() not in (found.secret or b"")
    with edge.parts.database.read() as session:
        assert tenants.secrets_of(edge.parts.vault, found, edge.now) == [edge.site.secret]
        assert tenants.installed(session, "jira") is not None
    assert edge.site.secret not in repr(found)


def test_atlassians_sample_calls_are_understood(bare: Edge) -> None:
    samples = load("connect/connect-lifecycle-samples.json")
    sample = samples["installed_connect"] | samples["installed_connect_on_forge_extra"]
    body = sample | {"key": bare.site.body("installed")["key"], "baseUrl": "https://other.atlassian.net"}
    site = Site(body["baseUrl"], body["clientKey"], body["sharedSecret"])
    assert bare.lifecycle("installed", site, **body).status_code == 204
    found = tenant(bare, site.client_key)
    assert found is not None
    assert found.display_url == "https://issues.example.com"
    assert (found.entitlement_id, found.entitlement_number) == ("Entitlement-Id", "Entitlement-Number")
    assert found.installation_id == samples["installed_connect_on_forge_extra"]["installationId"]
    assert bare.page("/staff/prospects", site).status_code == 200  # its secret is shorter than RFC 7518 likes
    goodbye = samples["uninstalled"] | {"key": body["key"]}
    assert bare.lifecycle("uninstalled", site, **goodbye).status_code == 204
    assert state(bare, site.client_key) == TenantState.UNINSTALLED


def test_the_life_of_a_tenant(edge: Edge) -> None:
    seen = []
    for event in ("enabled", "disabled", "enabled", "uninstalled", "installed"):
        assert (
            edge.lifecycle(event, **({"sharedSecret": NEW_SECRET} if event == "installed" else {})).status_code == 204
        )
        seen.append(state(edge))
    assert seen == ["enabled", "disabled", "enabled", "uninstalled", "enabled"]


def test_two_secrets_count_after_a_rotation_and_then_one(edge: Edge) -> None:
    assert edge.lifecycle("installed", sharedSecret=NEW_SECRET).status_code == 204
    assert (works(edge, NEW_SECRET), works(edge, edge.site.secret), works(edge, "x" * 40)) == (True, True, False)
    edge.now += ROTATION_WINDOW
    assert (works(edge, NEW_SECRET), works(edge, edge.site.secret)) == (True, False)


def test_a_stale_secret_is_forgotten_by_the_sweep(edge: Edge) -> None:
    edge.lifecycle("uninstalled")
    found = tenant(edge)
    assert found is not None
    assert (found.secret, found.previous_secret is None) == (None, False)
    edge.now += ROTATION_WINDOW
    work.sweep(edge.parts)
    found = tenant(edge)
    assert found is not None
    assert (found.secret, found.previous_secret, found.previous_until) == (None, None, None)
    assert not works(edge, edge.site.secret)


def test_repeats_change_nothing(edge: Edge) -> None:
    for event, iat in (("installed", -5), ("uninstalled", 0)):
        edge.lifecycle(event, iat=iat)
        before = edge.snapshot()
        edge.now += ROTATION_WINDOW / 3
        for _ in range(2):
            assert edge.lifecycle(event, iat=iat).status_code in (204, 409)
        assert edge.snapshot() == before


def test_late_calls_change_nothing(edge: Edge) -> None:
    assert edge.lifecycle("uninstalled", iat=0).status_code == 204
    before = edge.snapshot()
    late = [edge.lifecycle(event, iat=-3).status_code for event in ("uninstalled", "enabled", "disabled")]
    assert late == [204, 204, 204]
    # A host that is told 204 believes that we have its secret.
    answer = edge.lifecycle("installed", iat=-3, sharedSecret=NEW_SECRET)
    assert (answer.status_code, answer.json["code"]) == (409, "late")
    found = tenant(edge)
    assert found is not None
    assert (found.state, found.secret) == (TenantState.UNINSTALLED, None)
    assert edge.snapshot() != before  # the switch is remembered, and counts for nothing


def test_disabled_beside_uninstalled_in_either_order(edge: Edge) -> None:
    first, second = ("disabled", "uninstalled"), ("uninstalled", "disabled")
    for number, order in enumerate((first, second)):
        edge.lifecycle("installed", iat=number * 2, sharedSecret=f"{NEW_SECRET}-{number}")
        site = Site(edge.site.base_url, "harbour", f"{NEW_SECRET}-{number}")
        assert [edge.lifecycle(event, site, iat=number * 2 + 1).status_code for event in order] == [204, 204]
        assert state(edge) == TenantState.UNINSTALLED


def test_a_captured_install_token_brings_no_other_secret(edge: Edge) -> None:
    now = int(time.time())
    token = edge.install_token("/connect/installed", iat=now, exp=now + 900)
    body = edge.site.body("installed", sharedSecret=NEW_SECRET)
    assert edge.post("/connect/installed", body, f"JWT {token}").status_code == 204
    edge.now += tenants.lifecycle.SAME_SECOND * 2
    before = edge.snapshot()
    evil = edge.post("/connect/installed", body | {"sharedSecret": "of-the-attacker" * 3}, f"JWT {token}")
    assert (evil.status_code, evil.json["code"]) == (409, "replayed")
    assert edge.post("/connect/installed", body, f"JWT {token}").status_code == 204
    assert edge.snapshot() == before


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (403, {"clientKey": "victim"}),
        (403, {"key": "com.evil.app"}),
        (403, {"eventType": "uninstalled"}),
        (403, {"baseUrl": "https://evil.atlassian.net"}),
        (403, {"baseUrl": "https://other.atlassian.net.evil.net"}),
        (403, {"baseUrl": "https://other.atlassian.net@evil.net"}),
        (403, {"baseUrl": "https://evil.net@other.atlassian.net"}),
        (403, {"baseUrl": "https://evil.net#other.atlassian.net"}),
        (403, {"baseUrl": "https://other.atlassian.net/evil"}),
        (403, {"baseUrl": "https://other.atlassian.net?x=1"}),
        (403, {"baseUrl": "https://other.atlassian.net/wiki"}),
        (403, {"baseUrl": "https://other.atlassian.net\n"}),
        (403, {"baseUrl": "ftp://other.atlassian.net"}),
        (403, {"baseUrl": "https://[::1"}),
        (403, {"baseUrl": "//other.atlassian.net"}),
        (403, {"baseUrl": "https://other.atlassian.net", "productType": "confluence"}),
        (400, {"productType": "bitbucket"}),
        (400, {"productType": None}),
        (400, {"sharedSecret": ""}),
        (400, {"sharedSecret": None}),
        (400, {"sharedSecret": 5}),
        (400, {"sharedSecret": "x" * 256}),
        (400, {"sharedSecret": "half a pair \ud800"}),
        (400, {"clientKey": None}),
        (400, {"clientKey": ["harbour"]}),
        (400, {"baseUrl": {}}),
    ],
)
def test_a_body_must_agree_with_its_token_and_our_sites(edge: Edge, status: int, changes: dict[str, Any]) -> None:
    before = edge.snapshot()
    assert edge.lifecycle("installed", **changes).status_code == status
    assert edge.snapshot() == before


@pytest.mark.parametrize("event", ["uninstalled", "enabled", "disabled"])
def test_no_call_reaches_another_tenant(edge: Edge, event: str) -> None:
    victim = Site("https://other.atlassian.net", "victim", "the-secret-of-the-victim-of-this-test")
    assert edge.lifecycle("installed", victim).status_code == 204
    before = edge.snapshot()
    answers = [edge.lifecycle(event, clientKey="victim"), edge.lifecycle(event, key="com.evil.app")]
    answers.append(edge.lifecycle(event, eventType="installed"))
    assert {answer.status_code for answer in answers} == {403}
    assert edge.snapshot() == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 9_000, b'{"clientKey": NaN}'])
def test_malformed_bodies_are_400(edge: Edge, body: bytes) -> None:
    before = edge.snapshot()
    for event in ("installed", "uninstalled"):
        path = f"/connect/{event}"
        answer = edge.post(path, body, f"JWT {edge.install_token(path)}")
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert edge.post("/connect/enabled", body, f"JWT {edge.site.token('POST', '/connect/enabled')}").status_code == 400
    assert edge.snapshot() == before


def test_an_oversized_body_is_413(edge: Edge) -> None:
    answer = edge.lifecycle("installed", description="x" * 1024 * 1024)
    assert (answer.status_code, state(edge)) == (413, TenantState.INSTALLED)


def test_odd_optional_fields_never_break_an_install(edge: Edge) -> None:
    odd: list[Any] = ["\0", "\ud800", "x" * 10_000, {}, [], 10**400, True, "javascript:alert(1)", "https://a b", "é"]
    for number, value in enumerate(odd):
        fields = ("displayUrl", "oauthClientId", "entitlementId", "entitlementNumber", "installationId", "description")
        answer = edge.lifecycle(
            "installed", iat=number, sharedSecret=f"{NEW_SECRET}-{number}", **dict.fromkeys(fields, value)
        )
        assert answer.status_code == 204, value
    found = tenant(edge)
    assert found is not None
    assert (found.display_url, found.entitlement_id) == (found.base_url, "é")


def test_a_public_app_takes_no_site_without_tls(database: Database, install_key: rsa.RSAPrivateKey) -> None:
    with edge_on(database, install_key, base_url="https://app.example.com") as edge:
        body = edge.site.body("installed")
        claims: dict[str, Any] = {"aud": ["https://app.example.com"]}
        answer = edge.post("/connect/installed", body, f"JWT {edge.install_token('/connect/installed', **claims)}")
        assert (answer.status_code, answer.json["code"]) == (403, "site-not-allowed")


def test_a_token_for_our_old_address_is_refused(edge: Edge) -> None:
    path = "/connect/installed"
    for audience, status in (
        (BASE_URL + "/", 204),
        (["https://x.example", BASE_URL], 204),
        (["https://x.example"], 401),
    ):
        token = edge.install_token(path, aud=audience)
        assert edge.post(path, edge.site.body("installed"), f"JWT {token}").status_code == status


# Install keys, through the real route.


def test_a_key_is_fetched_once_and_outlives_process_and_key_host(
    edge: Edge, database: Database, install_key: rsa.RSAPrivateKey
) -> None:
    assert [asked.url for asked in edge.keys.asked] == [f"/{KEY_ID}"]
    with database.read() as session:
        assert session.scalars(select(InstallKey.pem)).all() == [pem(install_key)]
    with edge_on(database, install_key) as restarted:
        restarted.keys.answer = lambda _: Reply(500)
        assert restarted.lifecycle("installed").status_code == 204
        assert restarted.keys.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(403),
        Reply(302, b"", {"Location": "/asap/key-1"}),
        Reply(200, b"<html>hello</html>"),
        Reply(200, b""),
        Reply(200, pem(rsa.generate_private_key(65537, 1024)).encode()),  # noqa: S505 - that is the point
        Reply(raw=lambda write: write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n-----BEGIN")),
        Reply(raw=lambda write: None),
    ],
)
def test_a_key_host_that_is_down_or_lies_only_delays_an_install(bare: Edge, reply: Reply) -> None:
    good, bare.keys.answer = bare.keys.answer, lambda _: reply
    before = bare.snapshot()
    answer = bare.lifecycle("installed")
    assert (answer.status_code, answer.json["code"]) == (503, "upstream")
    assert int(answer.headers["Retry-After"]) > 0
    assert bare.snapshot() == before
    bare.keys.answer = good
    assert bare.lifecycle("installed").status_code == 204


def test_a_lying_key_host_cannot_vouch_for_another_key(bare: Edge) -> None:
    lie = pem(rsa.generate_private_key(65537, 2048)).encode()
    bare.keys.answer = lambda _: Reply(200, lie)
    assert bare.lifecycle("installed").status_code == 401
    assert tenant(bare) is None


def test_floods_of_unknown_keys_are_rationed_and_known_keys_go_on(edge: Edge) -> None:
    path = "/connect/installed"
    edge.keys.asked.clear()
    statuses = [
        edge.post(path, {}, f"JWT {edge.install_token(path, kid=f'invented-{number}')}").status_code
        for number in range(LOOKUPS_PER_MINUTE + 5)
    ]
    assert (statuses[0], statuses[-1], set(statuses)) == (401, 503, {401, 503})
    assert len(edge.keys.asked) < LOOKUPS_PER_MINUTE + 1
    assert edge.lifecycle("installed", sharedSecret=NEW_SECRET).status_code == 204


# Two tenants at one address.


def accepting(edge: Edge, *client_keys: str) -> None:
    """The site takes the secrets of these tenants and of no others."""

    def answer(asked: Asked) -> Reply:
        token = asked.headers["Authorization"].removeprefix("JWT ")
        audience = jwt.decode(token, options={"verify_signature": False})["aud"]
        return Reply(200, {"key": "x", "state": "ENABLED"}) if audience[0] in client_keys else Reply(401)

    edge.jira.answer = answer


def newcomer(edge: Edge, client_key: str = "harbour-2") -> Site:
    return Site(edge.site.base_url, client_key, f"the-secret-of-the-newcomer-{client_key}")


def chosen(edge: Edge) -> str | None:
    with edge.parts.database.read() as session:
        found = tenants.installed(session, "jira")
        return found and found.client_key


def test_a_site_import_retires_the_old_tenant_once_the_site_says_so(edge: Edge) -> None:
    accepting(edge, "harbour-2")
    edge.now += ROTATION_WINDOW
    assert edge.lifecycle("installed", newcomer(edge)).status_code == 204
    assert (state(edge), chosen(edge)) == (TenantState.INSTALLED, "harbour")  # nothing on its word alone
    work.drain(edge.parts)
    old = tenant(edge)
    assert old is not None
    assert (old.state, old.secret, old.uninstalled_at) == (TenantState.UNINSTALLED, None, edge.now)
    assert chosen(edge) == "harbour-2"
    with edge.parts.database.read() as session:
        assert session.scalars(select(AuditEvent.action)).all() == ["tenant.superseded"]


def test_a_host_that_has_not_stored_its_secret_yet_is_asked_again(edge: Edge) -> None:
    accepting(edge)
    edge.lifecycle("installed", newcomer(edge))
    work.drain(edge.parts)
    assert (state(edge), chosen(edge)) == (TenantState.INSTALLED, "harbour")
    accepting(edge, "harbour-2")
    edge.now += ROTATION_WINDOW
    work.drain(edge.parts)
    assert (state(edge), chosen(edge)) == (TenantState.UNINSTALLED, "harbour-2")


def test_a_liar_who_claims_our_address_retires_nobody(edge: Edge) -> None:
    accepting(edge, "harbour")
    liar = newcomer(edge, "liar")
    assert edge.lifecycle("installed", liar).status_code == 204
    for _ in range(20):
        work.drain(edge.parts)
        edge.now += ROTATION_WINDOW * 5
    assert (state(edge), chosen(edge)) == (TenantState.INSTALLED, "harbour")
    with edge.parts.database.read() as session:
        (item,) = session.scalars(select(OutboxItem))
    assert item.state == ItemState.QUARANTINED
    # Its pages ask the real site with its own secret, and that says no.
    assert edge.call("/staff/api/prospects", liar.context_token()).status_code == 403


def test_a_liar_is_out_as_soon_as_the_real_one_is_installed_again(edge: Edge) -> None:
    accepting(edge, "harbour")
    liar = newcomer(edge, "liar")
    edge.lifecycle("installed", liar, iat=-2)
    assert edge.lifecycle("installed", iat=-1, sharedSecret=NEW_SECRET).status_code == 204
    assert chosen(edge) == "harbour"
    work.drain(edge.parts)
    assert (state(edge), state(edge, "liar")) == (TenantState.INSTALLED, TenantState.UNINSTALLED)
    # Having been there before counts for nothing.
    assert edge.lifecycle("installed", Site(liar.base_url, "liar", NEW_SECRET), iat=5).status_code == 204
    assert (state(edge, "liar"), chosen(edge)) == (TenantState.INSTALLED, "harbour")


@pytest.mark.parametrize("reply", [Reply(500), Reply(403), Reply(404), Reply(200, b"x"), Reply(302)])
def test_an_outage_proves_nothing(edge: Edge, reply: Reply) -> None:
    edge.jira.answer = lambda _: reply
    edge.lifecycle("installed", newcomer(edge))
    work.drain(edge.parts)
    assert (state(edge), chosen(edge)) == (TenantState.INSTALLED, "harbour")


def test_a_tenant_that_came_back_while_the_site_was_asked_is_not_retired(edge: Edge) -> None:
    edge.lifecycle("installed", newcomer(edge))
    old, new = tenant(edge), tenant(edge, "harbour-2")
    assert old is not None
    assert new is not None
    edge.lifecycle("installed", sharedSecret=NEW_SECRET)
    with edge.parts.database.write() as session:
        assert not tenants.settle(session, edge.parts.vault, new, [old], edge.now)
    assert state(edge) == TenantState.INSTALLED


def test_a_tenant_without_a_secret_is_no_host(edge: Edge) -> None:
    edge.lifecycle("uninstalled")
    edge.now += ROTATION_WINDOW
    found = tenant(edge)
    assert found is not None
    with pytest.raises((LookupError, UpstreamError)):
        edge.parts.jira_for(found)
