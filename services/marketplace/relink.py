"""After licences have changed: who belongs to whom, and the prospects that follow. Only what changed is written.

Reading is done on a snapshot and takes seconds where there are many licences; writing is done in small transactions, so
that events which come in meanwhile wait for none of them long. What changes after the snapshot asks for another run.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any, TypeVar

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.orm import Session

from models.bulk import among, insert_rows, update_rows
from models.database import Database
from models.pace import Pace
from models.vault import Vault
from services import consent
from services.marketplace import decisions
from services.marketplace.blocking import Facts
from services.marketplace.identity import LICENCES, chunks
from services.marketplace.linking import Groups, Linked, group
from services.marketplace.people import PEOPLE
from services.marketplace.prospecting import OF_LICENCE, ORGANISATIONS, PROSPECTS, Member, write_prospects
from services.retention import past_contacts

# Rows of one transaction: each index has its pages written once for all of them. While others wait, few.
WRITTEN, FEW = 1_000, 40
# Rows of one look at a snapshot.
READ = 2_000
Item = TypeVar("Item")


def relink(database: Database, vault: Vault, now: datetime) -> None:
    """Group all licences into organisations and prospects again, and enter whoever is new into the consent ledger.

    One at a time over all processes; safe to be killed at any instant, and to run again.
    """
    with database.alone("relink"):
        with database.snapshot() as session:
            groups = group(lambda: _link_facts(session), decisions.standing(session))
            places = _Places(groups, session.scalars(select(LICENCES.c.id).order_by(LICENCES.c.id)))
            for some in pieces(groups.organisations(), Pace(database, WRITTEN, FEW)):
                _write_organisations(database, some)
            for moved in pieces(_moved(session, places), Pace(database, WRITTEN, FEW)):
                with database.write() as writing:
                    update_rows(writing, LICENCES, moved)
        with database.snapshot() as session:
            for groups_of_some in pieces(_by_prospect(session, places), Pace(database, WRITTEN, FEW)):
                with database.write() as writing:
                    write_prospects(writing, vault, groups_of_some, now)
        _remove_left_over(database)
        _enter_past_contacts(database, now)


class _Places:
    """Where each licence of the snapshot that was grouped belongs."""

    def __init__(self, groups: Groups, ids: Iterable[int]) -> None:
        # In the order in which they were grouped.
        self._groups, self._ids = groups, array("q", ids)

    def of(self, licence: Any) -> tuple[str, list[dict[str, str]]] | None:
        """Its organisation, and why; None for one that has come since, which asks for a run of its own."""
        position = bisect_left(self._ids, licence.id)
        if position == len(self._ids) or self._ids[position] != licence.id:
            return None
        return self._groups.organisation_id(position), self._groups.evidence(licence.link_facts)


def _link_facts(session: Session) -> Iterator[tuple[str, Facts]]:
    columns = (LICENCES.c.id, LICENCES.c.licence_key, LICENCES.c.app_key, LICENCES.c.link_facts)
    for row in _stream(session, select(*columns).order_by(LICENCES.c.id)):
        # An old SEN stands for one licence an app.
        yield f"{row.licence_key}\0{row.app_key or ''}", row.link_facts


def _moved(session: Session, places: _Places) -> Iterator[dict[str, Any]]:
    """What is to be written of licences that name nobody, whose prospects are found by their organisation. Those of the
    others are written with their prospects: each writing makes anew what all indexes hold of a licence."""
    columns = (LICENCES.c.id, LICENCES.c.link_facts, LICENCES.c.evidence, LICENCES.c.organisation_id)
    of_nobody = select(*columns).where(LICENCES.c.person_id.is_(None)).order_by(LICENCES.c.id)
    for row in _stream(session, of_nobody):
        place = places.of(row)
        if place is not None and place != (row.organisation_id, row.evidence):
            yield {"id": row.id, "organisation_id": place[0], "evidence": place[1]}


def _write_organisations(database: Database, organisations: Sequence[Linked]) -> None:
    columns = (ORGANISATIONS.c.id, ORGANISATIONS.c.name, ORGANISATIONS.c.domain, ORGANISATIONS.c.country)
    with database.read() as session:
        ids = [found.id for found in organisations]
        known = {
            row.id: tuple(row)
            for row in session.execute(select(*columns).where(among(session, ORGANISATIONS.c.id, ids)))
        }
    told = {found.id: (found.id, found.name, found.domain, found.country) for found in organisations}
    new = [identity for identity in told if identity not in known]
    changed = [identity for identity in told if identity in known and known[identity] != told[identity]]
    if not new and not changed:
        return
    names = ("id", "name", "domain", "country")
    with database.write() as session:
        insert_rows(session, ORGANISATIONS, [dict(zip(names, told[one], strict=True)) for one in new])
        update_rows(session, ORGANISATIONS, [dict(zip(names, told[one], strict=True)) for one in changed])


def _by_prospect(session: Session, places: _Places) -> Iterator[tuple[str, list[Member]]]:
    """The licences of each prospect: of a person, or where none is known of an organisation, which stands in."""
    columns = [LICENCES.c[name] for name in (*OF_LICENCE, "organisation_id", "evidence", "link_facts")]
    owner = LICENCES.c.person_id, LICENCES.c.organisation_id
    statement = select(*columns).order_by(*owner, LICENCES.c.licence_key, LICENCES.c.app_key)
    members = (_member(row, place) for row in _stream(session, statement) if (place := places.of(row)) is not None)
    for prospect_id, gathered in groupby(members, lambda member: member.person_id or member.organisation_id):
        yield prospect_id, list(gathered)


def _member(row: Any, place: tuple[str, list[dict[str, str]]]) -> Member:
    is_moved = place != (row.organisation_id, row.evidence)
    return Member._make((*(getattr(row, name) for name in OF_LICENCE), *place, is_moved))


def _remove_left_over(database: Database) -> None:
    """Prospects and organisations that no licence belongs to any more, after two were found to be one."""
    for table, column in ((PROSPECTS, LICENCES.c.prospect_id), (ORGANISATIONS, LICENCES.c.organisation_id)):
        left_over = ~exists().where(column == table.c.id)
        # Looked for without a transaction that others wait for; whoever is in use again by then stays.
        with database.read() as session:
            found = session.scalars(select(table.c.id).where(left_over)).all()
        for some in chunks(found):
            with database.write() as session:
                session.execute(delete(table).where(table.c.id.in_(some), left_over))


def _enter_past_contacts(database: Database, now: datetime) -> None:
    """The notice of Art. 14 is due to them too, as long as we keep what a row told of them."""
    with database.read() as session:
        found = past_contacts.to_be_told(session, now)
    for some in chunks(found):
        with database.write() as session:
            people = select(PEOPLE).where(among(session, PEOPLE.c.id, some)).with_for_update(read=True)
            consent.notices_due(session, session.execute(people).all(), now)


def _stream(session: Session, statement: Select[Any]) -> Iterator[Any]:
    return iter(session.execute(statement, execution_options={"yield_per": READ}))


def pieces(items: Iterator[Item], size: Callable[[], int]) -> Iterator[list[Item]]:
    """`items` in lists, each as long as `size` says when it is begun."""
    while piece := list(islice(items, size())):
        yield piece
