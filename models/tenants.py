"""Sites that have installed the app, and the keys that sign their installs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, LargeBinary, String, Text
from sqlalchemy.orm import Mapped

from models.base import Base, Instant, held
from models.register import Category


class TenantState(StrEnum):
    """Life of an installation. `uninstalled` is left by a new `installed` only."""

    INSTALLED = "installed"
    ENABLED = "enabled"
    DISABLED = "disabled"
    UNINSTALLED = "uninstalled"


class Tenant(Base):
    """One installation on one product of a site. `client_key` is the identity that Atlassian gives it."""

    __tablename__ = "tenants"
    __table_args__ = (CheckConstraint("state IN ('installed', 'enabled', 'disabled', 'uninstalled')", name="state"),)

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    client_key: Mapped[str] = held(Category.OPERATIONS, String(255), unique=True)
    product: Mapped[str] = held(Category.OPERATIONS, String(20))
    base_url: Mapped[str] = held(Category.OPERATIONS, String(300), index=True)
    display_url: Mapped[str] = held(Category.OPERATIONS, String(300))
    state: Mapped[str] = held(Category.OPERATIONS, String(20))
    secret: Mapped[bytes | None] = held(Category.OPERATIONS, LargeBinary)
    previous_secret: Mapped[bytes | None] = held(Category.OPERATIONS, LargeBinary)
    previous_until: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    oauth_client_id: Mapped[str | None] = held(Category.OPERATIONS, String(255))
    entitlement_id: Mapped[str | None] = held(Category.OPERATIONS, String(255))
    entitlement_number: Mapped[str | None] = held(Category.OPERATIONS, String(255))
    installation_id: Mapped[str | None] = held(Category.OPERATIONS, String(255))
    # Each kind of call keeps the `iat` of its newest; the state is a function of them, so no order can spoil it.
    installed_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    # Also the start of the retention clock.
    uninstalled_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    switched_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    switched_on: Mapped[bool | None] = held(Category.OPERATIONS)
    # By our own clock.
    secret_taken_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    # Another living tenant has the same address: which of the two the site itself knows is still to be asked.
    unproven: Mapped[bool] = held(Category.OPERATIONS, default=False)


class InstallKey(Base):
    """A public key of Atlassian's, kept for ever: a rotation always makes a new `kid` (connect.md 1.2)."""

    __tablename__ = "install_keys"

    key_id: Mapped[str] = held(Category.OPERATIONS, String(200), primary_key=True)
    pem: Mapped[str] = held(Category.OPERATIONS, Text)
    fetched_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
