"""Calls that were captured, changed or repeated: a good signature is no leave for anything but its own call."""

from __future__ import annotations

import json
import time
from typing import Any

from models.tenants import TenantState
from services.tenants.lifecycle import SAME_SECOND
from tests.connect.attacks.siege import besieged, counts
from tests.handlers.edge import Edge, Site
from tests.handlers.test_lifecycle import NEW_SECRET, state, works

INSTALLED = "/connect/installed"
EVIL = Site("https://other.atlassian.net", "evil", "the-secret-of-an-evil-tenant-that-is-real")


def captured(edge: Edge, event: str, ago: int) -> str:
    """The install token of a call that was made `ago` seconds before now."""
    issued = int(time.time()) - ago
    return f"JWT {edge.install_token(f'/connect/{event}', iat=issued, exp=issued + 900)}"


FOREIGN: list[tuple[str, dict[str, Any]]] = [
    ("foreign-client-key", {"clientKey": "harbour"}),
    ("foreign-client-key", {"clientKey": "EVIL"}),
    ("foreign-client-key", {"clientKey": "evil\u200b"}),
    ("foreign-client-key", {"clientKey": "harbour", "baseUrl": "https://evil.example"}),
    ("another-call", {"key": "com.evil.app"}),
    ("another-call", {"eventType": "uninstalled"}),
    ("another-call", {"eventType": ["installed"]}),
    ("site-not-allowed", {"baseUrl": "https://evil.example"}),
    ("site-not-allowed", {"baseUrl": "https://other.atlassian.net.evil.example"}),
    ("site-not-allowed", {"baseUrl": "https://evil.example/other.atlassian.net"}),
    ("site-not-allowed", {"baseUrl": "https://other.atlassian.net\\@evil.example"}),
    ("site-not-allowed", {"baseUrl": "https://other.atlassian.net:8443"}),
    ("site-not-allowed", {"baseUrl": "https://ｏther.atlassian.net"}),
    ("site-not-allowed", {"baseUrl": "https://other%2eatlassian.net"}),
    ("site-not-allowed", {"baseUrl": "http://other.atlassian.net/../evil"}),
]


def test_a_real_tenant_installs_itself_and_nobody_else(edge: Edge) -> None:
    for code, changes in FOREIGN:
        with besieged(edge) as siege:
            # Atlassian signs it: the tenant is real, and evil.
            answer = edge.lifecycle("installed", EVIL, **changes)
            siege.refused(answer, EVIL.secret, changes, 403)
            assert answer.json["code"] == code, changes


def test_a_swapped_body_brings_no_other_secret_and_no_other_site(edge: Edge) -> None:
    token = captured(edge, "installed", 0)
    body = edge.site.body("installed", sharedSecret=NEW_SECRET)
    assert edge.post(INSTALLED, body, token).status_code == 204
    edge.now += SAME_SECOND * 2
    with besieged(edge) as siege:
        swapped = json.dumps(body | {"sharedSecret": EVIL.secret})
        twice = f'{json.dumps(body)[:-1]}, "sharedSecret": "{EVIL.secret}"}}'
        for one in (swapped, twice):
            siege.refused(edge.post(INSTALLED, one.encode(), token), f"{token}.{EVIL.secret}", one, 409)


def test_a_captured_install_brings_an_old_secret_back_no_more(edge: Edge) -> None:
    first = captured(edge, "installed", 5)
    assert edge.lifecycle("installed", iat=-2, sharedSecret=NEW_SECRET).status_code == 204
    with besieged(edge) as siege:
        for _ in range(3):
            siege.refused(edge.post(INSTALLED, edge.site.body("installed"), first), first, "late", 409)
    assert works(edge, NEW_SECRET)


def test_a_captured_install_raises_nobody_from_the_dead(edge: Edge) -> None:
    first = captured(edge, "installed", 5)
    assert edge.lifecycle("uninstalled").status_code == 204
    with besieged(edge) as siege:
        siege.refused(edge.post(INSTALLED, edge.site.body("installed"), first), first, "late", 409)
    assert state(edge) == TenantState.UNINSTALLED


def test_a_captured_uninstall_removes_nobody_who_came_back(edge: Edge) -> None:
    goodbye = captured(edge, "uninstalled", 3)
    assert edge.post("/connect/uninstalled", edge.site.body("uninstalled"), goodbye).status_code == 204
    assert edge.lifecycle("installed", iat=-1, sharedSecret=NEW_SECRET).status_code == 204
    before, rows = edge.snapshot(), counts(edge)
    # It is no fault of a host to say a thing twice, so it is answered as a repeat, and does nothing.
    assert edge.post("/connect/uninstalled", edge.site.body("uninstalled"), goodbye).status_code == 204
    assert (edge.snapshot(), counts(edge), works(edge, NEW_SECRET)) == (before, rows, True)


def test_a_captured_call_is_good_at_its_own_address_alone(edge: Edge) -> None:
    with besieged(edge) as siege:
        for event, path in (("uninstalled", INSTALLED), ("installed", "/connect/uninstalled")):
            token = captured(edge, event, 0)
            siege.refused(edge.post(path, edge.site.body(path.rpartition("/")[2]), token), token, path)
        for path in ("/connect/enabled", "/webhooks/jira/issue_created"):
            token = captured(edge, path.rpartition("/")[2], 0)
            siege.refused(edge.post(path, {}, token), token, path)


def test_a_captured_install_ends_with_its_token(edge: Edge) -> None:
    old = captured(edge, "installed", 960)
    with besieged(edge) as siege:
        siege.refused(edge.post(INSTALLED, edge.site.body("installed"), old), old, "expired")
