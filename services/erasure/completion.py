"""What follows an erasure once it is committed, and what follows a restore. Every step may be killed and run again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.consent import Suppression
from models.database import Database
from models.people import HALF_ERASED, Person
from models.rights import Erasure
from models.vault import Vault
from services.erasure import residue
from services.erasure.execution import ERASED, RETENTION, block, carry_out, needles_place
from services.erasure.journal import Journal
from services.erasure.plans import plan_many
from services.marketplace.identity import chunks

# Of Atlassian's own erasures we are told by `RTBF` in a row; the key is destroyed at once, the rest follows here.
FORGOTTEN = "atlassian"
BATCH = 200
# A restored database lacks the end of the journal, not the middle of it.
NEWEST = 20


def complete(database: Database, vault: Vault, journal: Journal, now: datetime) -> bool:
    """Finish erasures that began elsewhere, write the journal, search the files; False when a search has to wait."""
    _finish_forgotten(database, vault, now)
    write_journal(database, journal, now)
    return _search(database, vault, now)


def write_journal(database: Database, journal: Journal, now: datetime) -> int:
    """Copy to the journal what it does not hold yet: erasures, and entries of the suppression list."""
    with database.read() as session:
        new = session.scalars(select(Erasure).where(Erasure.journalled_at.is_(None)).order_by(Erasure.at)).all()
        entries = [_entry(erasure) for erasure in new] + _objections(session, journal)
    if not entries:
        return 0
    written = journal.append(entries)
    with database.write() as session:
        for erasure in new:
            session.get_one(Erasure, erasure.id).journalled_at = now
    return written


def is_behind(database: Database, journal: Journal) -> bool:
    """Does the database lack one of the newest entries of the journal? Then it was restored from an older backup."""
    newest = journal.entries()[-NEWEST:]
    with database.read() as session:
        return any(not _is_known(session, entry) for entry in newest)


def _is_known(session: Session, entry: Mapping[str, Any]) -> bool:
    if entry["kind"] == "erasure":
        return session.get(Erasure, entry["id"]) is not None
    return session.get(Suppression, _key(entry)) is not None


def missing(database: Database, journal: Journal) -> list[Mapping[str, Any]]:
    """Entries of the journal that the database knows nothing of: it is older than the journal, so it was restored."""
    entries = journal.entries()
    if not entries:
        return []
    with database.read() as session:
        erasures = set(session.scalars(select(Erasure.id)))
        objections = {_objection_id(row) for row in session.scalars(select(Suppression))}
    known = {"erasure": erasures, "objection": objections}
    return [entry for entry in entries if entry["id"] not in known[entry["kind"]]]


def replay(database: Database, vault: Vault, journal: Journal, now: datetime) -> int:
    """Do again what the journal says and a restored database does not know; gives how many entries."""
    behind = missing(database, journal)
    for entry in behind:
        with database.write() as session:
            if entry["kind"] == "objection":
                _object_again(session, entry)
            else:
                _erase_again(session, vault, entry, now)
    # The other way round: a journal that was lost is written anew from what the database holds.
    with database.read() as session:
        held = [_entry(erasure) for erasure in session.scalars(select(Erasure).order_by(Erasure.at))]
        held += [_objection(row) for row in session.scalars(select(Suppression).order_by(Suppression.created_on))]
    if {entry["id"] for entry in held} - {entry["id"] for entry in journal.entries()}:
        journal.append(held)
    return len(behind)


def _finish_forgotten(database: Database, vault: Vault, now: datetime) -> None:
    # In the words of the index that it is found by.
    half = select(Person.id).where(text(HALF_ERASED)).limit(BATCH)
    with database.read() as session:
        ids = session.scalars(half).all()
    while ids:
        with database.write() as session:
            carry_out(session, vault, plan_many(session, vault, ids, now), reason=FORGOTTEN, now=now)
        with database.read() as session:
            ids = session.scalars(half).all()


def _search(database: Database, vault: Vault, now: datetime) -> bool:
    with database.read() as session:
        due = session.scalars(select(Erasure).where(Erasure.scanned_at.is_(None))).all()
        opened = {erasure.id: _words(vault, erasure) for erasure in due}
    for erasure in due:
        found = residue.scan(database, opened[erasure.id])
        if found.pending:
            return False
        with database.write() as session:
            row = session.get_one(Erasure, erasure.id)
            document = json.dumps({**json.loads(row.certificate), "residue": found.told()}, sort_keys=True)
            row.certificate, row.signature = document, vault.sign(document)
            row.needles, row.scanned_at = None, now
    return True


def _words(vault: Vault, erasure: Erasure) -> dict[str, Sequence[str]]:
    if erasure.needles is None:
        return {"texts": [], "keys": []}
    words: dict[str, Sequence[str]] = json.loads(vault.unseal(erasure.needles, needles_place(erasure.id)))
    return words


def _entry(erasure: Erasure) -> dict[str, Any]:
    told = {"kind": "erasure", "id": erasure.id, "reason": erasure.reason, "subjects": erasure.subjects}
    return told | {"at": erasure.at.isoformat()}


def _objections(session: Session, journal: Journal) -> list[dict[str, Any]]:
    """Those since the day of the newest one that is written; that day's once more, and the journal knows its own."""
    journal.entries()
    statement = select(Suppression).order_by(Suppression.created_on)
    if journal.last_objection:
        statement = statement.where(Suppression.created_on >= date.fromisoformat(journal.last_objection))
    return [told for row in session.scalars(statement) if (told := _objection(row))["id"] not in journal.ids]


def _objection(row: Suppression) -> dict[str, Any]:
    columns = {column.name: getattr(row, column.name) for column in Suppression.__table__.columns}
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in columns.items()}
    return {"kind": "objection", "id": _objection_id(row), "row": plain}


def _objection_id(row: Suppression) -> str:
    return "|".join(str(getattr(row, column.name)) for column in Suppression.__table__.primary_key)


def _object_again(session: Session, entry: Mapping[str, Any]) -> None:
    if session.get(Suppression, _key(entry)) is None:
        session.add(Suppression(**dict(_typed(entry["row"]))))


def _key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    values = dict(_typed(entry["row"]))
    return tuple(values[column.name] for column in Suppression.__table__.primary_key)


def _typed(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column in Suppression.__table__.columns:
        value = row.get(column.name)
        if isinstance(value, str) and issubclass(column.type.python_type, datetime):
            yield column.name, datetime.fromisoformat(value)
        elif isinstance(value, str) and issubclass(column.type.python_type, date):
            yield column.name, date.fromisoformat(value)
        else:
            yield column.name, value


def _erase_again(session: Session, vault: Vault, entry: Mapping[str, Any], now: datetime) -> None:
    ids = [person_id for person_id, _ in entry["subjects"]]
    present = {found for some in chunks(ids) for found in session.scalars(select(Person.id).where(Person.id.in_(some)))}
    for person_id in sorted(set(ids) - present):
        # The backup is older than our knowledge of them: an empty record, for the next feed to meet.
        marks = {"email_index": f"{ERASED}:{person_id}", "mailbox_index": "", "versions": {}, "source": ERASED}
        at = datetime.fromisoformat(entry["at"]).astimezone(UTC)
        session.add(Person(id=person_id, first_seen_at=at, erased_at=at, **marks))
    session.flush()
    carry_out(session, vault, plan_many(session, vault, ids, now), reason=entry["reason"], now=now)
    if entry["reason"] != RETENTION:
        block(session, [mailbox for _, mailbox in entry["subjects"]], now)
    row = session.get_one(Erasure, entry["id"])
    row.subjects, row.journalled_at = entry["subjects"], now
