"""What holds of every refusal: one short answer, nothing written, nothing of the attack in answer or log."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jwt.algorithms import HMACAlgorithm
from pytest import MonkeyPatch
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from models.schema import METADATA
from tests.handlers.edge import Edge
from tests.handlers.test_logs import our_log

SHORT = 200
# Shorter pieces of a token may be in any answer by chance.
MIN_PIECE = 8


@dataclass
class Siege:
    """Attacks on one edge, and the answers they got."""

    edge: Edge
    bodies: set[bytes] = field(default_factory=set)
    planted: set[str] = field(default_factory=set)

    def refused(self, answer: TestResponse, token: str, what: object, status: int = 401) -> None:
        """`token` was of no use, and nothing of it comes back."""
        assert answer.status_code == status, (what, answer.status_code, answer.text)
        said = f"{answer.text}\n{answer.headers}"
        pieces = {piece for piece in re.split(r"[.\s]", token) if len(piece) >= MIN_PIECE}
        assert not [piece for piece in pieces if piece in said], what
        assert "Location" not in answer.headers, what
        self.bodies.add(answer.data)
        self.planted |= pieces


def counts(edge: Edge) -> dict[str, int]:
    """Rows of each table."""
    with edge.parts.database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in METADATA.sorted_tables
        }


@contextmanager
def besieged(edge: Edge) -> Iterator[Siege]:
    """Nothing that happens within may write, be logged, or be answered in more than one short way."""
    siege, written, before, rows = Siege(edge), our_log(), edge.snapshot(), counts(edge)
    yield siege
    assert (counts(edge), edge.snapshot()) == (rows, before)
    assert len(siege.bodies) == 1, siege.bodies
    assert len(siege.bodies.pop()) < SHORT
    log = written.getvalue()
    assert log, "refusals are logged"
    assert not [piece for piece in siege.planted if piece in log]


@contextmanager
def work_done(edge: Edge, monkeypatch: MonkeyPatch) -> Iterator[Counter[str]]:
    """How many HMACs are computed and statements run within: what a refusal costs, without a watch."""
    done: Counter[str] = Counter()
    verify = HMACAlgorithm.verify

    def counted(self: HMACAlgorithm, *arguments: bytes) -> bool:
        done["hmac"] += 1
        return verify(self, *arguments)

    def statement(*_: object) -> None:
        done["statement"] += 1

    engine = edge.parts.database.engine
    event.listen(engine, "before_cursor_execute", statement)
    with monkeypatch.context() as patch:
        patch.setattr(HMACAlgorithm, "verify", counted)
        yield done
    event.remove(engine, "before_cursor_execute", statement)
