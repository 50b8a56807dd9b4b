"""Installations of the app by Forge, the tokens that spoke for them, and Forge's public keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Instant, held
from models.register import Category
from models.tenants import Tenant


class ForgeInstallation(Base):
    """One product of one Forge installation. It is a second door to a tenant, which Connect may have made before.

    An installation id is stable over upgrades, and new after a re-install: the tenant stays.
    """

    __tablename__ = "forge_installations"
    __table_args__ = (UniqueConstraint("installation_id", "product"),)

    id: Mapped[int] = held(Category.OPERATIONS, primary_key=True)
    installation_id: Mapped[str] = held(Category.OPERATIONS, String(255))
    product: Mapped[str] = held(Category.OPERATIONS, String(20))
    tenant_id: Mapped[int] = held(Category.OPERATIONS, ForeignKey("tenants.id"), index=True)
    cloud_id: Mapped[str] = held(Category.OPERATIONS, String(64), index=True)
    api_base_url: Mapped[str] = held(Category.OPERATIONS, String(300))
    environment_id: Mapped[str | None] = held(Category.OPERATIONS, String(255))
    app_version: Mapped[str | None] = held(Category.OPERATIONS, String(255))
    # The newest system token, sealed, and until when it may be used.
    token: Mapped[bytes | None] = held(Category.OPERATIONS, LargeBinary)
    token_until: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)
    # `iat` of the newest token that brought the installation, and of the one that took it away.
    arrived_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
    uninstalled_at: Mapped[datetime | None] = held(Category.OPERATIONS, Instant)

    tenant: Mapped[Tenant] = relationship()


class SpentToken(Base):
    """The `jti` of an invocation token that has counted, as its digest, until the token has expired anyway."""

    __tablename__ = "forge_spent_tokens"

    digest: Mapped[str] = held(Category.OPERATIONS, String(64), primary_key=True)
    expires_at: Mapped[datetime] = held(Category.OPERATIONS, Instant, index=True)


class ForgeKey(Base):
    """A public key of the last key set that Forge served."""

    __tablename__ = "forge_keys"

    key_id: Mapped[str] = held(Category.OPERATIONS, String(200), primary_key=True)
    pem: Mapped[str] = held(Category.OPERATIONS, Text)
    fetched_at: Mapped[datetime] = held(Category.OPERATIONS, Instant)
