"""The staff pages: server time of the list at a million prospects, and what a page weighs."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from sqlalchemy import text

from models.database import Database
from models.schema import upgrade
from tests.bench.rows import licence_rows
from tests.handlers.faces import NOW, Face, running

PROSPECTS = 1_000_000
KNOWN = 200
ROUNDS = 7
LIMIT_MS = 100
LIMIT_BYTES = 60_000
# Organisations with a state, a day and marks to search in, older than the people who are on the first page.
FILL = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
INSERT INTO prospects (id, organisation_id, state, ends_on, last_observed, apps, flags, search, search_source,
                       number)
SELECT 'bench-' || n, 'org-' || (n % 1000),
       CASE n % 4 WHEN 0 THEN 'won' WHEN 1 THEN 'evaluating' WHEN 2 THEN 'lost_expired' ELSE 'grace' END,
       date('2026-01-01', '-' || (n % 900) || ' days'), date('2026-01-01', '-' || (n % 1500) || ' days'),
       '["Timesheets"]', '[]', lower(hex(randomblob(60))), '', n + 10000000
FROM number
"""
ORGANISATIONS = """
WITH RECURSIVE number(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 999)
INSERT INTO organisations (id, name, domain, country)
SELECT 'org-' || n, 'Company ' || n, 'c' || n || '.example', 'France' FROM number
"""
ASKED = {
    "the list": "",
    "the list, one state": "?state=grace",
    "the list, part of a name": "?q=moreau",
}


def measure(folder: Path) -> list[tuple[str, str, str]]:
    """A line each: what, the median on this machine, and that beside its limit."""
    database = Database(f"sqlite:///{folder / 'million.db'}")
    upgrade(database)
    with running(database) as face:
        face.take(*licence_rows(KNOWN))
        with database.write() as session:
            session.execute(text(ORGANISATIONS))
            session.execute(text(FILL), {"count": PROSPECTS})
            session.execute(
                text("UPDATE prospects SET last_observed = :now WHERE person_id IS NOT NULL"),
                {"now": NOW.date().isoformat()},
            )
            session.execute(text("ANALYZE"))
        lines = [_timed(face, what, query) for what, query in ASKED.items()]
        lines.append(_weighed(face))
    database.dispose()
    return lines


def _timed(face: Face, what: str, query: str) -> tuple[str, str, str]:
    def once() -> float:
        begun = time.perf_counter()
        assert face.staff(f"/staff/api/prospects{query}").status_code == 200
        return (time.perf_counter() - begun) * 1000

    once()
    took = median(once() for _ in range(ROUNDS))
    return (
        f"{what}, {PROSPECTS:,} prospects",
        f"{took:.0f} ms of the server, token to HTML",
        f"{took / LIMIT_MS:.0%} of {LIMIT_MS} ms",
    )


def _weighed(face: Face) -> tuple[str, str, str]:
    packed = {"Accept-Encoding": "gzip"}
    files = [f"/static/fairtrial.{kind}" for kind in ("css", "js")]
    answers = [face.client.get(path, headers=packed) for path in (*files, "/static/icon.svg")]
    answers += [face.page("/staff/prospects"), face.staff("/staff/api/prospects", **packed)]
    sent = sum(len(answer.get_data()) for answer in answers)
    shown = (
        f"{sent / 1000:.0f} kB sent with 50 rows, {len(answers)} requests, one script of ours that nothing waits for"
    )
    return (
        "page of the list, without the host's script",
        shown,
        f"{sent / LIMIT_BYTES:.0%} of {LIMIT_BYTES // 1000} kB",
    )
