"""A package leaves: looked at once more, and entered in the register of disclosures in the same transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.exchange import ExchangePackage, PackageState
from models.register import Category
from models.vault import Vault
from services import disclosure
from services.disclosure import Basis
from services.exchange import ExchangeError
from services.exchange.packages import PURPOSE, note
from services.exchange.standing import require_free


def by_download(session: Session, vault: Vault, package: ExchangePackage, *, actor: str, now: datetime) -> None:
    """From now on its file can be saved, by staff who take it to Atlassian themselves."""
    require_approved(package)
    enter(session, vault, package, now)
    package.state, package.handed_over_at = PackageState.HANDED_OVER, now
    note(session, package, "handed-over", actor=actor, now=now)


def enter(session: Session, vault: Vault, package: ExchangePackage, now: datetime) -> None:
    """The last look, and the entry, of which there is one however often this is called. Commit before anything leaves.

    Raises `ExchangeError`, or `RefusedDisclosureError` where the gate stays shut: for everybody who is not listed in
    the register, for anything but configurations, and without a second person.
    """
    require_free(session, vault, package)
    if package.disclosure_id is not None:
        return
    receipt = disclosure.disclose(
        session, recipient="atlassian", subjects=[package.person_ref], categories=[Category.CONFIGURATION],
        basis=Basis.POLICY, purpose=PURPOSE, case=package.case.issue_key[:60], reference=f"sha256:{package.digest}",
        actor=package.asked_ref, approved_by=package.approved_ref, now=now,
    )  # fmt: skip
    package.disclosure_id = receipt.id


def require_approved(package: ExchangePackage) -> None:
    """Raise `ExchangeError` unless somebody has agreed and nobody has handed it over."""
    if package.state != PackageState.APPROVED:
        raise ExchangeError("wrong-state")
