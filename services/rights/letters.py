"""Letters about requests. Every answer names the remedies and the CNIL; the templates see to it, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from sqlalchemy.orm import Session

from models.rights import RightsCase
from models.vault import Vault
from services import mail
from services.rights import deadlines
from services.rights.cases import contact_of

# Kind of the queued effect that sends a letter.
KIND = "mail.send"


def confirmation(session: Session, vault: Vault, case: RightsCase, *, token: str, now: datetime) -> None:
    """The link by which whoever reads the mailbox shows that the request is theirs (never an identity document)."""
    _send(session, vault, case, "rights_confirm", {"path": f"/privacy/request/{token}"}, token[:12], now)


def received(session: Session, vault: Vault, case: RightsCase, *, now: datetime) -> None:
    """We have the request, and answer by then."""
    _send(session, vault, case, "rights_received", {}, "", now)


def extended(session: Session, vault: Vault, case: RightsCase, *, reason: str, now: datetime) -> None:
    """Two months more are needed, and why."""
    _send(session, vault, case, "rights_extended", {"reason": reason}, "", now)


def information_asked(session: Session, vault: Vault, case: RightsCase, *, now: datetime) -> None:
    """We doubt that it is you, and ask for what only you know."""
    _send(session, vault, case, "rights_information", {}, now.isoformat(), now)


def refused(session: Session, vault: Vault, case: RightsCase, *, reason: str, now: datetime) -> None:
    """No, and why (GDPR Art. 12(4): with the remedies)."""
    _send(session, vault, case, "rights_refused", {"reason": reason}, "", now)


def answer(session: Session, vault: Vault, case: RightsCase, values: Mapping[str, Any], *, now: datetime) -> None:
    """It is done: what, what stays and why."""
    _send(session, vault, case, "rights_answer", values, "", now)


def lifting(session: Session, vault: Vault, case: RightsCase, *, to: str, on: date, now: datetime) -> None:
    """The restriction ends on that day (GDPR Art. 18(3): told before)."""
    _send(session, vault, case, "rights_lifting", {"on": written(on, case.language)}, on.isoformat(), now, to=to)


def written(day: date, language: str) -> str:
    """A day in words: `22 décembre 2026`, `22 December 2026`."""
    return format_date(day, "long", "fr_FR" if language == "fr" else "en_GB")


def _send(
    session: Session,
    vault: Vault,
    case: RightsCase,
    letter: str,
    values: Mapping[str, Any],
    mark: str,
    now: datetime,
    to: str | None = None,
) -> None:
    address = to or contact_of(case, vault)
    if address is None:
        return
    told = {
        "case": case.id,
        "kind": case.kind,
        "received_on": written(deadlines.day_of(case.received_at), case.language),
        "due_on": written(case.due_on, case.language),
    }
    mail.queue_letter(
        session, vault, to=address, language="fr" if case.language == "fr" else "en", letter=letter,
        values=told | dict(values), key=f"{case.id}/{letter}/{mark}", now=now,
    )  # fmt: skip
