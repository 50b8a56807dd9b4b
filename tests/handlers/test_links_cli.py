"""Who belongs together, decided on the console."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from services.marketplace.poll import take_all
from tests.handlers.edge import Edge
from tests.services.marketplace.test_decisions import ROWS

Run = Callable[..., Result]


@pytest.fixture
def run(edge: Edge) -> Run:
    parts = edge.parts
    take_all(parts.database, parts.vault, ROWS, source="file", as_of=None, now=parts.clock())

    def call(*arguments: str) -> Result:
        return edge.app.test_cli_runner().invoke(args=["prospects", *arguments])

    return call


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def organisations(run: Run) -> dict[str, str]:
    return {line["licence"]: line["organisation"] for line in told(run("links", "--json"))}


def test_a_split_and_taking_it_back(run: Run) -> None:
    before = organisations(run)
    assert run("split", "E-2000", "--reason", "another company").exit_code == 0
    apart = organisations(run)
    assert len(set(apart.values())) == len(set(before.values())) + 1
    (decisions,) = told(run("decisions", "--json"))
    assert decisions[0]["kind"] == "apart"
    assert run("decisions", "--take-back", str(decisions[0]["id"])).exit_code == 0
    assert organisations(run) == before


def test_a_join_shows_in_the_account(run: Run) -> None:
    assert run("join", "E-1000", "E-3000", "--reason", "bought").exit_code == 0
    (organisation,) = set(organisations(run).values())
    (account,) = told(run("account", organisation, "--json"))
    assert account["licences_in_all"] == 3 and len(account["people"]) == 3
    assert told(run("suggest", "--json")) == [[]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("split", "E-9999", "--reason", "r"),
        ("join", "E-1000", "--reason", "r"),
        ("decisions", "--take-back", "7"),
        ("account", "o-unknown"),
    ],
)
def test_what_cannot_be_decided_is_told_plainly(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 1 and result.output.startswith("Error: ")


def test_a_rebuild_changes_nothing_of_what_is_printed(run: Run) -> None:
    before = [run("links", "--json").output, run("list", "--json").output]
    assert run("rebuild").output == "3 licences were worked out again.\n"
    assert [run("links", "--json").output, run("list", "--json").output] == before
