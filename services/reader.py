"""Who reads a letter: who can be written to at all, in which country their organisations are, and in which language
they are written to."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.marketplace import Licence
from models.people import Organisation, Person
from models.register import Language
from services.retention import clocks

FRENCH_SPEAKING = {"france", "fr", "fra", "monaco", "mc", "mco"}


def reachable() -> Select[Person]:
    """People who can be written to, whatever about: not erased, restricted or dead, nor past their period."""
    return select(Person).where(
        Person.erased_at.is_(None),
        Person.restricted_at.is_(None),
        Person.deceased_at.is_(None),
        ~clocks.is_past(func.current_date()),
    )


def countries_of(session: Session, person_id: str) -> set[str]:
    """Where the organisations are that they act for, case folded, as the Marketplace writes countries."""
    licences = select(Licence.organisation_id).where(Licence.person_id == person_id)
    known = session.scalars(select(Organisation.country).where(Organisation.id.in_(licences)))
    return {country.strip().casefold() for country in known if country and country.strip()}


def language_of(email: str, countries: set[str]) -> Language:
    """French for who lives where French is the language of the law, English for everybody else."""
    return "fr" if countries & FRENCH_SPEAKING or email.endswith((".fr", ".mc")) else "en"
