"""What a person sees of themselves behind a signed link, and the objection they make there. Works after erasure too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.consent import SignedLink
from models.marketplace import Licence
from models.people import Organisation, Prospect
from models.vault import Vault
from services import audit, consent, links, opt_in
from services.marketplace.people import living, read_person

PURPOSE = "prospect"
# As many as a page can tell of, not as many as a person may have.
MOST_ORIGINS = 50


def link_for(session: Session, vault: Vault, prospect_id: str, *, actor: str, now: datetime) -> str | None:
    """The token of a new choices link for the person of a prospect, journalled; None where there is no such person."""
    prospect = session.get(Prospect, prospect_id)
    person = living(session, prospect.person_id if prospect else None)
    if person is None:
        return None
    audit.record(session, actor=actor, action="choices.link", subject=prospect_id, purpose="rights", now=now)
    return links.issue(session, vault, kind="choices", person=person, now=now)


def view(session: Session, vault: Vault, link: SignedLink, now: datetime) -> dict[str, Any]:
    """What is told to the person behind `link` (commitment C34); changes nothing.

    `{known, name, email (masked), organisation, origin [{app, on}], consent [as consent.current], objected, offers
    [as opt_in.offers]}`
    """
    person = living(session, link.person_id)
    if person is None:
        objected = consent.suppressed(session, link.mailbox_index, PURPOSE)
        return {"known": False, "consent": [], "objected": objected, "offers": []}
    details = read_person(vault, person)
    statement = select(Licence).where(Licence.person_id == person.id).order_by(Licence.started_on, Licence.id)
    licences = session.scalars(statement.limit(MOST_ORIGINS)).all()
    return {
        "known": True,
        "name": details["name"],
        "email": masked(details["email"]),
        "organisation": _organisation(session, licences[-1].organisation_id) if licences else None,
        "origin": [{"app": licence.app_name, "on": licence.started_on} for licence in licences],
        "consent": consent.current(session, person.id),
        "objected": consent.suppressed(session, person.mailbox_index, PURPOSE),
        "offers": [] if person.restricted_at or person.deceased_at else opt_in.offers(session, person, now),
    }


def object_to_prospecting(session: Session, link: SignedLink, *, wording: str, now: datetime) -> None:
    """Record the objection of the person behind `link`: at once, no reason asked (GDPR Art. 21(2), commitment C75).

    For somebody erased the digest in the link still stops any new contact. Twice is once.
    """
    person = living(session, link.person_id)
    if person is None:
        consent.suppress(session, link.mailbox_index, PURPOSE, "objected", now)
    else:
        consent.object_to(session, person, purpose=PURPOSE, source=link.kind, wording=wording, now=now)


def masked(email: str | None) -> str | None:
    """`alice@example.org` becomes `a•••@example.org`: its owner knows it, somebody else learns little."""
    if email is None:
        return None
    local, _, domain = email.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}•••@{domain}"


def _organisation(session: Session, organisation_id: str | None) -> str | None:
    organisation = session.get(Organisation, organisation_id) if organisation_id else None
    return (organisation.name or organisation.domain) if organisation else None
