"""A case with a configuration, and two of staff who may give it away between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.accountability import Disclosure
from models.database import Database
from models.exchange import ExchangePackage
from models.support import ConfigComponent, ConfigSnapshot, SupportCase
from models.vault import Vault
from services import disclosure
from services.exchange import packages, release, standing
from services.exchange.packages import Wanted

BOB = "bob@nordlicht.example"
SITE = "tenant-1"
COMPONENTS = (
    ("product", "Confluence", "8.5.12"),
    ("database", "PostgreSQL", "15.6"),
    ("app_server", "Apache Tomcat", "9.0.43.0"),
    ("plugin", "Macros of bob@nordlicht.example", "4.3.1"),
)


def case_with_configuration(session: Session, vault: Vault, now: datetime, client_key: str = SITE) -> SupportCase:
    """Case SUP-7 of Bob's."""
    case = SupportCase(
        client_key=client_key, issue_id="10001", issue_key="SUP-7", project_key="SUP", state="open", seen_at=now,
        reporter_index=vault.blind_index("account", "bob"),
    )  # fmt: skip
    row = ConfigSnapshot(
        attachment_id="501", file_name="bobs-server.zip", size=1, format="support-zip", status="parsed",
        facts={"memory_mb": 2048}, redactions=0, parser_version=1, collection_mode="online_support",
        source="jira-attachment", taken_at=now, read_at=now,
    )  # fmt: skip
    row.components = [
        ConfigComponent(kind=kind, name=name, version=version, sort_key="", raw=f"{name} {version} raw", source="a.xml")
        for kind, name, version in COMPONENTS
    ]
    case.snapshots.append(row)
    session.add(case)
    session.flush()
    return case


@dataclass
class World:
    """Short words for what staff do."""

    database: Database
    vault: Vault
    now: datetime

    def propose(self, *, actor: str = "alice", **changes: Any) -> str:
        given = {"case_id": 1, "parts": ("product", "database", "app_server"), "question": "Why is it slow?",
                 "address": BOB}  # fmt: skip
        with self.database.write() as session:
            wanted = Wanted(**(given | changes))
            return packages.propose(session, self.vault, wanted, actor=actor, now=self.now).id

    @contextmanager
    def at(self, package_id: str) -> Iterator[tuple[Session, ExchangePackage]]:
        with self.database.write() as session:
            package = packages.find(session, package_id)
            assert package is not None
            yield session, package

    def approve(self, package_id: str, *, actor: str = "olivia", digest: str | None = None) -> None:
        with self.at(package_id) as (session, package):
            shown = package.digest if digest is None else digest
            packages.approve(session, self.vault, package, digest=shown, actor=actor, now=self.now)

    def save(self, package_id: str, *, actor: str = "olivia") -> None:
        with self.at(package_id) as (session, package):
            release.by_download(session, self.vault, package, actor=actor, now=self.now)

    def content(self, package_id: str) -> bytes | None:
        with self.at(package_id) as (_, package):
            return standing.content_of(self.vault, package)

    def state(self, package_id: str) -> str:
        with self.at(package_id) as (_, package):
            return package.state

    def change(self, version: str = "8.5.13") -> None:
        """An attachment was read that tells another version."""
        with self.database.write() as session:
            component = session.query(ConfigComponent).filter_by(kind="product").one()
            component.version = version

    def disclosures(self) -> list[dict[str, Any]]:
        with self.database.read() as session:
            return disclosure.listed(session)

    def entries(self) -> int:
        with self.database.read() as session:
            return session.query(Disclosure).count()
