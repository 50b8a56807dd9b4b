"""What stands behind an export link: everything held about one person, while both the link and their record last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models.people import Person
from models.register import Language
from models.rights import RightsCase
from models.vault import Vault
from services.rights import links
from services.rights.cases import note
from services.rights.export import export, provided

__all__ = ["Language", "note_download", "view"]


def view(session: Session, vault: Vault, token: str, *, language: Language, now: datetime) -> dict[str, Any] | None:
    """The export, with `kind` of the request and what was `provided` by the person; None for any bad link, and for
    somebody who was erased since the link was made."""
    case = _case(session, vault, token, now)
    if case is None:
        return None
    person = session.get(Person, case.person_ref)
    if person is not None and person.erased_at is not None:
        return None
    told = export(session, vault, case.person_ref, language=language, now=now)
    return told | {
        "kind": case.kind,
        "known": person is not None,
        "provided": provided(session, vault, case.person_ref),
    }


def note_download(session: Session, vault: Vault, token: str, form: str, *, now: datetime) -> None:
    """Put on file that the copy was taken."""
    case = _case(session, vault, token, now)
    if case is not None:
        note(session, case, "downloaded", actor="person", now=now, detail={"format": form})


def _case(session: Session, vault: Vault, token: str, now: datetime) -> RightsCase | None:
    link = links.resolve(session, vault, token, kind="export", now=now)
    return session.get(RightsCase, link.case_id) if link else None
