"""Whom to tell that what they run reaches the end of its support: case by case, unlike the figures of the fleet.

The app knows no address of who reported a case; Jira is asked for it, and tells or not. Whether somebody may be written
to is for the gate alone to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.support import ConfigComponent
from models.vault import Vault
from services.contact_reasons import REASONS
from services.marketplace.addresses import normal_form
from services.marketplace.people import for_staff, known_by
from services.may_contact import may_contact_many
from services.support import lifecycle
from services.support.fleet import KINDS, newest

# Nobody writes to more in one go; the earliest end comes first.
MOST = 200
ENDS = ("ended", "soon")


@dataclass(frozen=True)
class Affected:
    """A case whose newest configuration is out of support, or will be within a quarter, and what of it:
    `[{kind, name, version, state, until}]`, the earliest end first."""

    issue_id: str
    issue_key: str
    ending: Sequence[Mapping[str, Any]]


def affected(session: Session, client_key: str, today: date) -> list[Affected]:
    """The cases of one site, the earliest end first; of each customer and product the one that tells the newest."""
    found = []
    for case, told in newest(session):
        ending = [part for kind in KINDS if kind in told and (part := _part(told[kind], today))]
        if ending and case.client_key == client_key:
            found.append(Affected(case.issue_id, case.issue_key, sorted(ending, key=_until)))
    return sorted(found, key=lambda one: (_until(one.ending[0]), one.issue_key))[:MOST]


def whom_to_tell(
    session: Session, vault: Vault, found: Sequence[Affected], addresses: Mapping[str, str], now: datetime
) -> list[dict[str, Any]]:
    """A row for each case: `{issue_key, ending, person, name, email, allowed, reasons: {fr, en}}`.

    `addresses`: of who reported them, by the id of the issue, as far as Jira tells. Name and address are there only
    where somebody may be written to.
    """
    people = {issue: _known(session, vault, address) for issue, address in addresses.items()}
    ids = {person.id for person in people.values() if person is not None}
    receipts = may_contact_many(session, sorted(ids), "prospect", "email", now)
    unknown = {"fr": [REASONS["unknown"].fr], "en": [REASONS["unknown"].en]}
    rows = []
    for one in found:
        person = people.get(one.issue_id)
        receipt = receipts[person.id] if person is not None else None
        clear = for_staff(vault, person) if person is not None and receipt is not None and receipt.allowed else {}
        rows.append(
            {
                "issue_key": one.issue_key,
                "ending": [{**part, "until": part["until"].isoformat()} for part in one.ending],
                "person": person.id if person is not None else None,
                "name": clear.get("name"),
                "email": clear.get("email"),
                "allowed": receipt is not None and receipt.allowed,
                "reasons": receipt.reasons if receipt is not None else unknown,
            }
        )
    return rows


def _part(component: ConfigComponent, today: date) -> Mapping[str, Any] | None:
    stand = lifecycle.standing(component.kind, component.name, component.version, today)
    if stand is None or stand.state not in ENDS or stand.until is None:
        return None
    return {
        "kind": component.kind, "name": component.name, "version": component.version, "state": stand.state,
        "until": stand.until,
    }  # fmt: skip


def _known(session: Session, vault: Vault, address: str) -> Any:
    normal = normal_form(address)
    return next(iter(known_by(session, vault, normal)), None) if normal else None


def _until(part: Mapping[str, Any]) -> Any:
    return part["until"]
