"""Settings: environment variables with the prefix `FAIRTRIAL_`, and `.env`. A wrong one stops the start, named."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from connect.webhooks import standard_key
from models.register import Vendor

ROOT = Path(__file__).resolve().parents[1]
APP_KEY = "com.alkaes.fairtrial"
FORGE_APP_PREFIX = "ari:cloud:ecosystem::app/"
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}

Items = Annotated[tuple[str, ...], NoDecode]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode]


class SettingsError(Exception):
    """A setting is wrong or missing. The message names it and tells why, and never repeats its value."""


class Settings(BaseSettings):
    """Every setting, its type and its default; docs/configuration.md tells each in words."""

    model_config = SettingsConfigDict(
        env_prefix="FAIRTRIAL_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: str = "sqlite:///var/fairtrial.db"
    redis_url: str | None = None
    # None: beside an SQLite file, in `var/` for a server.
    erasure_journal: Path | None = None
    base_url: str = "http://localhost:8080"
    secret_keys: Secrets = ()
    allowed_sites: Items = ()
    staff_groups: Items = ("prospects-viewers",)
    officer_groups: Items = ("privacy-officers",)
    install_keys_urls: Items = ("https://connect-install-keys.atlassian.com",)
    # Forge Remote is off without an app id.
    forge_app_id: str | None = None
    forge_jwks_url: str = "https://forge.cdn.prod.atlassian-dev.net/.well-known/jwks.json"
    forge_environments: Items = ()
    bridge_url: str = "https://connect-cdn.atl-paas.net/all.js"
    marketplace_url: str = "https://api.atlassian.com/marketplace/rest/3"
    marketplace_developer_id: str | None = None
    marketplace_user: str | None = None
    marketplace_token: SecretStr | None = None
    marketplace_webhook_secrets: Secrets = ()
    # 0: never by itself, only by the command.
    marketplace_poll_minutes: int = Field(default=360, ge=0)
    # How many proxies of ours stand in front: so many addresses of X-Forwarded-For, from the right, are to be believed.
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    # For whoever reads /metrics from another machine.
    metrics_token: SecretStr | None = None
    support_projects: Items = ()
    # The service desk that packages for Atlassian are brought to; without it they are handed over by file.
    exchange_url: str | None = None
    exchange_user: str | None = None
    exchange_token: SecretStr | None = None
    exchange_service_desk: str | None = None
    exchange_request_type: str | None = None
    policy_dir: Path = ROOT / "policy"
    policy_space: str | None = None
    policy_parent: str | None = None
    policy_foreign_edits: Literal["restore", "hold"] = "restore"
    vendor_name: str = "Alkaes Consulting"
    vendor_contact_email: str = "privacy@alkaes.example"
    vendor_address: str = "Alkaes Consulting, France"
    # Without it letters wait.
    smtp_url: SecretStr | None = None
    # After so many days with us people are told where we have their details from; the law gives a month.
    notice_days: int = Field(default=3, ge=0, le=25)
    # Where an organisation's address may be written to on legitimate interest; elsewhere only with consent.
    interest_countries: Items = ("France", "FR")
    lease_seconds: int = Field(default=60, ge=1)
    sweep_seconds: float = Field(default=5, gt=0)
    log_format: Literal["json", "console"] = "json"

    @field_validator(
        "secret_keys",
        "allowed_sites",
        "staff_groups",
        "officer_groups",
        "install_keys_urls",
        "forge_environments",
        "marketplace_webhook_secrets",
        "support_projects",
        "interest_countries",
        mode="before",
    )
    @classmethod
    def split_commas(cls, value: object) -> object:
        """`a, b` becomes `("a", "b")`."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("base_url", "marketplace_url", "forge_jwks_url", "bridge_url")
    @classmethod
    def urls_are_https(cls, value: str) -> str:
        """Without a trailing slash; plain http only on this machine."""
        return _https(value)

    @field_validator("exchange_url")
    @classmethod
    def the_desk_is_reached_by_https(cls, value: str | None) -> str | None:
        """The site, or the address of its API, without what comes below it."""
        return _https(value) if value else None

    @field_validator("exchange_service_desk", "exchange_request_type")
    @classmethod
    def the_desk_has_numbers(cls, value: str | None) -> str | None:
        """They become part of a URL."""
        if value and not re.fullmatch(r"[0-9]{1,18}", value):
            raise ValueError("is not a number")
        return value or None

    @field_validator("install_keys_urls")
    @classmethod
    def key_hosts_are_https(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """One at least: without a key no install can be verified."""
        if not value:
            raise ValueError("names no host")
        return tuple(_https(url) for url in value)

    @field_validator("allowed_sites")
    @classmethod
    def sites_are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """`acme.atlassian.net`, and nothing around it: another spelling would match no site at all."""
        if any(not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?", site) for site in value):
            raise ValueError("each must be a host, as acme.atlassian.net")
        return value

    @field_validator("staff_groups", "officer_groups")
    @classmethod
    def groups_are_named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """An empty list would shut everybody out."""
        if not value:
            raise ValueError("names no group")
        return value

    @field_validator("support_projects")
    @classmethod
    def projects_are_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """As Jira writes them."""
        if any(not re.fullmatch(r"[A-Z][A-Z0-9_]{1,50}", key) for key in value):
            raise ValueError("each must be the key of a Jira project")
        return value

    @field_validator("marketplace_developer_id", "policy_space", "policy_parent")
    @classmethod
    def ids_are_plain(cls, value: str | None) -> str | None:
        """They become part of a URL."""
        if value is not None and not re.fullmatch(r"~?[A-Za-z0-9._-]{1,255}", value):
            raise ValueError("is not an id")
        return value

    @field_validator("policy_dir")
    @classmethod
    def the_policy_is_there(cls, value: Path) -> Path:
        """A relative one starts at the checkout."""
        found = ROOT / value
        if not found.is_dir():
            raise ValueError("is not a folder")
        return found

    @field_validator("vendor_contact_email")
    @classmethod
    def the_contact_is_an_address(cls, value: str) -> str:
        """People write to it for their rights."""
        try:
            return validate_email(value, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError:
            raise ValueError("is not an e-mail address") from None

    @field_validator("vendor_name", "vendor_address")
    @classmethod
    def the_controller_has_a_name(cls, value: str) -> str:
        """The policy names the controller (GDPR Art. 13(1)(a))."""
        if not value.strip():
            raise ValueError("is empty")
        return value

    @field_validator("forge_app_id")
    @classmethod
    def forge_app_ids_are_whole(cls, value: str | None) -> str | None:
        """As the audience of an invocation token has it; the bare id of the developer console is completed."""
        app_id = (value or "").strip().removeprefix(FORGE_APP_PREFIX)
        if not re.fullmatch(r"[0-9A-Za-z-]{0,64}", app_id):
            raise ValueError("is not the id of a Forge app")
        return FORGE_APP_PREFIX + app_id if app_id else None

    @field_validator("database_url")
    @classmethod
    def relative_files_start_at_the_checkout(cls, value: str) -> str:
        """`sqlite:///var/x.db` is the same file from wherever a command is called."""
        if not re.match(r"sqlite:///|postgres(ql)?(\+psycopg)?://", value):
            raise ValueError("must be sqlite:///… or postgresql+psycopg://…")
        name = value.removeprefix("sqlite:///")
        return value if name == value or name.startswith((":", "/")) else f"sqlite:///{ROOT / name}"

    @field_validator("smtp_url")
    @classmethod
    def the_mail_server_is_one(cls, value: SecretStr | None) -> SecretStr | None:
        """`smtp://user:password@host:587`, encrypted by STARTTLS, or `smtps://`."""
        if value is None or not value.get_secret_value():
            return None
        parts = urlsplit(value.get_secret_value())
        try:
            fine = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            fine = False
        if not fine or parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError("must be smtp://… or smtps://…, a host and nothing behind it")
        return value

    @field_validator("marketplace_webhook_secrets")
    @classmethod
    def webhook_secrets_are_standard(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """Each as Standard Webhooks writes them."""
        for secret in value:
            standard_key(secret.get_secret_value())
        return value

    @model_validator(mode="after")
    def a_marketplace_account_is_whole(self) -> Settings:
        """The reports need all three."""
        given = (self.marketplace_developer_id, self.marketplace_user, self.marketplace_token)
        if any(given) and not all(given):
            raise ValueError("FAIRTRIAL_MARKETPLACE_DEVELOPER_ID, _USER and _TOKEN go together")
        return self

    @model_validator(mode="after")
    def a_service_desk_is_whole(self) -> Settings:
        """It needs all five."""
        given = (self.exchange_url, self.exchange_user, self.exchange_token, self.exchange_service_desk,
                 self.exchange_request_type)  # fmt: skip
        if any(given) and not all(given):
            raise ValueError("FAIRTRIAL_EXCHANGE_URL, _USER, _TOKEN, _SERVICE_DESK and _REQUEST_TYPE go together")
        return self

    @model_validator(mode="after")
    def a_public_app_has_its_own_keys(self) -> Settings:
        """Only an app on this machine may run on a key that it made itself."""
        if not self.secret_keys and not self.is_local:
            raise ValueError("FAIRTRIAL_SECRET_KEYS is required when BASE_URL is public")
        if any(len(key.get_secret_value()) < 16 for key in self.secret_keys):
            raise ValueError("FAIRTRIAL_SECRET_KEYS: each key needs 16 characters or more")
        return self

    @property
    def journal_path(self) -> Path:
        """Where erasures and objections are written down outside the database."""
        if self.erasure_journal is not None:
            return ROOT / self.erasure_journal
        name = self.database_url.removeprefix("sqlite:///")
        return Path(f"{name}.erasures") if name != self.database_url else ROOT / "var" / "erasures.journal"

    @property
    def is_local(self) -> bool:
        """Does the app run for this machine alone?"""
        return urlsplit(self.base_url).hostname in LOCAL_HOSTS

    @property
    def forge_callers(self) -> tuple[str, ...]:
        """The types of Forge environment that may call; development builds only an app that is for this machine."""
        return self.forge_environments or (("PRODUCTION", "DEVELOPMENT") if self.is_local else ("PRODUCTION",))

    @property
    def vendor(self) -> Vendor:
        """The controller, as policy and letters name it."""
        return Vendor(name=self.vendor_name, contact_email=self.vendor_contact_email, address=self.vendor_address)

    def keys(self) -> list[str]:
        """The secret keys, newest first; on this machine one is made and kept in `var/secret.key` where none is set."""
        if self.secret_keys:
            return [key.get_secret_value() for key in self.secret_keys]
        return [_local_key(ROOT / "var" / "secret.key")]


def _https(value: str) -> str:
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("is not a URL") from None
    if not re.fullmatch(r"https?", parts.scheme) or not re.fullmatch(r"[A-Za-z0-9.-]+|::1", parts.hostname or ""):
        raise ValueError("is not the URL of a site")
    if not port_is_fine or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("is not the URL of a site")
    if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
        raise ValueError("must be https (http is for localhost alone)")
    return value.rstrip("/")


def load_settings() -> Settings:
    """Settings from the environment; `SettingsError` names the first one that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        prefix = f"FAIRTRIAL_{name}: " if name else ""
        raise SettingsError(prefix + first["msg"].removeprefix("Value error, ")) from None


def _local_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        # A link is made whole or not at all: of two processes that start together, one wins and both read the same key.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()
