"""Versions of the policy: each text that ever applied stays readable, and what changed is told clause by clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.policy import PolicyText, PolicyVersion
from models.register import LANGUAGES, Language
from services.policy.change_words import Change
from services.policy.render import clause_text, to_html, to_plain
from services.policy.text import Policy

IN_FORCE = {
    "fr": "Version {number}, en vigueur depuis le {day}",
    "en": "Version {number}, in force since {day}",
}


@dataclass(frozen=True)
class Edition:
    """A version without its text."""

    number: int
    digest: str
    effective_at: datetime
    author: str | None = None
    material: bool = True

    def words(self, language: Language) -> str:
        """`Version 2, in force since 22 November 2026` (the UTC day)."""
        return IN_FORCE[language].format(number=self.number, day=day_words(self.effective_at.date(), language))


def record(
    session: Session,
    policy: Policy,
    now: datetime,
    *,
    effective_at: datetime | None = None,
    author: str | None = None,
) -> Edition:
    """The version that has this text: the latest one if its digest is the same, else a new one, stored rendered.

    `author`: our name for who made it known (`account_ids.ref_of`). The text's front matter says whether the change is
    material.
    """
    found = latest(session)
    if found is not None and found.digest == policy.digest:
        return found
    number = found.number + 1 if found else 1
    edition = Edition(number, policy.digest, effective_at or now, author, policy.material)
    try:
        with session.begin_nested():
            _store(session, policy, edition, now)
    except IntegrityError:
        # Another process took the number; what counts is whether it recorded the same text.
        return record(session, policy, now, effective_at=effective_at, author=author)
    return edition


def upcoming(session: Session, policy: Policy, now: datetime) -> Edition:
    """What `record` would give, without recording anything."""
    found = latest(session)
    if found is not None and found.digest == policy.digest:
        return found
    return Edition(found.number + 1 if found else 1, policy.digest, now, None, policy.material)


def latest(session: Session) -> Edition | None:
    """The version with the highest number, in force or not yet; None before the first."""
    row = session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc()).limit(1)).first()
    return _edition(row)


def in_force(session: Session, now: datetime) -> Edition | None:
    """The highest version whose date has come; before any has, the first one that will."""
    started = select(PolicyVersion).where(PolicyVersion.effective_at <= now).order_by(PolicyVersion.number.desc())
    row = session.scalars(started.limit(1)).first()
    return _edition(row or session.scalars(select(PolicyVersion).order_by(PolicyVersion.number).limit(1)).first())


def edition(session: Session, number: int) -> Edition | None:
    """One version by its number."""
    return _edition(session.get(PolicyVersion, number))


def editions(session: Session) -> list[Edition]:
    """Every version, newest first."""
    rows = session.scalars(select(PolicyVersion).order_by(PolicyVersion.number.desc()))
    return [_of(row) for row in rows]


def text_of(session: Session, number: int, language: Language) -> PolicyText | None:
    """The text of one version in one language, as it was shown."""
    return session.get(PolicyText, (number, language))


def changes(session: Session, older: int, newer: int, language: Language) -> list[Change]:
    """What changed between two recorded versions, in the order of the newer text; nothing when one is unknown."""
    before, after = text_of(session, older, language), text_of(session, newer, language)
    if before is None or after is None:
        return []
    return list(_compare(before.clauses, after.clauses))


def changes_of(session: Session, edition: Edition, policy: Policy) -> Mapping[Language, list[Change]]:
    """What `edition`, recorded or upcoming with the text `policy`, changes against the version before it."""
    before = edition.number - 1
    return {
        language: list(_compare(text.clauses, _clauses(policy, language))) if text else []
        for language in LANGUAGES
        for text in (text_of(session, before, language) if before else None,)
    }


def diff(session: Session, policy: Policy) -> Mapping[Language, list[Change]]:
    """What `policy` changes against the latest recorded version; before the first version every clause is added."""
    found = latest(session)
    return {language: _against(session, found, policy, language) for language in LANGUAGES}


def day_words(day: date, language: Language) -> str:
    """`22 novembre 2026`, `22 November 2026`."""
    return str(format_date(day, "d MMMM y", locale=language))


def _against(session: Session, found: Edition | None, policy: Policy, language: Language) -> list[Change]:
    before = text_of(session, found.number, language) if found else None
    return list(_compare(before.clauses if before else [], _clauses(policy, language)))


def _compare(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    old = {clause["id"]: clause for clause in before}
    new = {clause["id"] for clause in after}
    for clause in after:
        was = old.get(clause["id"])
        if was is None:
            yield Change("added", clause["id"], clause["title"], "", clause["text"])
        elif (was["title"], was["text"]) != (clause["title"], clause["text"]):
            yield Change("changed", clause["id"], clause["title"], was["text"], clause["text"])
    for clause in before:
        if clause["id"] not in new:
            yield Change("removed", clause["id"], clause["title"], clause["text"], "")


def _store(session: Session, policy: Policy, edition: Edition, now: datetime) -> None:
    session.add(
        PolicyVersion(
            number=edition.number,
            digest=edition.digest,
            registered_at=now,
            effective_at=edition.effective_at,
            author=edition.author,
            material=edition.material,
        )
    )
    session.flush()
    for language in LANGUAGES:
        session.add(
            PolicyText(
                version=edition.number,
                lang=language,
                title=policy.titles[language],
                html=to_html(policy, language),
                text=to_plain(policy, language),
                clauses=_clauses(policy, language),
            )
        )
    session.flush()


def _clauses(policy: Policy, language: Language) -> list[dict[str, Any]]:
    """A clause within a group that names no commitments of its own speaks of those of the group."""
    found: list[dict[str, Any]] = []
    of_group: list[str] = []
    for one in policy.clauses[language]:
        commitments = list(one.commitments)
        if one.level == 2:
            of_group = commitments
        found.append(
            {"id": one.id, "title": one.title, "level": one.level, "text": clause_text(one),
             "commitments": commitments or of_group}
        )  # fmt: skip
    return found


def _edition(row: PolicyVersion | None) -> Edition | None:
    return _of(row) if row else None


def _of(row: PolicyVersion) -> Edition:
    return Edition(row.number, row.digest, row.effective_at, row.author, row.material)
