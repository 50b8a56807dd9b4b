"""People and things of known age, for tests of what is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.database import Database
from models.people import Person
from models.support import ConfigComponent, ConfigSnapshot, SupportCase
from models.vault import Vault
from services.marketplace.people import person_id
from services.marketplace.poll import take_all
from services.marketplace.relink import relink
from tests.handlers.faces import evaluation

YEAR = timedelta(days=366)
OLD, NEW, CLIENT, FORMER = "old@alt.example", "new@neu.example", "client@kunde.example", "former@weg.example"


def row(number: int, email: str, started: str, **changes: Any) -> dict[str, Any]:
    """One licence of one person at a company of their own."""
    found = evaluation(number, email.split("@")[0].title(), email, lastUpdated=changes.pop("updated", started))
    found["contactDetails"]["technicalContact"]["phone"] = f"+33 1 00 00 00 0{number}"
    found["contactDetails"]["company"] = email.split("@")[1]
    found |= {"maintenanceStartDate": started, "latestEvaluationStartDate": started, "maintenanceEndDate": started}
    return found | changes


def settle(database: Database, vault: Vault, now: datetime, rows: list[dict[str, Any]]) -> None:
    """The feed comes, and who belongs to whom is worked out."""
    take_all(database, vault, rows, source="file", as_of=None, now=now)
    relink(database, vault, now)


def prospects(database: Database, vault: Vault, now: datetime, count: int = 1) -> None:
    """`count` people whose three years are over, and one whose are not."""
    rows = [row(n + 1, f"old{n}@alt{n}.example" if count > 1 else OLD, "2023-11-01") for n in range(count)]
    settle(database, vault, now, [*rows, row(count + 1, NEW, "2023-11-23")])


def person(session: Session, vault: Vault, email: str) -> Person:
    """The record of whoever has this address."""
    return session.get_one(Person, person_id(vault, email))


def configuration(session: Session, mode: str, taken_at: datetime, number: int = 1) -> int:
    """A case with one snapshot; gives the id of the snapshot."""
    case = SupportCase(client_key="harbour", issue_id=str(number), issue_key=f"SUP-{number}", project_key="SUP",
                       state="open", created_at=taken_at, seen_at=taken_at)  # fmt: skip
    snapshot = ConfigSnapshot(attachment_id=str(number), file_name="support.zip", size=1, status="parsed", facts={},
                              redactions=0, parser_version=1, collection_mode=mode, source="jira", taken_at=taken_at,
                              read_at=taken_at)  # fmt: skip
    snapshot.components.append(ConfigComponent(kind="product", name="Jira", sort_key="", raw="", source=""))
    case.snapshots.append(snapshot)
    session.add(case)
    session.flush()
    return snapshot.id
