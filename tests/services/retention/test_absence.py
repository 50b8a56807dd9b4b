"""Things the policy speaks of that this program never holds: cookies, audience measurement, lists of visited pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.schema import METADATA
from tests.handlers.edge import Edge

ROOT = Path(__file__).resolve().parents[3]
PUBLIC = ["/policy/fr", "/policy/en", "/policy/fr/changes", "/healthz", "/atlassian-connect.json", "/privacy/choices/x",
          "/u/x", "/staff/prospects", "/nowhere"]  # fmt: skip


@pytest.mark.parametrize("path", PUBLIC)
def test_no_route_sets_a_cookie(edge: Edge, path: str) -> None:
    for method in ("GET", "POST"):
        assert "Set-Cookie" not in edge.client.open(path, method=method).headers


def test_no_code_sets_a_cookie() -> None:
    sources = [path for folder in ("handlers", "services") for path in (ROOT / folder).rglob("*.py")]
    assert sources
    found = [path.name for path in sources if re.search(r"set_cookie|flask import .*\bsession\b", path.read_text())]
    assert found == []


@pytest.mark.parametrize("path", ["/policy/fr", "/policy/en", "/privacy/choices/x", "/u/x"])
def test_no_page_loads_anything_from_elsewhere(edge: Edge, path: str) -> None:
    page = edge.client.get(path, headers={"Accept": "text/html"}).text
    assert "<html" in page
    assert re.findall(r"<(?:script|img|iframe|link)[^>]+(?:src|href)=[\"'](?:https?:)?//", page) == []
    assert (
        not re.search(r"google|gtag|analytics\.js", page.replace("Google Analytics", ""), re.I)
        or "policies.google" in page
    )


def test_no_page_visits_are_stored() -> None:
    columns = {f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.columns}
    assert not {name for name in columns if re.search(r"visit|page_view|last_page|referrer|user_agent", name)}
    assert not {name for name in columns if re.search(r"(^|[._])ip($|_)|remote_addr", name)}
