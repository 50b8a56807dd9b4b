"""The deed: keys destroyed, fields emptied, rows deleted, a signed certificate. One transaction: all of it or nothing.

Killed at any instant, it has either not happened or is whole; what is left to do after the commit (searching the files,
the journal outside the database) is noted in the row that commits with it, and `services.erasure.completion` does it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Table, delete, select, update
from sqlalchemy.orm import Session

from models.consent import EVERY_PURPOSE, Suppression
from models.database import one_at_a_time
from models.people import Person, Prospect
from models.rights import Erasure
from models.schema import METADATA
from models.vault import Place, Vault
from services.erasure import bodies, names
from services.erasure.plans import Plan, values_of
from services.erasure.traces import Fate, Trace, traces
from services.marketplace import ingest
from services.marketplace.identity import chunks

ERASED = "erased"
# Files are searched for this many texts of one erasure: all of one person's, some of several hundred people's.
SAMPLE = 60
# Erased because the time was up, not because somebody asked: the empty record stays, but the mailbox is not blocked.
RETENTION = "retention"


@dataclass(frozen=True)
class Certificate:
    """What was done, as JSON text with sorted keys, and our Ed25519 signature of it. It names nobody."""

    id: str
    document: str
    signature: str

    def told(self) -> dict[str, Any]:
        """`{"certificate": the document as an object, "signature"}`."""
        return {"certificate": json.loads(self.document), "signature": self.signature}


def carry_out(session: Session, vault: Vault, plan: Plan, *, reason: str, now: datetime) -> Certificate:
    """Erase everybody of `plan` and give the certificate; twice is once. `reason`: `request`, `retention`, a code.

    What is found is what is there now, not what was there when the plan was made: nothing that came between escapes.
    """
    one_at_a_time(session, "marketplace")
    erasure_id = id_of(plan.people)
    known = session.get(Erasure, erasure_id)
    people = _living(session, plan.people)
    if known is not None and not people:
        return Certificate(known.id, known.certificate, known.signature)
    needles = names.needles(session, vault, people)
    mailboxes = {person.id: person.mailbox_index for person in people}
    subjects = [[person_id, mailboxes.get(person_id, "")] for person_id in plan.people]
    keys = [person.data_key for person in people if person.data_key is not None]
    rows = dict(bodies.remove(session, vault, needles.everything))
    if names.remove_from_organisations(session, needles):
        ingest.request_relink(session, vault, now)
    for trace in traces():
        rows[trace.table.name] = rows.get(trace.table.name, 0) + _apply(session, trace, plan.people, people)
    _mark(session, [person.id for person in people], now)
    if reason != RETENTION:
        block(session, list(mailboxes.values()), now)
    # What was marked but not written yet would be forgotten with the rest.
    session.flush()
    session.expire_all()
    certificate = _certify(vault, erasure_id, plan, reason, {name: count for name, count in rows.items() if count}, now)
    session.merge(
        Erasure(
            id=erasure_id,
            reason=reason,
            at=now,
            subjects=subjects,
            certificate=certificate.document,
            signature=certificate.signature,
            needles=vault.seal(json.dumps(_search_words(needles, keys)), needles_place(erasure_id)),
        )
    )
    session.flush()
    return certificate


def block(session: Session, mailboxes: Sequence[str], now: datetime) -> None:
    """Put keyed digests of mailboxes on the list that keeps feeds from recording their owners again."""
    listed = {
        digest
        for some in chunks(sorted(set(mailboxes)))
        for digest in session.scalars(
            select(Suppression.digest).where(
                Suppression.kind == "email", Suppression.purpose == EVERY_PURPOSE, Suppression.digest.in_(some)
            )
        )
    }
    for digest in sorted(set(mailboxes) - listed - {""}):
        entry = {"kind": "email", "digest": digest, "purpose": EVERY_PURPOSE, "reason": ERASED}
        session.add(Suppression(**entry, created_on=now.date()))
    session.flush()


def needles_place(erasure_id: str) -> Place:
    """Where the search words of an erasure are sealed."""
    return Place("erasures", "needles", erasure_id)


def _search_words(needles: names.Needles, keys: Sequence[bytes]) -> dict[str, list[str]]:
    """What the files must not hold any more: texts, and the beginnings of the wrapped keys in hex. A sample of many."""
    return {"texts": sorted(needles.everything)[:SAMPLE], "keys": [key[4:20].hex() for key in keys[:SAMPLE]]}


def id_of(people: Sequence[str]) -> str:
    """The same people, the same erasure: whoever repeats it finds it."""
    return "e" + hashlib.sha256("\n".join(people).encode()).hexdigest()[:24]


def _living(session: Session, ids: Sequence[str]) -> list[Person]:
    """Those of them who are not erased whole: a key destroyed alone leaves traces elsewhere."""
    return [
        person
        for some in chunks(ids)
        for person in session.scalars(select(Person).where(Person.id.in_(some)).order_by(Person.id).with_for_update())
        if person.erased_at is None or person.mailbox_index
    ]


def _apply(session: Session, trace: Trace, ids: Sequence[str], people: Sequence[Person]) -> int:
    values = values_of(trace, ids, people)
    if trace.deletes_rows:
        return sum(_delete(session, trace.table, trace.tie, some) for some in chunks(values))
    emptied = {column: _empty(column) for column in trace.columns(Fate.EMPTY, Fate.DESTROY_KEY)}
    if not emptied:
        return 0
    count = 0
    for some in chunks(values):
        done = session.execute(
            update(trace.table).where(trace.tie.in_(some)).values({c.name: value for c, value in emptied.items()})
        )
        count += done.rowcount  # type: ignore[attr-defined]
    return count


def _empty(column: Column[Any]) -> Any:
    if column.nullable:
        return None
    if column.unique:
        # A mark of its own for each row, made of the row's own id.
        return ERASED + ":" + column.table.c.id
    return {} if isinstance(column.type, JSON) else ""


def _delete(session: Session, table: Table, column: Column[Any], values: Sequence[Any]) -> int:
    """Delete rows, the rows that hang on them first."""
    for child in METADATA.tables.values():
        for key in child.foreign_keys:
            if key.column.table is table and key.ondelete is None:
                parents = session.scalars(select(key.column).where(column.in_(values))).all()
                if key.parent.nullable:
                    session.execute(update(child).where(key.parent.in_(parents)).values({key.parent.name: None}))
                elif parents:
                    _delete(session, child, key.parent, parents)
    return int(session.execute(delete(table).where(column.in_(values))).rowcount)  # type: ignore[attr-defined]


def _mark(session: Session, ids: Sequence[str], now: datetime) -> None:
    """The empty rows say why they are empty."""
    for some in chunks(sorted(ids)):
        living = update(Person).where(Person.id.in_(some), Person.erased_at.is_(None)).values(erased_at=now)
        # Whoever is in the session is read anew after this, so nobody is looked up to be told.
        session.execute(living, execution_options={"synchronize_session": False})
        for prospect in session.scalars(select(Prospect).where(Prospect.person_id.in_(some))):
            prospect.flags = sorted({*prospect.flags, ERASED} - {"restricted"})


def _certify(
    vault: Vault, erasure_id: str, plan: Plan, reason: str, rows: Mapping[str, int], now: datetime
) -> Certificate:
    told = plan.told()
    document = json.dumps(
        {
            "certificate": erasure_id,
            "at": now.isoformat(),
            "reason": reason,
            "people": len(plan.people),
            "plan": plan.digest,
            "done": [line for line in told["lines"] if line["fate"] != Fate.KEEP],
            "rows": dict(sorted(rows.items())),
            "kept": told["holds"],
            "residue": None,
            "key": vault.public_key(),
        },
        sort_keys=True,
    )
    return Certificate(erasure_id, document, vault.sign(document))
