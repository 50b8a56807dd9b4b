"""The notice of GDPR Art. 14: to whom it is due, what it tells, and what the ledger says once it was given.

Whoever came from a feed is told where we have their details from, a month after that at the latest and before anything
else is sent (commitment C55). The notice is also what makes legitimate interest a basis at all: for the
address of an organisation, in a country whose law allows it, it is one from then on; else only consent is (CPCE L.34-5;
docs/legitimate-interest.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from babel.dates import format_date
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.consent import EVERY_PURPOSE, Suppression
from models.database import one_at_a_time
from models.marketplace import Licence
from models.people import Person, Prospect
from models.queues import ItemState, OutboxItem
from models.register import LIMITS, PERIODS, RECIPIENTS, Category, Duration, Language
from models.vault import Vault
from services import consent, links, outbox
from services.consent import ConsentState, Entry
from services.marketplace.addresses import corporate_domain
from services.marketplace.people import FIELDS, read_person
from services.reader import countries_of, language_of
from services.retention import clocks

KIND = "notice.send"
TIME = cast(Duration, LIMITS["notice"].value)
# As many as one asking queues: a first import of many years must not become a flood of letters.
MOST = 500
# Where they started what they tried is told of the newest few.
MOST_ORIGINS = 10


@dataclass(frozen=True)
class Notice:
    """What is to be sent to one person. `wording` is made of it, and the ledger keeps its hash."""

    person_id: str
    to: str
    language: Language
    by_interest: bool
    values: dict[str, Any]


def due(session: Session, *, known_before: datetime, limit: int = MOST) -> Sequence[Person]:
    """People who are to be told and are not being told yet, the longest known first.

    Nobody who is erased, restricted, dead, past their period or on the suppression list: the first five can't be
    written to, and whoever objected knows us.
    """
    statement = _waiting().where(Person.first_seen_at <= known_before, Person.id.not_in(_queued()))
    return session.scalars(statement.order_by(Person.first_seen_at, Person.id).limit(limit)).all()


def standing(session: Session, now: datetime) -> dict[str, Any]:
    """`{"due": n, "overdue": n, "first_deadline": ISO or None, "undeliverable": n}`: figures, and nobody's name."""
    waiting = _waiting().with_only_columns(Person.id, Person.first_seen_at).subquery()
    count, first = session.execute(select(func.count(), func.min(waiting.c.first_seen_at))).one()
    late = select(func.count()).where(waiting.c.first_seen_at <= _a_month_before(now))
    aside = (OutboxItem.kind == KIND, OutboxItem.state == ItemState.QUARANTINED)
    return {
        "due": count,
        "overdue": session.scalar(late) or 0,
        "first_deadline": TIME.after(first).isoformat() if first else None,
        "undeliverable": session.scalar(select(func.count()).select_from(OutboxItem).where(*aside)) or 0,
    }


def queue(session: Session, vault: Vault, people: Sequence[Person], now: datetime) -> int:
    """Queue the notice of each; gives how many. The address is looked up when it is sent, and stands nowhere else."""
    for person in people:
        payload = {
            "person": person.id,
            "choices": links.issue(session, vault, kind="choices", person=person, now=now),
            "one_click": links.issue(session, vault, kind="unsubscribe", person=person, now=now),
        }
        outbox.enqueue(
            session, vault, kind=KIND, key=person.id, subject=f"notice:{person.id}", payload=payload, now=now
        )
    return len(people)


def compose(
    session: Session, vault: Vault, person_id: str, *, choices: str, interest_in: Sequence[str]
) -> Notice | None:
    """The notice as it is to be sent now; None where it is not due any more (they objected, are erased, were told).

    `interest_in`: countries, as the Marketplace writes them, where an organisation's address may be written to without
    consent. Whose country is not known is taken to live in the strictest (privacy.md 2.2).
    """
    person = session.scalars(_waiting().where(Person.id == person_id)).one_or_none()
    details = read_person(vault, person) if person is not None else {}
    to = details.get("email")
    if person is None or to is None:
        return None
    licences = session.scalars(
        select(Licence).where(Licence.person_id == person.id).order_by(Licence.started_on.desc(), Licence.id)
    )
    origins = licences.fetchmany(MOST_ORIGINS)
    countries = countries_of(session, person.id)
    language = language_of(to, countries)
    allowed = {country.casefold() for country in interest_in}
    by_interest = corporate_domain(to) is not None and bool(countries) and countries <= allowed
    values = {
        "by_interest": by_interest,
        "choices": choices,
        "held": [name for name in FIELDS if details[name]],
        "apps": sorted({licence.app_name for licence in origins if licence.app_name}),
        "known_since": format_date(person.first_seen_at, "long", "fr_FR" if language == "fr" else "en_GB"),
        "recipients": [
            f"{one.name.in_(language)} ({one.what.in_(language)})"
            for one in RECIPIENTS.values()
            if one.on and Category.IDENTIFICATION in one.categories
        ],
        "kept": PERIODS["identification.prospect"].rule(language),
        "answer": LIMITS["answer"].words(language),
    }
    return Notice(person.id, to, language, by_interest, values)


def given(session: Session, notice: Notice, *, wording: str, now: datetime) -> bool:
    """Enter in the ledger that the person was told; False where they have said something in the meantime.

    Where interest is a basis they may be written to from now on, until they object; else there is none still, and only
    they can make one.
    """
    one_at_a_time(session, "consent")
    if consent.states(session, [notice.person_id]).get(notice.person_id) != ConsentState.NOTICE_DUE:
        return False
    state, basis = (
        (ConsentState.LEGITIMATE_INTEREST, "legitimate_interest")
        if notice.by_interest
        else (ConsentState.UNKNOWN, None)
    )
    entry = Entry(notice.person_id, "prospect", "email", state, "system", "notice", basis=basis, wording=wording)
    consent.append(session, [entry], now)
    return True


def _waiting() -> Select[Person]:
    opted_out = select(Suppression.digest).where(
        Suppression.kind == "email", Suppression.purpose.in_(("prospect", EVERY_PURPOSE))
    )
    return select(Person).where(
        Person.id.in_(consent.people_in(ConsentState.NOTICE_DUE)),
        Person.erased_at.is_(None),
        Person.restricted_at.is_(None),
        Person.deceased_at.is_(None),
        Person.id.not_in(select(Prospect.person_id).where(Prospect.person_id.is_not(None), clocks.over())),
        Person.mailbox_index.not_in(opted_out),
    )


def _queued() -> Select[str]:
    """Whose notice is on its way, or was refused by their mail server: a person has to look at that."""
    return select(OutboxItem.key).where(OutboxItem.kind == KIND, OutboxItem.state != ItemState.DONE)


def _a_month_before(now: datetime) -> datetime:
    return now - (TIME.after(now) - now)
