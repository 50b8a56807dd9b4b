"""May a package leave, as things are now? Whose data it is, whether that person's may be used, and whether the case
still says what was agreed to. Asked at each step and remembered at none."""

from __future__ import annotations

from sqlalchemy.orm import Session, selectinload

from models.consent import EVERY_PURPOSE
from models.exchange import ExchangePackage
from models.people import Person
from models.support import ConfigSnapshot, SupportCase
from models.vault import Place, Vault
from services import consent
from services.exchange import ExchangeError
from services.exchange.contents import contents, question_of
from services.marketplace.addresses import mailbox, normal_form
from services.marketplace.people import known_by, person_id


def require_free(session: Session, vault: Vault, package: ExchangePackage) -> None:
    """Raise `ExchangeError` with what is against it."""
    content = content_of(vault, package)
    if content is None:
        raise ExchangeError("emptied")
    person = session.get(Person, package.person_ref, populate_existing=True)
    if person is not None and _is_blocked(person):
        raise ExchangeError("person-blocked")
    case = case_of(session, package.case_id)
    # Where the account was closed, nobody can say any more whose data this is.
    if case.reporter_index is None:
        raise ExchangeError("reporter-gone")
    if _built_now(case, package, question_of(content)) != content:
        raise ExchangeError("changed-since")


def hindrance(session: Session, vault: Vault, package: ExchangePackage) -> str | None:
    """The code of what is against it; None where nothing is."""
    try:
        require_free(session, vault, package)
    except ExchangeError as error:
        return error.code
    return None


def person_of(session: Session, vault: Vault, address: str) -> str:
    """The id under which we know whoever has this address, or would; refused where their data may not be used."""
    normal = normal_form(address)
    if normal is None:
        raise ExchangeError("not-an-address")
    known = known_by(session, vault, normal)
    digest = vault.blind_index("mailbox", mailbox(normal))
    if consent.suppressed(session, digest, EVERY_PURPOSE) or any(_is_blocked(person) for person in known):
        raise ExchangeError("person-blocked")
    return known[0].id if known else person_id(vault, normal)


def content_of(vault: Vault, package: ExchangePackage) -> bytes | None:
    """The bytes that leave; None once they are gone."""
    return vault.unseal(package.content, place_of(package.id)).encode() if package.content is not None else None


def place_of(package_id: str) -> Place:
    """Where the content is sealed."""
    return Place(ExchangePackage.__tablename__, "content", package_id)


def case_of(session: Session, case_id: int) -> SupportCase:
    """The case with everything that it tells, as it is now."""
    snapshots = selectinload(SupportCase.snapshots).selectinload(ConfigSnapshot.components)
    found = session.get(SupportCase, case_id, options=[snapshots], populate_existing=True)
    if found is None:
        raise ExchangeError("unknown-case")
    return found


def _is_blocked(person: Person) -> bool:
    return bool(person.erased_at or person.restricted_at or person.deceased_at)


def _built_now(case: SupportCase, package: ExchangePackage, question: str) -> bytes | None:
    try:
        return contents(case, package.id, package.parts, question)
    except ExchangeError:
        return None
