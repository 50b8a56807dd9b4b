"""A wrong setting stops the start, named, with the reason, and is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.settings import Settings, SettingsError, load_settings

KEYS = {"FAIRTRIAL_SECRET_KEYS": "a-secret-key-for-the-tests"}


def loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **given: str) -> Settings:
    monkeypatch.chdir(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://canary"),
        ("BASE_URL", "http://canary.example"),
        ("BASE_URL", "https://canary:pw@x.example"),
        ("BASE_URL", "https://x.example:99999"),
        ("BASE_URL", "https://x canary.example"),
        ("SECRET_KEYS", "canary"),
        ("ALLOWED_SITES", "https://canary.atlassian.net/"),
        ("ALLOWED_SITES", "*.canary.net"),
        ("STAFF_GROUPS", ","),
        ("INSTALL_KEYS_URLS", "http://canary.example"),
        ("INSTALL_KEYS_URLS", ""),
        ("FORGE_JWKS_URL", "http://canary.example"),
        ("MARKETPLACE_URL", "canary"),
        ("MARKETPLACE_DEVELOPER_ID", "../canary"),
        ("MARKETPLACE_USER", "canary"),
        ("MARKETPLACE_WEBHOOK_SECRETS", "canary"),
        ("SUPPORT_PROJECTS", 'X canary"; DROP'),
        ("EXCHANGE_URL", "http://canary.atlassian.net"),
        ("EXCHANGE_SERVICE_DESK", "canary/../x"),
        ("EXCHANGE_REQUEST_TYPE", "-1 canary"),
        ("POLICY_DIR", "/canary/nowhere"),
        ("POLICY_SPACE", "canary/../y"),
        ("VENDOR_CONTACT_EMAIL", "canary"),
        ("VENDOR_NAME", " "),
        ("LOG_FORMAT", "canary"),
        ("LEASE_SECONDS", "canary"),
    ],
)
def test_a_wrong_one_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(monkeypatch, tmp_path, **KEYS | {f"FAIRTRIAL_{name}": value})
    assert f"FAIRTRIAL_{name.split('_USER')[0]}" in str(refused.value)
    assert "canary" not in str(refused.value)


DESK = {
    "URL": "https://canary.atlassian.net", "USER": "canary@x.example", "TOKEN": "canary", "SERVICE_DESK": "7",
    "REQUEST_TYPE": "8",
}  # fmt: skip


@pytest.mark.parametrize("missing", DESK)
def test_half_a_service_desk_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str) -> None:
    given = {f"FAIRTRIAL_EXCHANGE_{name}": value for name, value in DESK.items()}
    assert loaded(monkeypatch, tmp_path, **KEYS | given).exchange_service_desk == "7"
    monkeypatch.delenv(f"FAIRTRIAL_EXCHANGE_{missing}")
    with pytest.raises(SettingsError, match="FAIRTRIAL_EXCHANGE_URL, _USER") as refused:
        load_settings()
    assert "canary" not in str(refused.value)


def test_a_public_app_needs_keys_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FAIRTRIAL_SECRET_KEYS"):
        loaded(monkeypatch, tmp_path, FAIRTRIAL_BASE_URL="https://app.example.com")


def test_lists_are_split_and_env_files_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FAIRTRIAL_ALLOWED_SITES=a.atlassian.net, b.atlassian.net\n")
    assert loaded(monkeypatch, tmp_path, **KEYS).allowed_sites == ("a.atlassian.net", "b.atlassian.net")
