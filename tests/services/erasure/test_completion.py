"""After the commit: the search, the journal, the restore; and a process that is killed anywhere on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from handlers.parts import Parts
from handlers.settings import Settings
from models.consent import Suppression
from models.database import Database
from models.people import Organisation, Person
from models.rights import Erasure
from models.vault import Vault
from services import consent
from services.erasure import carry_out, completion, plan
from services.erasure.journal import Journal, JournalError
from services.marketplace.people import forget, person_id, read_person
from tests.services.erasure.killed import INSTANTS
from tests.services.erasure.people import ALICE, BOB, entangle, person, settle
from tests.services.erasure.restoring import backup

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def known(database: Database, vault: Vault, now: datetime) -> Database:
    settle(database, vault, now)
    entangle(database, vault, now)
    return database


@pytest.fixture
def journal(erasure_journal: Path, vault: Vault) -> Journal:
    return Journal(erasure_journal, vault)


def erase(database: Database, vault: Vault, now: datetime, email: str = ALICE) -> None:
    with database.write() as session:
        carry_out(session, vault, plan(session, vault, person_id(vault, email), now), reason="request", now=now)


def certificate(database: Database, vault: Vault) -> dict[str, object]:
    with database.read() as session:
        row = session.scalars(select(Erasure)).one()
    assert vault.verify(row.certificate, row.signature)
    assert row.needles is None and row.journalled_at and row.scanned_at
    read: dict[str, object] = json.loads(row.certificate)
    return read


def test_invariant_3_nothing_is_left_in_tables_or_files(
    known: Database, vault: Vault, now: datetime, journal: Journal
) -> None:
    erase(known, vault, now)
    assert completion.complete(known, vault, journal, now)
    residue = certificate(known, vault)["residue"]
    assert isinstance(residue, dict) and residue["found"] == []
    assert ("database" in residue["searched"]) is known.is_sqlite


def test_the_search_finds_what_was_left(known: Database, vault: Vault, now: datetime, journal: Journal) -> None:
    erase(known, vault, now)
    with known.write() as session:
        session.execute(update(Organisation).values(name="Cabinet Alice MARTIN"))
    completion.complete(known, vault, journal, now)
    residue = certificate(known, vault)["residue"]
    assert isinstance(residue, dict)
    assert residue["found"] == ["organisations.name", *(["database"] if known.is_sqlite else [])]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_key_that_is_left_in_the_file_is_found(known: Database, vault: Vault, now: datetime) -> None:
    with known.read() as session:
        key = person(session, vault, ALICE).data_key
    words = {"texts": [], "keys": [key[4:20].hex()]}
    assert "database" in completion.residue.scan(known, words).found
    erase(known, vault, now)
    assert completion.residue.scan(known, words).found == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_search_gives_way_to_a_reader_who_wants_to_write(known: Database, vault: Vault, now: datetime) -> None:
    """As linking does: it reads a snapshot of before, and writes while the search would wait for it to end."""
    with known.snapshot() as session:
        session.execute(select(func.count()).select_from(Person))
        erase(known, vault, now)
        search = threading.Thread(target=completion.residue.scan, args=(known, {"texts": ["nobody"], "keys": []}))
        search.start()
        # Far less than a writer's own patience, which ends in an error.
        search.join(15)
        assert not search.is_alive()
    assert not completion.residue.scan(known, {"texts": ["alice"], "keys": []}).pending


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_search_lets_go_of_no_lock(known: Database) -> None:
    """To close a file gives up the locks that the process holds on it; another process could then lock it whole."""
    whole = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1], timeout=0)"
    for statement in ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE", "SELECT 1 FROM people"):
        whole += f"; d.execute('{statement}')"
    with known.snapshot() as session:
        session.execute(select(func.count()).select_from(Person))
        completion.residue.scan(known, {"texts": ["nobody"], "keys": []})
        tried = subprocess.run([sys.executable, "-c", whole, str(known.url.database)], capture_output=True, check=False)
    assert b"database is locked" in tried.stderr


@pytest.mark.parametrize("instant", [*INSTANTS, "commit"])
def test_invariant_3_a_killed_erasure_is_whole_after_the_same_command(
    known: Database, vault: Vault, now: datetime, journal: Journal, instant: str
) -> None:
    def run(instant: str) -> int:
        url = known.url.render_as_string(hide_password=False)
        command = [sys.executable, "-m", "tests.services.erasure.killed", url, ALICE, str(journal.path), instant]
        return subprocess.run(command, cwd=ROOT, check=False, timeout=60).returncode

    assert run(instant) == -signal.SIGKILL
    with known.read() as session:
        alice = person(session, vault, ALICE)
        # All of it or nothing: never a name without its key, nor an empty record without its certificate.
        erased = alice.erased_at is not None
        assert (alice.data_key is None, alice.name is None) == (erased, erased)
        assert session.scalar(select(func.count()).select_from(Erasure)) == erased
    erase(known, vault, now)
    assert completion.complete(known, vault, journal, now)
    residue = certificate(known, vault)["residue"]
    assert isinstance(residue, dict) and residue["found"] == []
    assert [entry["kind"] for entry in journal.entries()].count("erasure") == 1


def test_who_atlassian_has_forgotten_is_erased_whole(
    known: Database, vault: Vault, now: datetime, journal: Journal
) -> None:
    with known.write() as session:
        forget(session, person(session, vault, ALICE), now)
    completion.complete(known, vault, journal, now)
    assert certificate(known, vault)["reason"] == "atlassian"
    with known.read() as session:
        assert person(session, vault, ALICE).mailbox_index == ""


def parts_on(database: Database, now: datetime) -> Parts:
    """A process that starts on this database."""
    url = database.url.render_as_string(hide_password=False)
    settings = Settings(secret_keys=("a-secret-key-for-the-tests",), database_url=url, _env_file=None)
    return Parts(settings, clock=lambda: now)


def test_invariant_4_a_restored_backup_never_serves_who_was_erased(
    known: Database, vault: Vault, now: datetime, journal: Journal, tmp_path: Path
) -> None:
    restore = backup(known, tmp_path)
    with known.write() as session:
        consent.object_to(session, person(session, vault, BOB), purpose="prospect", source="choices", now=now)
    erase(known, vault, now)
    completion.complete(known, vault, journal, now)
    restore()
    assert completion.is_behind(known, journal)
    parts = parts_on(known, now)
    with parts.database.read() as session:
        alice = person(session, vault, ALICE)
        assert alice.erased_at and read_person(vault, alice)["email"] is None
        assert consent.suppressed(session, vault.blind_index("mailbox", BOB), "prospect"), "objections come back too"
        assert session.get(Suppression, ("email", vault.blind_index("mailbox", ALICE), "*"))
    assert parts.replayed == 3
    assert not completion.is_behind(known, journal)
    parts.database.dispose()
    again = parts_on(known, now)
    again.database.dispose()
    assert again.replayed == 0


def test_invariant_4_a_backup_older_than_the_person_keeps_them_out_too(
    database: Database, vault: Vault, now: datetime, journal: Journal, tmp_path: Path
) -> None:
    restore = backup(database, tmp_path)
    settle(database, vault, now)
    erase(database, vault, now)
    completion.complete(database, vault, journal, now)
    restore()
    assert completion.replay(database, vault, journal, now) == 2
    settle(database, vault, now, updated="2026-11-21")
    with database.read() as session:
        assert person(session, vault, ALICE).name is None
        assert person(session, vault, BOB).name is not None


def test_a_lost_journal_is_written_anew(known: Database, vault: Vault, now: datetime, journal: Journal) -> None:
    erase(known, vault, now)
    completion.complete(known, vault, journal, now)
    before = {entry["id"] for entry in journal.entries()}
    journal.path.unlink()
    assert completion.replay(known, vault, journal, now) == 0
    assert {entry["id"] for entry in journal.entries()} == before


def test_the_journal_names_nobody_and_is_not_to_be_changed(
    known: Database, vault: Vault, now: datetime, journal: Journal
) -> None:
    for email in (ALICE, BOB):
        erase(known, vault, now, email)
    completion.complete(known, vault, journal, now)
    written = journal.path.read_bytes()
    assert not any(secret in written for secret in (b"alice", b"Martin", b"nordlicht"))
    whole = journal.entries()
    journal.path.write_bytes(written + b'{"kind": "eras')
    assert journal.entries() == whole, "what a crash cut short is no entry"
    assert journal.append([{"kind": "erasure", "id": "x", "subjects": []}]) == 1
    assert [entry["id"] for entry in journal.entries()][:-1] == [entry["id"] for entry in whole]
    lines = written.splitlines(keepends=True)
    for changed in (b"".join(lines[1:]), written.replace(b"request", b"reqvest"), b"{}\n" + written):
        journal.path.write_bytes(changed)
        with pytest.raises(JournalError, match=r"line [13]"):
            journal.entries()


def test_an_unreadable_journal_stops_the_replay_and_not_the_app(
    known: Database, now: datetime, journal: Journal
) -> None:
    journal.path.write_text("nonsense\n")
    parts = parts_on(known, now)
    with parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 2
    parts.database.dispose()
