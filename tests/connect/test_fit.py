"""Invocation tokens of Forge: each reason to refuse one, by name, and what a good one says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connect.fit import FitVerifier, Invocation, Site, site_of
from connect.http import Outbound
from connect.jwks import KeySet
from connect.tokens import TokenError
from tests.connect import fits
from tests.connect.conftest import pem
from tests.connect.server import Reply, Server
from tests.connect.test_fit_keys import Memory
from tests.contracts import load

Verify = Callable[..., Invocation]
OTHER_APP = "ari:cloud:ecosystem::app/another"


@pytest.fixture
def verifier(install_key: rsa.RSAPrivateKey, server: Server, http: Outbound) -> FitVerifier:
    server.answer = lambda _: Reply(200, {"keys": [fits.jwk(install_key)]})
    keys = KeySet(f"{server.base}/jwks.json", http, Memory(), lambda: fits.NOW)
    return FitVerifier(fits.APP_ID, ["production"], keys)


@pytest.fixture
def verify(verifier: FitVerifier, install_key: rsa.RSAPrivateKey) -> Verify:
    def verify(payload: Any = None, *, key: Any = None, now: int = fits.NOW, **options: Any) -> Invocation:
        token = fits.sign(key or install_key, fits.claims() if payload is None else payload, **options)
        return verifier.verify(token, now)

    return verify


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(TokenError) as refused:
        call()
    return refused.value.code


def test_a_good_token_says_who_calls(verify: Verify) -> None:
    context = {"cloudId": fits.CLOUD_ID, "siteUrl": "https://acme.example"}
    found = verify(fits.claims(context=context, principal="712020:alice"))
    assert found.site == Site("jira", fits.CLOUD_ID, fits.API)
    assert (found.installation_id, found.environment) == (fits.INSTALLATION, "PRODUCTION")
    assert (found.module_key, found.account_id, found.context) == ("issue-events", "712020:alice", context)
    assert (found.token_id, found.issued_at, found.expires_at) == ("5f1d0f0c", fits.NOW, fits.NOW + 25)
    assert found.licence is None


def app(**changes: Any) -> dict[str, Any]:
    return fits.claims(app=fits.app_claims(**changes))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": (fits.claims(iss="forge/other"), "wrong-issuer"),
    "no issuer": (fits.claims(iss=None), "wrong-issuer"),
    "another audience": (fits.claims(aud=OTHER_APP), "wrong-audience"),
    "ours and another": (fits.claims(aud=[fits.APP_ID, OTHER_APP]), "wrong-audience"),
    "ours as a prefix": (fits.claims(aud=fits.APP_ID + "0"), "wrong-audience"),
    "no audience": (fits.claims(aud=None), "wrong-audience"),
    "a token of another app in full": (fits.claims(aud=OTHER_APP, app=fits.app_claims(id=OTHER_APP)), "wrong-audience"),
    "the app is not the audience": (app(id=OTHER_APP), "wrong-app"),
    "no app": (fits.claims(app={}), "wrong-app"),
    "the app is a list": (fits.claims(app=[fits.app_claims()]), "wrong-app"),
    "no id": (fits.claims(jti=None), "no-token-id"),
    "an id that is a number": (fits.claims(jti=7), "no-token-id"),
    "no expiry": (fits.claims(exp=None), "no-times"),
    "no issue time": (fits.claims(iat=None, nbf=None), "no-times"),
    "a time that is text": (fits.claims(exp=str(fits.NOW + 25)), "no-times"),
    "a time that is true": (fits.claims(iat=True), "no-times"),
    "not-before is text": (fits.claims(nbf="now"), "no-times"),
    "expired": (fits.claims(fits.NOW - 36), "expired"),
    "from the future": (fits.claims(fits.NOW + 11), "from-the-future"),
    "not yet": (fits.claims(nbf=fits.NOW + 11), "from-the-future"),
    "a life too long": (fits.claims(exp=fits.NOW + 61), "life-too-long"),
    "dead before it was born": (fits.claims(exp=fits.NOW - 5), "life-too-long"),
    "no installation": (app(installationId=None), "wrong-installation"),
    "a foreign kind of id": (app(installationId="ari:cloud:ecosystem::app/1"), "wrong-installation"),
    "two installations": (app(installation={"id": "ari:cloud:ecosystem::installation/2"}), "wrong-installation"),
    "an installation without id": (app(installation={"contexts": []}), "wrong-installation"),
    "a development build": (app(environment={"type": "DEVELOPMENT"}), "wrong-environment"),
    "no environment": (app(environment=None), "wrong-environment"),
    "another site in the context": (fits.claims(context={"cloudId": "other"}), "wrong-site"),
    "no address": (app(apiBaseUrl=None), "wrong-site"),
    "an address of a site": (app(apiBaseUrl="https://acme.atlassian.net"), "wrong-site"),
    "no module": (app(module=None), "no-module"),
    "a module without a key": (app(module={"type": "core:trigger"}), "no-module"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_by_name(verify: Verify, case: str) -> None:
    payload, code = REFUSED[case]
    assert refusal(lambda: verify(payload)) == code


@pytest.mark.parametrize("seconds", [-10, 35])
def test_clocks_may_differ_by_ten_seconds(verify: Verify, seconds: int) -> None:
    assert verify(now=fits.NOW + seconds).issued_at == fits.NOW


def test_no_other_algorithm_counts(verifier: FitVerifier, install_key: rsa.RSAPrivateKey, verify: Verify) -> None:
    none = jwt.encode(fits.claims(), None, algorithm="none", headers={"kid": fits.KEY_ID})  # type: ignore[arg-type]
    assert refusal(lambda: verifier.verify(none, fits.NOW)) == "wrong-algorithm"
    secret = "a secret that is as long as it takes to be one"
    assert refusal(lambda: verify(key=secret, algorithm="HS256")) == "wrong-algorithm"
    assert refusal(lambda: verify(algorithm="RS512")) == "wrong-algorithm"


def test_the_public_key_is_no_shared_secret(verifier: FitVerifier, install_key: rsa.RSAPrivateKey) -> None:
    class Careless(jwt.algorithms.HMACAlgorithm):
        def prepare_key(self, key: Any) -> bytes:
            return str(key).encode()

    signer = jwt.PyJWS(algorithms=[])
    signer.register_algorithm("HS256", Careless(Careless.SHA256))
    token = signer.encode(b"{}", pem(install_key), algorithm="HS256", headers={"kid": fits.KEY_ID})
    assert refusal(lambda: verifier.verify(token, fits.NOW)) == "wrong-algorithm"


def test_the_signature_has_to_be_of_the_named_key(verify: Verify) -> None:
    stranger = rsa.generate_private_key(65537, 2048)
    assert refusal(lambda: verify(key=stranger)) == "bad-signature"
    assert refusal(lambda: verify(key_id="never-heard-of")) == "unknown-key"
    assert refusal(lambda: verify(key_id=None)) == "no-key-id"


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "x" * 9_000, "ey.ey.ey", "\ud800.b.c"])
def test_what_is_no_token_is_malformed(verifier: FitVerifier, token: str) -> None:
    assert refusal(lambda: verifier.verify(token, fits.NOW)) == "malformed"


@pytest.mark.parametrize("payload", [[], "text", 1])
def test_claims_are_an_object(verify: Verify, payload: Any) -> None:
    assert refusal(lambda: verify(payload)) == "malformed"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=st.sampled_from(["iss", "aud", "iat", "nbf", "exp", "jti", "app", "context", "principal"]), value=json_values
)
def test_odd_claims_are_refused_or_ignored_never_a_crash(verify: Verify, where: str, value: Any) -> None:
    try:
        found = verify({**fits.claims(), where: value})
    except TokenError:
        return
    assert where in ("context", "principal", "nbf", "jti", "exp", "iat") and found.installation_id == fits.INSTALLATION


def test_other_products_of_the_installation_are_told_too(verify: Verify) -> None:
    wiki = fits.API.replace("jira", "confluence")
    contexts = [{"apiBaseUrl": wiki}, {"apiBaseUrl": "https://evil.example/x"}, "odd", {"apiBaseUrl": fits.API}]
    found = verify(app(installation={"id": fits.INSTALLATION, "contexts": contexts}))
    assert [site.product for site in found.sites] == ["jira", "confluence"]
    assert found.sites[1].api_base_url == wiki


@pytest.mark.parametrize(
    "url",
    [
        "http://api.atlassian.com/ex/jira/1",
        "https://api.atlassian.com/ex/jira/1/../2",
        "https://api.atlassian.com/ex/jira/1?x=1",
        "https://a@api.atlassian.com/ex/jira/1",
        "https://api.atlassian.com/ex/bitbucket/1",
        "https:///ex/jira/1",
        "https://[/ex/jira/1",
    ],
)
def test_only_an_address_of_the_api_is_one(url: str) -> None:
    assert site_of(url) is None


def test_the_example_of_atlassians_documentation_is_understood(
    install_key: rsa.RSAPrivateKey, verifier: FitVerifier
) -> None:
    payload = load("forge/fit-example.json")["fit_payload"]
    theirs = FitVerifier(payload["aud"], ["DEVELOPMENT"], verifier._keys)
    found = theirs.verify(fits.sign(install_key, payload), payload["iat"])
    assert found.site.product == "confluence"
    assert (found.account_id, found.module_key) == (payload["principal"], "forge-remote-app-boot")
    assert found.licence is not None and found.licence["isActive"] is True
