"""One erasure in a process of its own, which kills itself at a chosen instant: `URL EMAIL JOURNAL INSTANT`."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.database import Database
from models.vault import Vault
from services.erasure import bodies, carry_out, completion, execution, plan, residue
from services.erasure.journal import Journal
from services.marketplace.people import person_id

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
# Where a process may die: within the transaction, at its commit, and in each step after it.
INSTANTS = {
    "bodies": (bodies, "remove"),
    "fields": (execution, "_mark"),
    "certificate": (execution, "_certify"),
    "journal": (completion, "write_journal"),
    "search": (residue, "scan"),
    "proof": (Vault, "sign"),
}


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, email: str, journal: str, instant: str) -> None:
    database, vault = Database(url), Vault(["a-secret-key-for-the-tests"])
    if instant in INSTANTS and instant != "proof":
        place, name = INSTANTS[instant]
        setattr(place, name, die)
    with database.write() as session:
        carry_out(session, vault, plan(session, vault, person_id(vault, email), NOW), reason="request", now=NOW)
        if instant == "commit":
            die()
    if instant == "proof":
        Vault.sign = die  # type: ignore[method-assign]
    completion.complete(database, vault, Journal(Path(journal), vault), NOW)


if __name__ == "__main__":
    main(*sys.argv[1:])
