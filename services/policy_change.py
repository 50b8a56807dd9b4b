"""What a material change of the policy means for people: whom it is told to, and which consents it asks for anew.

Consent was given to what the policy said then. When a clause changes that a purpose rests on, consent to that purpose
counts no longer from the day the new text applies, until it is given again (privacy.md 2.3; WP260 rev.01, 29).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from models.consent import ConsentEvent
from models.people import Person, Prospect
from models.policy import PolicyVersion
from models.queues import OutboxItem
from models.register import LANGUAGES, PURPOSES, Language
from models.vault import Vault
from services import consent, links, opt_in, outbox
from services.consent import ConsentState
from services.marketplace.people import read_person
from services.policy.versions import changes, day_words, text_of
from services.reader import countries_of, language_of
from services.retention import clocks

KIND = "policy.letter"
# As many as one asking queues.
MOST = 500
# Whoever we may write to, or could: the others meet the policy where we answer them.
CONCERNED = (ConsentState.LEGITIMATE_INTEREST, ConsentState.GRANTED, ConsentState.NEEDS_REFRESH)


def touched(session: Session, number: int) -> frozenset[str]:
    """The purposes that rest on a clause which version `number` has changed; every one where the text does not say
    what a clause is about."""
    carried = [
        set(clause.get("commitments") or ())
        for language in LANGUAGES
        for change in changes(session, number - 1, number, language)
        for clause in _clauses(session, number, language, change.id)
    ]
    if not carried:
        return frozenset()
    spoken_of = set().union(*carried)
    by_name = {name for name in consent.PURPOSES if spoken_of & set(PURPOSES[name].commitments)}
    if not all(carried):
        return frozenset(consent.PURPOSES)
    silent = {name for name in consent.PURPOSES if not PURPOSES[name].commitments}
    return frozenset(by_name | silent if by_name else by_name)


def asked_anew(session: Session, now: Any) -> dict[str, int]:
    """For each purpose the newest version in force before which consent to it counts no longer."""
    material = select(PolicyVersion.number).where(
        PolicyVersion.material, PolicyVersion.number > 1, PolicyVersion.effective_at <= now
    )
    found: dict[str, int] = {}
    for number in session.scalars(material.order_by(PolicyVersion.number)):
        found |= dict.fromkeys(touched(session, number), number)
    return found


def due(session: Session, limit: int = MOST) -> tuple[int, Sequence[Person]] | None:
    """The newest material change and people who are to be told of it and are not being told yet; None without any."""
    newest = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.material, PolicyVersion.number > 1)
        .order_by(PolicyVersion.number.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return None
    told = (
        select(OutboxItem.id)
        .where(OutboxItem.kind == KIND, OutboxItem.key == literal(f"{newest.number}/").concat(Person.id))
        .exists()
    )
    people = _concerned().where(Person.first_seen_at < newest.registered_at, ~told)
    return newest.number, session.scalars(people.order_by(Person.id).limit(limit)).all()


def queue(session: Session, vault: Vault, number: int, people: Sequence[Person], now: Any) -> None:
    """Queue the letter to each; the address is looked up when it is sent."""
    for person in people:
        payload = {
            "person": person.id,
            "version": number,
            "choices": links.issue(session, vault, kind="choices", person=person, now=now),
            "one_click": links.issue(session, vault, kind="unsubscribe", person=person, now=now),
        }
        subject = f"{KIND}:{person.id}"
        outbox.enqueue(
            session, vault, kind=KIND, key=f"{number}/{person.id}", subject=subject, payload=payload, now=now
        )


def compose(
    session: Session, vault: Vault, person_id: str, number: int, *, choices: str
) -> tuple[str, Language, dict[str, Any]] | None:
    """Address, language and values of the letter; None where there is nobody to be told any more."""
    person = session.scalars(_concerned().where(Person.id == person_id)).one_or_none()
    to = read_person(vault, person)["email"] if person is not None else None
    version = session.get(PolicyVersion, number)
    if person is None or to is None or version is None:
        return None
    language = language_of(to, countries_of(session, person.id))
    asks = touched(session, number)
    given = [
        (entry["purpose"], entry["channel"])
        for entry in consent.current(session, person.id)
        if entry["purpose"] in asks and _has_to_be_given_anew(entry, number)
    ]
    values = {
        "choices": choices,
        "day": day_words(version.effective_at.date(), language),
        "clauses": [change.heading(language) for change in changes(session, number - 1, number, language)],
        "asked": opt_in.in_words(given, language),
    }
    return to, language, values


def _has_to_be_given_anew(entry: dict[str, Any], number: int) -> bool:
    if entry["state"] == ConsentState.GRANTED:
        return (entry["policy_version"] or 0) < number
    return bool(entry["state"] == ConsentState.NEEDS_REFRESH)


def _concerned() -> Any:
    newest = select(func.max(ConsentEvent.seq)).group_by(
        ConsentEvent.person_ref, ConsentEvent.purpose, ConsentEvent.channel
    )
    people = select(ConsentEvent.person_ref).where(ConsentEvent.seq.in_(newest), ConsentEvent.state.in_(CONCERNED))
    over = select(Prospect.person_id).where(Prospect.person_id.is_not(None), clocks.over())
    return select(Person).where(
        Person.id.in_(people),
        Person.erased_at.is_(None),
        Person.restricted_at.is_(None),
        Person.deceased_at.is_(None),
        Person.id.not_in(over),
    )


def _clauses(session: Session, number: int, language: Language, clause_id: str) -> list[dict[str, Any]]:
    """The clause as the new text has it, or, where it was taken out, as the old one had it."""
    for version in (number, number - 1):
        text = text_of(session, version, language)
        found = [clause for clause in text.clauses if clause["id"] == clause_id] if text else []
        if found:
            return found
    return []
