"""Atlassian's security requirements for cloud apps (docs/security.md), where no other test shows them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError
from werkzeug.test import TestResponse

from handlers.guards import ROUTES, Access
from handlers.lifecycle import rendered_descriptor
from handlers.settings import ROOT, Settings
from tests.handlers.edge import BASE_URL, HOOK_SECRET, Edge
from tests.handlers.test_descriptor import urls
from tests.handlers.test_guards import routes
from tests.test_architecture import tracked

ONE_YEAR = 365 * 24 * 3600
STAFF_RULES = (Access.STAFF, Access.OFFICER)
ADMINISTRATORS_ONLY = ("adminPages", "configurePage", "postInstallPage")
SECRET_TEXTS = re.compile(
    rb"-----BEGIN ([A-Z]+ )?PRIVATE KEY-----|\b(ATATT3x|ATCTT3x)[\w-]{20}|\bgh[ps]_\w{30}|\bAKIA[A-Z0-9]{16}\b"
)
# What redaction has to find there is invented.
INVENTED = {
    "tests/support/test_redaction.py", "tests/support/test_redaction_further.py",
    "tests/support/redaction/secrets.jsonl",
}  # fmt: skip


def require_hard(answer: TestResponse, what: str) -> None:
    """What Atlassian's scanner looks for (3, 7.2, 7.3, 7.4)."""
    headers = answer.headers
    age = re.search(r"max-age=(\d+)", headers["Strict-Transport-Security"])
    assert age and int(age[1]) >= ONE_YEAR, what
    assert headers["Referrer-Policy"] not in ("", "unsafe-url", "no-referrer-when-downgrade"), what
    assert {"no-cache", "no-store"} <= set(re.split(r"\s*,\s*", headers["Cache-Control"])), what
    assert "Set-Cookie" not in headers, what


def test_every_url_of_the_descriptor_is_hardened_for_whoever_asks(edge: Edge) -> None:
    descriptor = json.loads(rendered_descriptor(BASE_URL))
    listed = [*descriptor["lifecycle"].values(), *urls(descriptor["modules"])]
    pages = [url for url in listed if not url.startswith("/static/")]
    assert len(pages) > 10
    for url in pages:
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            for token in ("", "e30.e30.e30", edge.site.token(method, url, sub="alice")):
                answer = edge.client.open(url, method=method, headers={"Authorization": f"JWT {token}"})
                require_hard(answer, f"{method} {url} {answer.status_code}")


def test_no_page_is_an_administrators_by_its_condition_alone() -> None:
    modules = json.loads(rendered_descriptor(BASE_URL))["modules"]
    assert not set(modules) & set(ADMINISTRATORS_ONLY)
    assert "conditions" not in json.dumps(modules)


def test_a_user_who_is_no_staff_opens_nothing_of_staff(edge: Edge) -> None:
    before, seen = edge.snapshot(), 0
    for method, path, access in routes(edge):
        if access in STAFF_RULES:
            for account in ("bob", "mallory", None):
                answer = edge.call(path, edge.site.context_token(account), method)
                codes = {"not-staff", "not-an-officer", "anonymous"}
                assert answer.status_code == 403 and answer.json["code"] in codes, path
            seen += 1
    assert seen == sum(access in STAFF_RULES for access in ROUTES.values()) > 0
    assert edge.snapshot() == before


def test_a_public_address_has_tls_or_the_app_does_not_start() -> None:
    given: dict[str, Any] = {"secret_keys": ("a-secret-key-for-the-tests-of-tls",), "_env_file": None}
    given |= {"allowed_sites": ("other.atlassian.net",)}
    for address in ("http://app.example.com", "ftp://app.example.com", "//app.example.com"):
        with pytest.raises(ValidationError, match="https"):
            Settings(base_url=address, **given)
    assert Settings(base_url="https://app.example.com", **given).base_url


def test_no_secret_lies_in_the_project() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in tracked() if SECRET_TEXTS.search(path.read_bytes())}
    assert found == INVENTED


def test_settings_show_no_secret() -> None:
    planted: dict[str, Any] = {
        "secret_keys": ("canary-key-of-thirty-two-characters",),
        "marketplace_developer_id": "1",
        "marketplace_user": "vendor@example.org",
        "marketplace_token": "canary-token",
        "exchange_url": "https://atlassian.example.org",
        "exchange_user": "vendor@example.org",
        "exchange_token": "canary-of-the-desk",
        "exchange_service_desk": "1",
        "exchange_request_type": "2",
    }
    planted |= {"marketplace_webhook_secrets": (HOOK_SECRET,), "metrics_token": "canary-metrics"}
    settings = Settings(_env_file=None, **planted)
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert not [word for word in ("canary", HOOK_SECRET) if word in shown]


def test_a_browser_keeps_nothing_of_ours() -> None:
    scripts = [path.read_text() for path in tracked() if path.suffix == ".js"]
    assert scripts
    kept = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open")
    assert not [found for script in scripts for found in kept.findall(script)]


def test_nobody_is_asked_for_a_password_or_a_token() -> None:
    pages = [path.read_text() for path in tracked() if path.relative_to(ROOT).parts[0] == "templates"]
    assert pages
    assert not [page for page in pages if re.search(r"""type=["']?password""", page)]


def test_every_component_is_pinned_by_hash_and_none_is_copied_in() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        pins = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())
        pins = [pin for pin in pins if not pin.startswith(("#", "--"))]
        assert pins
        assert [pin.split()[0] for pin in pins if "==" not in pin.split("\n")[0] or "--hash=sha256:" not in pin] == []
    served = [path for path in tracked() if path.relative_to(ROOT).parts[0] == "static"]
    assert [path.name for path in served if path.suffix not in (".css", ".json", ".svg")] == ["fairtrial.js"]


def test_time_limits_for_fixes_are_atlassians() -> None:
    told = re.findall(r"^\| (\w+) \(.+\) \| (\d+) weeks \|$", (ROOT / "SECURITY.md").read_text(), re.M)
    assert told == [("critical", "4"), ("high", "6"), ("medium", "8"), ("low", "25")]
