"""The second door: invocation tokens that are forged, meant for another, or used again (connect.md 5.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.connect import fits
from tests.connect.attacks.siege import besieged
from tests.connect.attacks.test_forged import sealed_with
from tests.connect.conftest import pem
from tests.handlers.forge_edge import PATHS, ForgeEdge
from tests.handlers.test_forge import BAD, ISSUE
from tests.handlers.test_guards import zeros

MODULE = "issue-events"
PAGES = {"/forge/panel?issueId=10001": "configuration-panel", "/forge/prospects": "prospects-page"}


def forgeries(forge: ForgeEdge, module: str, thief: rsa.RSAPrivateKey) -> Iterator[tuple[str, str]]:
    """Tokens of whoever knows all of a call but Forge's key."""
    claims = forge.claims(module, principal="alice", context={"cloudId": forge.cloud_id})
    for algorithm in ("none", "None", "HS256", "RS512", "ES256"):
        yield f"algorithm {algorithm}", zeros({"alg": algorithm, "kid": fits.KEY_ID}, claims)
    public = pem(forge.key).encode()
    set_of_keys = json.dumps(fits.jwk(forge.key)).encode()
    for name, secret in {"PEM": public, "PEM stripped": public.strip(), "JWK": set_of_keys}.items():
        yield f"HMAC by the public {name}", sealed_with(secret, {"alg": "HS256", "kid": fits.KEY_ID}, claims)
    yield "another's key", fits.sign(thief, claims)
    yield "another's key by its own id", fits.sign(thief, claims, key_id="thief")
    yield (
        "another's key in the header",
        jwt.encode(
            claims,
            thief,
            "RS256",
            headers={"kid": fits.KEY_ID, "jwk": fits.jwk(thief), "jku": "https://evil.example/k"},
        ),
    )
    for kid in ("../jwks.json", "forge-key-1\0", "forge-key-1 ", "FORGE-KEY-1", "ｆorge-key-1", "", "k" * 5_000):
        yield f"key id {kid[:12]!r}", fits.sign(forge.key, claims, key_id=kid)
    for audience in ([fits.APP_ID, "x"], fits.APP_ID + "0", fits.APP_ID.upper(), [[fits.APP_ID]], {}, None):
        yield f"audience {audience}", fits.sign(forge.key, claims | {"aud": audience})
    yield "Connect's own token", forge.edge.site.context_token()
    yield "Connect's install token", forge.edge.install_token("/connect/installed")
    yield "oversized", fits.sign(forge.key, claims | {"pad": "x" * 8_000})


def test_no_event_and_no_page_takes_a_forgery(forge: ForgeEdge, thief: rsa.RSAPrivateKey) -> None:
    with besieged(forge.edge) as siege:
        for module, path in PATHS.items():
            for name, token in forgeries(forge, module, thief):
                siege.refused(forge.edge.post(path, ISSUE, f"Bearer {token}", **forge.sent), token, (path, name))
        for path, module in PAGES.items():
            for name, token in forgeries(forge, module, thief):
                answer = forge.edge.client.get(path, headers={"Authorization": f"Bearer {token}", **forge.sent})
                siege.refused(answer, token, (path, name))
    assert {forge.call(path, module).status_code for path, module in PAGES.items()} <= {200, 404}
    assert {asked.path for asked in forge.keys.asked} == {"/jwks.json"}


def test_bad_claims_leave_no_trace_either(forge: ForgeEdge) -> None:
    with besieged(forge.edge) as siege:
        for name, changes in BAD.items():
            token = forge.token(MODULE, **changes)
            siege.refused(forge.event("avi:jira:created:issue", ISSUE, token=token), token, name)


def test_a_captured_call_is_of_no_more_use(forge: ForgeEdge) -> None:
    token = forge.token(MODULE)
    assert forge.event("avi:jira:created:issue", ISSUE, token=token).status_code == 200
    with besieged(forge.edge) as siege:
        for event in ("avi:jira:created:issue", "avi:jira:deleted:issue"):
            siege.refused(forge.event(event, {"issue": {"id": "7", "key": "SUP-7"}}, token=token), token, event)
        for path in ("/forge/uninstalled", "/forge/hourly", "/connect/installed", "/webhooks/jira/issue_created"):
            for scheme in ("Bearer", "JWT"):
                siege.refused(forge.edge.post(path, ISSUE, f"{scheme} {token}", **forge.sent), token, path)


def test_a_site_that_is_none_of_ours_gets_in_by_no_door(forge: ForgeEdge) -> None:
    forge.cloud_id, forge.installation = "9999-of-somebody-else", f"{fits.INSTALLATION[:-4]}9999"
    with besieged(forge.edge) as siege:
        for _ in range(3):
            token = forge.token("app-installed")
            siege.refused(forge.send("app-installed", token=token), token, "foreign site", 403)
