"""The staff journal: what was changed, moved, taken out or cut off shows; what is over goes, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, event, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.accountability import Account, ChainHead
from models.consent import AuditEvent
from models.database import Database
from models.vault import Vault
from services import account_ids, anchors, audit
from services.audit import Anchor
from services.erasure.journal import Journal, JournalError

ENTRIES = 6


@pytest.fixture
def journal(database: Database, now: datetime) -> Database:
    with database.write() as session:
        for number in range(ENTRIES):
            look(session, f"person-{number}", now + timedelta(days=number))
    return database


def look(session: Session, subject: str, at: datetime, **changes: Any) -> None:
    given: dict[str, Any] = {"actor": "alice", "action": "prospect.read", "purpose": "support", "case": "SUP-1"}
    audit.record(session, **(given | changes), subject=subject, now=at, detail={"n": subject})


def tamper(database: Database, *statements: str) -> None:
    """What somebody does who can write to the database and is stopped by no trigger."""
    with database.write() as session:
        if database.is_sqlite:
            for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                session.execute(text(f"DROP TRIGGER {name}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement))


def broken(database: Database, known: Sequence[Anchor] = ()) -> int | None:
    with database.read() as session:
        return audit.verify(session, known)


def test_a_journal_that_nobody_touched_is_whole(journal: Database, database: Database) -> None:
    assert broken(journal) is None


def test_an_empty_journal_is_whole(database: Database) -> None:
    assert broken(database) is None


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("UPDATE audit_events SET actor = 'bob' WHERE seq = 3", 3),
        ("UPDATE audit_events SET action = 'prospect.reae' WHERE seq = 3", 3),
        ("UPDATE audit_events SET subject = NULL WHERE seq = 4", 4),
        ("UPDATE audit_events SET purpose = 'rights' WHERE seq = 1", 1),
        ("UPDATE audit_events SET case_ref = 'SUP-2' WHERE seq = 2", 2),
        ("UPDATE audit_events SET case_ref = NULL WHERE seq = 2", 2),
        ("UPDATE audit_events SET detail = '{}' WHERE seq = 5", 5),
        ("UPDATE audit_events SET at = '2020-01-01 00:00:00.000000+00:00' WHERE seq = 5", 5),
        ("UPDATE audit_events SET hash = previous_hash WHERE seq = 2", 2),
        ("DELETE FROM audit_events WHERE seq = 3", 4),
        ("DELETE FROM audit_events WHERE seq = 1", 2),
        ("DELETE FROM audit_events WHERE seq >= 5", 5),
        ("DELETE FROM audit_events", 1),
        ("DELETE FROM chain_heads", 6),
    ],
)
def test_invariant_9_each_change_shows(journal: Database, what: str, found: int) -> None:
    tamper(journal, what)
    assert broken(journal) == found


def test_invariant_9_two_entries_that_changed_places_show(journal: Database) -> None:
    tamper(
        journal,
        "UPDATE audit_events SET seq = 100 WHERE seq = 2",
        "UPDATE audit_events SET seq = 2 WHERE seq = 3",
        "UPDATE audit_events SET seq = 3 WHERE seq = 100",
    )
    assert broken(journal) == 2


def test_invariant_9_an_anchor_shows_a_cut_that_mended_the_head(
    journal: Database, vault: Vault, now: datetime, tmp_path: Path
) -> None:
    file = Journal(tmp_path / "anchors", vault)
    with journal.read() as session:
        head = audit.head(session)
    assert head is not None
    assert anchors.is_due(file, now)
    anchors.drop(file, head, now)
    assert not anchors.is_due(file, now + timedelta(hours=23)) and anchors.is_due(file, now + timedelta(days=1))
    hash_of_four = "(SELECT hash FROM audit_events WHERE seq = 4)"
    tamper(journal, f"UPDATE chain_heads SET seq = 4, hash = {hash_of_four}", "DELETE FROM audit_events WHERE seq > 4")
    assert broken(journal) is None, "which is why there are anchors"
    assert broken(journal, anchors.valid(file)) == ENTRIES
    # After a restore the older anchors count no more, and the file says that there was one.
    with journal.read() as session:
        anchors.drop(file, audit.head(session) or head, now + timedelta(hours=1), restored=True)
    assert broken(journal, anchors.valid(file)) is None


def test_a_changed_file_of_anchors_is_none(journal: Database, vault: Vault, now: datetime, tmp_path: Path) -> None:
    file = Journal(tmp_path / "anchors", vault)
    anchors.drop(file, Anchor(6, "a" * 64), now)
    file.path.write_text(file.path.read_text().replace('"seq": 6', '"seq": 4'))
    with pytest.raises(JournalError):
        anchors.valid(Journal(file.path, vault))


def test_what_is_over_goes_and_the_rest_stays_a_chain(journal: Database, now: datetime) -> None:
    with journal.write() as session:
        assert audit.purge(session, now + timedelta(days=2), limit=1) == 1
        assert audit.purge(session, now + timedelta(days=2), limit=10) == 1
        assert audit.purge(session, now + timedelta(days=2), limit=10) == 0
    assert broken(journal) is None
    with journal.read() as session:
        assert session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq)).all() == [3, 4, 5, 6]
    tamper(journal, "DELETE FROM audit_events WHERE seq = 3")
    assert broken(journal) == 4


def test_a_journal_of_which_everything_is_over_goes_on(journal: Database, now: datetime) -> None:
    with journal.write() as session:
        audit.purge(session, now + timedelta(days=400), limit=100)
        look(session, "next", now + timedelta(days=400))
    assert broken(journal) is None
    with journal.read() as session:
        assert audit.count(session) == 1


def test_nothing_goes_before_its_time_is_announced(journal: Database, now: datetime) -> None:
    with journal.write() as session:
        audit.purge(session, now + timedelta(days=1), limit=10)
    with pytest.raises(DatabaseError, match="append-only"), journal.write() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.seq <= 2))
    assert broken(journal) is None


def test_what_cannot_be_recorded_does_not_happen(journal: Database, now: datetime) -> None:
    """Fail closed: the read and its entry are one transaction."""
    shown: list[str] = []

    def full(*_: Any) -> None:
        raise OSError("no space left")

    event.listen(journal.engine, "before_cursor_execute", full)
    try:
        with pytest.raises(OSError, match="no space"), journal.write() as session:
            look(session, "alice", now)
            shown.append("the data")
    finally:
        event.remove(journal.engine, "before_cursor_execute", full)
    assert shown == [] and broken(journal) is None


def test_the_person_sees_who_looked_also_through_lists(journal: Database, now: datetime) -> None:
    with journal.write() as session:
        audit.record_list(session, [{"id": "person-1"}, {"id": "other"}], actor="bob", purpose="prospecting", now=now)
        look(session, "person-1", now, action="rights.received")
        seen = audit.reads_of(session, "person-1")
        assert audit.reads_of(session, "person") == []
    assert [(look["action"], look["purpose"], look["case"]) for look in seen] == [
        ("prospect.read", "support", "SUP-1"),
        ("prospects.list", "prospecting", None),
    ]
    assert "alice" not in str(seen) and "bob" not in str(seen)


def test_the_chain_names_accounts_by_a_name_of_ours(journal: Database, now: datetime) -> None:
    with journal.write() as session:
        stored = set(session.scalars(select(AuditEvent.actor_ref)))
        assert stored == {account_ids.ref_of(session, "alice", now)}
        assert set(session.scalars(select(AuditEvent.actor))) == {"alice"}
        session.scalars(select(Account)).one().account_id = None
        session.flush()
        assert set(session.scalars(select(AuditEvent.actor))) == stored
        look(session, "person-1", now)
        assert session.scalar(select(func.count()).select_from(Account)) == 1
    assert broken(journal) is None


def test_two_chains_have_no_head_in_common(journal: Database) -> None:
    with journal.read() as session:
        assert session.scalars(select(ChainHead.name)).all() == [AuditEvent.__tablename__]
