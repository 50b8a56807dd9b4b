"""What is said of a configuration: how long its parts are supported, what to note, and what changed since last time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from models.database import Database
from models.support import ConfigComponent, ConfigSnapshot, SupportCase
from services.support import changes, lifecycle, rules
from services.support.rules import Piece
from services.support.versions import sort_key
from tests.contracts import load
from tests.support.test_panel import Panel, shown, with_zip  # noqa: F401 - a fixture is found by its name

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "name", "version", "cycle", "state", "until"),
    [
        ("product", "Confluence", "8.5.12", "8.5", "ended", "2025-12-15"),
        ("product", "Confluence", "9.2.1", "9.2", "soon", "2026-12-10"),
        ("product", "Jira", "10.3", "10.3", "soon", "2026-12-05"),
        ("product", "Jira", "11.3.10", "11.3", "supported", "2027-12-03"),
        ("database", "PostgreSQL", "14.9", "14", "ended", "2026-11-12"),
        ("database", "PostgreSQL", "9.6.24", "9.6", "ended", "2021-11-11"),
        ("database", "Microsoft SQL Server", "15.0.4153.1", "15.0", "supported", "2030-01-08"),
        ("database", "MySQL", "8.0.36", "8.0", "ended", "2026-04-30"),
        ("app_server", "Apache Tomcat", "9.0.87", "9.0", "supported", "2027-03-31"),
        ("app_server", "Apache Tomcat", "10.1.3", "10.1", "supported", None),
        ("jvm", "OpenJDK", "1.8.0_281", "8", "supported", None),
        ("jvm", "OpenJDK", "17.0.11", "17", "supported", None),
        ("os", "Ubuntu", "22.04", "22.04", "supported", None),
        ("os", "Windows Server", "10.0.20348", "2022", "supported", None),
        ("os", "Windows Server 2012 R2", "6.3.9600", "2012-r2", "ended", None),
        ("os", "Debian", "12", "12", "ended", "2026-07-11"),
    ],
)
def test_support_is_told_by_the_makers_dates(
    kind: str, name: str, version: str, cycle: str, state: str, until: str | None
) -> None:
    found = lifecycle.standing(kind, name, version, TODAY)
    assert found is not None and (found.cycle, found.state) == (cycle, state)
    if until is not None:
        assert found.told()["until"] == until


@pytest.mark.parametrize(
    ("kind", "name", "version"),
    [("database", "H2", "2.1"), ("product", "Confluence", None), ("product", "Confluence", "99.1"),
     ("product", "Jira Service Management", "5.12"), ("jvm", "Java", "17"), ("os", "Windows Server", "10.0.1")],
)  # fmt: skip
def test_what_the_data_does_not_list_is_unknown(kind: str, name: str, version: str | None) -> None:
    assert lifecycle.standing(kind, name, version, TODAY) is None


def test_the_day_itself_is_still_supported_and_a_quarter_ahead_is_soon() -> None:
    end = date(2026, 12, 10)
    states = {
        days: lifecycle.standing("product", "Confluence", "9.2", end + timedelta(days=days)).state  # type: ignore[union-attr]
        for days in (-93, -92, 0, 1)
    }
    assert states == {-93: "supported", -92: "soon", 0: "soon", 1: "ended"}


def test_old_data_says_that_it_is_old() -> None:
    assert not lifecycle.is_old(lifecycle.taken() + timedelta(days=90))
    assert lifecycle.is_old(lifecycle.taken() + timedelta(days=91))


def test_the_dates_are_those_of_their_source() -> None:
    source = load("support/eol/endoflife-subset.json")["products"]
    compared = 0
    for told in lifecycle._data()["products"].values():
        dates = {one["releaseCycle"]: one["eol"] for one in source[told["page"]]["releases"]}
        for cycle, end in told["cycles"].items():
            assert (end.isoformat() if isinstance(end, date) else False) == dates[cycle], (told["page"], cycle)
            compared += 1
    assert compared > 300


def pieces(**told: tuple[str, str | None]) -> dict[str, Piece]:
    return {
        kind: Piece(name, version, lifecycle.standing(kind, name, version, TODAY))
        for kind, (name, version) in told.items()
    }


@pytest.mark.parametrize(
    ("told", "spoken"),
    [
        ({"product": ("Confluence", "8.5.12"), "database": ("H2", "2.1")}, ["product-ended", "database-embedded"]),
        ({"product": ("Jira", "10.3.2"), "database": ("PostgreSQL", "16.1"), "jvm": ("OpenJDK", "11.0.2")},
         ["java-too-old-jira", "product-soon"]),
        ({"product": ("Confluence", "9.5.1"), "database": ("PostgreSQL", "17"), "jvm": ("OpenJDK", "1.8.0_281")},
         ["java-too-old-confluence", "product-supported"]),
        ({"product": ("Jira", "11.3.1"), "database": ("PostgreSQL", "17.2"), "jvm": ("OpenJDK", "21")},
         ["product-supported"]),
        ({"product": ("Jira", "11.3.1")}, ["database-not-told", "product-supported"]),
        ({"product": ("Jira", None), "database": ("PostgreSQL", None), "jvm": ("Java", None)}, []),
        ({}, []),
    ],
)  # fmt: skip
def test_rules_speak_the_gravest_first(told: Any, spoken: list[str]) -> None:
    assert [rule.id for rule in rules.judge(pieces(**told))] == spoken


def test_every_rule_can_speak_and_says_it_in_both_languages() -> None:
    for rule in rules.built_in():
        assert rule.text.fr and rule.text.en and rule.text.fr != rule.text.en
        assert rule.when, "a rule without a condition always speaks"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules: [", "broken.yaml:1"),
        ("- a\n- b\n", "no list of rules"),
        ("rules:\n  - id: a\n", "rule 1, severity"),
        ("rules:\n  - {id: a, severity: loud, when: [], text: {fr: a, en: b}}\n", "rule 1, severity"),
        ("rules:\n  - {id: a, severity: warn, when: [{kind: jvm, version: old}], text: {fr: a, en: b}}\n", "version"),
        ("rules:\n  - {id: a, severity: warn, when: [{kind: disk}], text: {fr: a, en: b}}\n", "kind"),
        ("rules:\n" + "  - {id: a, severity: warn, when: [], text: {fr: a, en: b}}\n" * 2, "two rules are called a"),
        ("rules: !!python/object/apply:os.system ['true']\n", "broken.yaml:1"),
    ],
)
def test_a_broken_file_names_the_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(rules.RulesError, match=told):
        rules.read(path)


def test_the_command_shows_rules_and_refuses_a_broken_file(tmp_path: Path) -> None:
    from handlers.cli import support as cli

    app = Flask("rules")
    app.cli.add_command(cli.group)
    path = tmp_path / "broken.yaml"
    path.write_text("rules: [")
    runner = app.test_cli_runner()
    assert runner.invoke(args=["support", "rules", str(path)]).exit_code == 2
    told = json.loads(runner.invoke(args=["support", "rules", "--json"]).output)
    assert {"product-ended", "database-embedded"} <= {rule["id"] for rule in told}


def case(number: int, reporter: str | None, *snapshots: ConfigSnapshot, **changed: Any) -> SupportCase:
    told = {
        "client_key": "client-1", "issue_id": str(number), "issue_key": f"SUP-{number}", "project_key": "SUP",
        "reporter_index": reporter, "state": "open", "seen_at": NOW,
    }  # fmt: skip
    return SupportCase(**(told | changed), snapshots=list(snapshots))


def snapshot(number: int, day: int, *components: tuple[str, str, str | None], **changed: Any) -> ConfigSnapshot:
    told = {
        "attachment_id": str(number), "file_name": f"{number}.zip", "size": 1, "status": "parsed", "facts": {},
        "redactions": 0, "parser_version": 1, "collection_mode": "online_support", "source": "attachment",
        "taken_at": NOW.replace(day=day), "read_at": NOW,
    }  # fmt: skip
    rows = [
        ConfigComponent(kind=kind, name=name, version=version, sort_key=sort_key(version, kind), raw="", source="")
        for kind, name, version in components
    ]
    return ConfigSnapshot(**(told | changed), components=rows)


OLD = [
    ("product", "Confluence", "8.5.1"), ("database", "MySQL", "8.0.1"), ("jvm", "OpenJDK", "17.0.11"),
    ("plugin", "Macros", "4.1"), ("plugin", "Gone", "1"),
]  # fmt: skip
NEW = [
    ("product", "Confluence", "8.5.12"), ("database", "PostgreSQL", "15.6"), ("jvm", "OpenJDK", "17.0.2"),
    ("plugin", "Macros", "4.1"), ("plugin", "Fresh", "2"), ("os", "Debian", "12"),
]  # fmt: skip


def since(database: Database, *cases: SupportCase) -> Any:
    with database.write() as session:
        session.add_all(cases)
        session.flush()
        return changes.since_last(session, cases[0])


def test_what_changed_since_another_case_of_the_same_customer(database: Database) -> None:
    found = since(database, case(2, "bob", snapshot(20, 20, *NEW)), case(1, "bob", snapshot(10, 10, *OLD)))
    assert found["before"] == {
        "issue_id": "1", "issue_key": "SUP-1", "file": "10.zip", "taken_at": NOW.replace(day=10).isoformat(),
    }  # fmt: skip
    told = [(one["kind"], one["name"], one["before"], one["after"], one["change"]) for one in found["changes"]]
    assert told == [
        ("product", "Confluence", "8.5.1", "8.5.12", "upgraded"),
        ("database", "PostgreSQL", "MySQL 8.0.1", "15.6", "replaced"),
        ("jvm", "OpenJDK", "17.0.11", "17.0.2", "downgraded"),
        ("plugin", "Fresh", None, "2", "added"),
        ("plugin", "Gone", "1", None, "removed"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        lambda: case(1, "carol", snapshot(10, 10, *OLD)),
        lambda: case(1, "bob", snapshot(10, 10, *OLD), state="deleted"),
        lambda: case(1, "bob", snapshot(10, 10, *OLD), client_key="client-2"),
        lambda: case(1, "bob", snapshot(10, 10, ("product", "Jira", "10.3"))),
        lambda: case(1, "bob", snapshot(10, 10, *OLD, status="refused")),
        lambda: case(1, "bob", snapshot(10, 21, *OLD)),
    ],
)
def test_another_customer_product_or_time_is_no_last_time(database: Database, other: Callable[[], SupportCase]) -> None:
    assert since(database, case(2, "bob", snapshot(20, 20, *NEW)), other()) is None


def test_an_earlier_file_of_the_same_case_counts_even_once_it_was_removed(database: Database) -> None:
    found = since(database, case(2, None, snapshot(20, 20, *NEW), snapshot(10, 10, *OLD, gone_at=NOW)))
    assert found["before"]["file"] == "10.zip" and found["changes"][0]["change"] == "upgraded"
    assert since(database, case(3, None, snapshot(30, 20, *NEW))) is None


def test_the_panel_warns_and_tells_what_changed(shown: Panel) -> None:  # noqa: F811
    with_zip(shown)
    told = shown.fragment(Accept="application/json").json
    assert told["configuration"]["product"]["support"] == {"cycle": "8.5", "state": "ended", "until": "2025-12-15"}
    assert [warning["id"] for warning in told["warnings"]][:1] == ["product-ended"]
    assert told["since_last"] is None
    for lang, words in (("en", "Support ended on"), ("fr", "Support terminé le")):
        page = shown.fragment(**{"Accept-Language": lang}).text
        assert words in page and ("no longer supports" in page) == (lang == "en")


def test_what_another_case_held_is_for_those_who_may_see_it(shown: Panel) -> None:  # noqa: F811
    with_zip(shown)
    with shown.parts.database.write() as session:
        known = session.query(SupportCase).one()
        older = case(9, known.reporter_index, snapshot(90, 2, *OLD))
        session.add(older)
    told = shown.fragment(Accept="application/json").json
    assert told["since_last"]["before"]["issue_key"] == "SUP-9"
    assert "issue_id" not in told["since_last"]["before"]
    assert "MySQL 8.0.1" in shown.fragment().text
    shown.site.hidden = {"9"}
    hidden = shown.fragment(Accept="application/json").json
    assert hidden["since_last"] is None and hidden["configuration"]
