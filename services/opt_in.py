"""Consent that a person gives: asked for on their choices page, and given by whoever reads their mailbox.

Staff can make a choices link, so what is ticked there is a request only. A letter goes to the person's own address, and
the button behind its link makes it consent (double opt-in, privacy.md 2.3). What they take back holds at once. An
objection is for ever: for that purpose nothing is offered any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from models.consent import SignedLink
from models.people import Person
from models.register import PURPOSES, Basis, Language
from models.register.purposes import CONTACT
from models.vault import Vault
from services import consent, links, mail
from services.consent import ConsentState, Entry
from services.marketplace.people import living, read_person
from services.may_contact import is_in_force
from services.retention import clocks
from services.rights import budget

# `purpose.channel` of everything that a person may agree to on a page: what rests on consent and reaches them.
OFFERED: Mapping[str, tuple[str, str]] = {
    f"{purpose.id}.{channel}": (purpose.id, str(channel))
    for purpose in PURPOSES.values()
    if purpose.id in consent.PURPOSES and Basis.CONSENT in purpose.bases
    for channel in purpose.channels
    if channel in CONTACT
}
TAKEN_BACK = {
    ConsentState.GRANTED: ConsentState.WITHDRAWN,
    ConsentState.NEEDS_REFRESH: ConsentState.WITHDRAWN,
    ConsentState.REQUESTED: ConsentState.REFUSED,
}


class Letter(StrEnum):
    """What became of the letter that asks for confirmation.

    `too_many`: the address has had enough for this hour; `age`: they did not say that they are old enough (C08, C09).
    """

    NONE = "none"
    SENT = "sent"
    TOO_MANY = "too_many"
    AGE = "age"


def offers(session: Session, person: Person, now: datetime) -> list[dict[str, Any]]:
    """A row a purpose: `{"purpose", "channels": {channel: "given", "asked" or "no"}}`; none that was objected to."""
    said = _said(session, person.id)
    rows: dict[str, dict[str, str]] = {}
    for purpose, channel in OFFERED.values():
        if not consent.suppressed(session, person.mailbox_index, purpose):
            rows.setdefault(purpose, {})[channel] = _standing(said.get((purpose, channel)), channel, now)
    return [{"purpose": purpose, "channels": channels} for purpose, channels in rows.items()]


def choose(
    session: Session,
    vault: Vault,
    person: Person,
    wanted: Collection[str],
    *,
    of_age: bool,
    language: Language,
    wording: str,
    now: datetime,
) -> Letter:
    """What a person left ticked on their page, of OFFERED. What is newly ticked is asked for by letter; what is not
    ticked any more ends at once, whatever becomes of a letter. ValueError for what is not offered."""
    if not set(wanted) <= set(OFFERED):
        raise ValueError("not offered")
    open_to_them = {
        f"{row['purpose']}.{channel}": standing
        for row in offers(session, person, now)
        for channel, standing in row["channels"].items()
    }
    back = [OFFERED[name] for name, standing in open_to_them.items() if standing != "no" and name not in wanted]
    new = [OFFERED[name] for name, standing in open_to_them.items() if standing != "given" and name in wanted]
    said = _said(session, person.id)
    ended = [(pair, TAKEN_BACK[said[pair]["state"]]) for pair in back]
    entries = [Entry(person.id, *pair, state, "person", "choices", wording=wording) for pair, state in ended]
    consent.append(session, entries, now)
    if new and not of_age:
        return Letter.AGE
    return _ask(session, vault, person, new, language, wording, now) if new else Letter.NONE


def asked_for(session: Session, link: SignedLink) -> list[tuple[str, str]]:
    """What the link of a confirmation letter still stands for: `(purpose, channel)`, sorted. A newer letter takes the
    place of an older one."""
    said = _said(session, link.person_id or "")
    return sorted(
        pair
        for pair, entry in said.items()
        if entry["state"] == ConsentState.REQUESTED and entry["since"] == link.issued_at.isoformat()
    )


def answer(session: Session, link: SignedLink, *, yes: bool, wording: str, now: datetime) -> int:
    """The person confirms, or says no; gives how many entries that made. A second time changes nothing."""
    person = living(session, link.person_id)
    if person is None:
        return 0
    state, basis = (ConsentState.GRANTED, "consent") if yes else (ConsentState.REFUSED, None)
    entries = [
        Entry(person.id, *pair, state, "person", "confirmation", basis=basis, wording=wording)
        for pair in asked_for(session, link)
    ]
    consent.append(session, entries, now)
    if yes and entries:
        clocks.contacted(session, person.id, now.date())
    return len(entries)


def _ask(
    session: Session,
    vault: Vault,
    person: Person,
    pairs: Sequence[tuple[str, str]],
    language: Language,
    wording: str,
    now: datetime,
) -> Letter:
    to = read_person(vault, person)["email"]
    if to is None:
        return Letter.NONE
    if not budget.may_mail(session, vault, email=to, now=now):
        return Letter.TOO_MANY
    entries = [
        Entry(person.id, *pair, ConsentState.REQUESTED, "person", "choices", basis="consent", wording=wording)
        for pair in pairs
    ]
    consent.append(session, entries, now)
    token = links.issue(session, vault, kind="confirm", person=person, now=now)
    values = {"path": f"/privacy/confirm/{token}", "lines": in_words(pairs, language)}
    key = f"consent/{person.id}/{now.isoformat()}"
    mail.queue_letter(
        session, vault, to=to, language=language, letter="consent_confirm", values=values, key=key, now=now
    )
    return Letter.SENT


def in_words(pairs: Sequence[tuple[str, str]], language: Language) -> list[str]:
    """Each purpose with its channels, as letter, page and ledger tell them."""
    names = {"email": ("courriel", "e-mail"), "phone": ("téléphone", "telephone"), "fax": ("télécopie", "fax"),
             "post": ("courrier", "post")}  # fmt: skip
    told: dict[str, list[str]] = {}
    for purpose, channel in sorted(pairs):
        told.setdefault(purpose, []).append(names[channel][0 if language == "fr" else 1])
    return [
        f"{PURPOSES[purpose].label.in_(language)}{' :' if language == 'fr' else ':'} {', '.join(channels)}"
        for purpose, channels in told.items()
    ]


def _said(session: Session, person_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(entry["purpose"], entry["channel"]): entry for entry in consent.current(session, person_id)}


def _standing(entry: Mapping[str, Any] | None, channel: str, now: datetime) -> str:
    if entry is None:
        return "no"
    if entry["state"] == ConsentState.REQUESTED:
        return "asked"
    given = entry["state"] == ConsentState.GRANTED and is_in_force(channel, datetime.fromisoformat(entry["since"]), now)
    return "given" if given else "no"
