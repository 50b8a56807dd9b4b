"""What customers run, in numbers in which nobody can be made out. On both databases."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from models.database import Database
from models.support import SupportCase
from services.support import fleet
from tests.support.test_advice import case, snapshot

TODAY = date(2026, 11, 22)


def running(number: int, customer: str | None, *components: tuple[str, str, str | None], day: int = 10) -> SupportCase:
    return case(number, customer, snapshot(number, day, *components))


def told(database: Database, *cases: SupportCase) -> dict[str, list[dict[str, Any]]]:
    with database.write() as session:
        session.add_all(cases)
    with database.read() as session:
        return fleet.fleet(session, TODAY)


def rows(found: dict[str, list[dict[str, Any]]], kind: str) -> list[tuple[Any, ...]]:
    return [(row["name"], row["cycle"], row["customers"]) for row in found[kind]]


def test_customers_are_counted_once_by_their_newest_configuration(database: Database) -> None:
    jira, old, new = (
        ("product", "Jira", "11.3.1"),
        ("database", "PostgreSQL", "14.1"),
        ("database", "PostgreSQL", "16.2"),
    )
    cases = [running(number, f"customer-{number}", jira, new) for number in range(3)]
    cases += [running(number + 10, f"customer-{number}", jira, old, day=5) for number in range(3)]
    cases += [running(20 + number, "customer-0", jira, new, day=9) for number in range(4)]
    found = told(database, *cases)
    assert rows(found, "product") == [("Jira", "11.3", 3)]
    assert rows(found, "database") == [("PostgreSQL", "16", 3)], "who has upgraded runs the new one alone"


def test_each_product_of_a_customer_counts(database: Database) -> None:
    cases = []
    for number in range(3):
        cases.append(running(number, f"c{number}", ("product", "Jira", "11.3.1"), ("jvm", "OpenJDK", "21.0.1")))
        cases.append(running(10 + number, f"c{number}", ("product", "Confluence", "9.2"), ("jvm", "OpenJDK", "17")))
    found = told(database, *cases)
    assert rows(found, "product") == [("Confluence", "9.2", 3), ("Jira", "11.3", 3)]
    assert rows(found, "jvm") == [("OpenJDK", "17", 3), ("OpenJDK", "21", 3)]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"16": 5, "15": 3}, [("PostgreSQL", "16", 5), ("PostgreSQL", "15", 3)]),
        ({"16": 5, "15": 2, "14": 1}, [("PostgreSQL", "16", 5), (None, None, 3)]),
        ({"16": 5, "15": 4, "14": 2}, [("PostgreSQL", "16", 5), (None, None, 6)]),
        ({"16": 3, "15": 1}, [(None, None, 4)]),
        ({"16": 2}, []),
        ({"16": 1, "15": 1}, []),
        ({}, []),
    ],
)
def test_fewer_than_three_are_never_made_out(
    database: Database, counts: dict[str, int], expected: list[tuple[Any, ...]]
) -> None:
    versions = [version for version, count in counts.items() for _ in range(count)]
    cases = [
        running(number, f"c{number}", ("product", "Jira", "11.3.1"), ("database", "PostgreSQL", version))
        for number, version in enumerate(versions)
    ]
    found = told(database, *cases)
    assert rows(found, "database") == expected
    assert all(row["customers"] >= 3 for listed in found.values() for row in listed)


def test_deleted_cases_and_unread_files_are_not_counted(database: Database) -> None:
    jira = ("product", "Jira", "11.3.1")
    cases = [running(number, f"c{number}", jira) for number in range(2)]
    cases += [
        case(10, "c10", snapshot(10, 10, jira), state="deleted"),
        case(11, "c11", snapshot(11, 10, jira, status="refused")),
    ]
    cases += [case(12, "c12")]
    assert told(database, *cases)["product"] == []


def test_what_ends_soon_comes_first(database: Database) -> None:
    releases = [("Confluence", "9.2"), ("Confluence", "8.5.1"), ("Jira", "11.3.1")]
    cases = [
        running(10 * line + number, f"c{line}-{number}", ("product", name, version))
        for line, (name, version) in enumerate(releases)
        for number in range(3)
    ]
    ends = fleet.ending(told(database, *cases))
    assert [(row["name"], row["cycle"], row["support"]["state"]) for row in ends] == [
        ("Confluence", "8.5", "ended"), ("Confluence", "9.2", "soon"),
    ]  # fmt: skip


def test_staff_see_it_on_their_dashboard_and_the_console(database: Database) -> None:
    from tests.handlers.faces import running as face_on

    with face_on(database) as face:
        cases = [running(number, f"c{number}", ("product", "Confluence", "8.5.1")) for number in range(3)]
        with database.write() as session:
            session.add_all(cases)
        page = face.staff("/staff/api/dashboards").text
        assert "Products that customers run" in page and "Confluence 8.5" in page and "Support ended on" in page
        french = face.staff("/staff/api/dashboards", **{"Accept-Language": "fr"}).text
        assert "Produits utilisés par les clients" in french and "Support terminé le" in french
        found = json.loads(face.app.test_cli_runner().invoke(args=["support", "fleet", "--json"]).output)
        assert rows(found["kinds"], "product") == [("Confluence", "8.5", 3)]
        assert "Confluence" in face.app.test_cli_runner().invoke(args=["support", "fleet"]).output
