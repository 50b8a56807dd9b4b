"""Things the policy speaks of that this program never holds: cookies, audience measurement, lists of visited pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handlers import work
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


def test_invariant_7_no_page_visits_are_stored() -> None:
    columns = {f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.columns}
    assert not {name for name in columns if re.search(r"visit|page_view|last_page|referrer|user_agent", name)}
    assert not {name for name in columns if re.search(r"(^|[._])ip($|_)|remote_addr", name)}


def named(pattern: str) -> set[str]:
    """Columns of ours whose name looks like this."""
    columns = {f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.columns}
    return {name for name in columns if re.search(pattern, name)}


def test_no_age_is_asked_or_held() -> None:
    assert named(r"[._](age|birth\w*|born\w*)$") == set()
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "sandbox" not in path.parts]
    assert pages and not [path.name for path in pages if re.search(r'name="(age|birth)', path.read_text())]


def test_no_bank_account_is_held() -> None:
    assert named(r"iban|bic$|card|bank|account_number") == set()


def test_nothing_can_be_published_here(edge: Edge) -> None:
    rules = {rule.rule for rule in edge.app.url_map.iter_rules()}
    assert not {rule for rule in rules if re.search(r"comment|post/|news|blog", rule)}


def test_no_letter_is_about_a_support_case() -> None:
    letters = {path.name for path in (ROOT / "templates" / "mail").glob("*.txt")}
    assert letters and not {name for name in letters if re.search(r"case_(created|answered)|support", name)}


def test_no_list_of_references_is_made(edge: Edge) -> None:
    assert not {rule.rule for rule in edge.app.url_map.iter_rules() if "reference" in rule.rule}
    assert named(r"^reference") == set()


def test_people_are_reached_by_mail_alone() -> None:
    assert {kind for kind in work.EFFECTS if re.match(r"(mail|phone|sms|fax|post|call)\b", kind)} == {"mail.send"}
