"""The house as docs/architecture.md draws it: who imports whom, what no folder may do, and nothing of this machine."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("models", "connect", "services", "handlers", "sandbox")
# From where each part of the house may take.
ALLOWED = {
    "app": {"handlers"},
    "handlers": {"handlers", "services", "connect", "models"},
    "services": {"services", "connect", "models"},
    "connect": {"connect"},
    "models": {"models"},
    "sandbox": {"sandbox", "connect"},
}
# Who of the handlers has to do with tokens, and what it takes of them.
TOKEN_READERS = {
    "handlers/guards.py": {"tokens", "Claims", "TokenError"},
    "handlers/errors.py": {"TokenError"},
}
# These names would hide a package that others are imported by.
TAKEN_NAMES = {"atlassian", "jwt", "queue", "email"}
LONGEST_FILE = 250
# Longer, and why it reads better in one piece.
LONG_FILES = {
    "connect/tokens.py": "one token class after the other, with their traps beside each other",
    "services/marketplace/merge.py": "the state of a licence, as one function of its observations",
    "handlers/settings.py": "every setting, with what makes it right",
    "handlers/guards.py": "the table of routes, with the check of each rule below it",
    "models/migrations/versions/0001_first_tables.py": "every table, made by alembic",
    "sandbox/seed_people.py": "data",
}
ABSENT = {
    "a path of some machine": re.compile(rb"(?<![\w.}/-])/(?:work|home|root|Users)/[\w.]"),
    "the host of a package index": re.compile(rb"(?i)\b(?:files\.pythonhosted|pypi\.org|registry\.npmjs|index-url)"),
}


@cache
def tracked() -> list[Path]:
    """Every file of the project: what git knows or would take in."""
    told = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for line in told.stdout.splitlines() if (path := ROOT / line).is_file()]


@cache
def sources() -> dict[str, ast.Module]:
    """The code of the house by its path within it, tests left out."""
    files = [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] != "tests"]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_bytes()) for path in files}


def part_of(name: str) -> str:
    """`services/inbox.py` is of `services`, `app.py` of `app`."""
    return name.split("/")[0].removesuffix(".py")


def imports(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Each module imported anywhere in a file, and the names taken out of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, set()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import says where from in full"
            yield node.module or "", {alias.name for alias in node.names}


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_go_one_way(part: str) -> None:
    houses = {"app", *FOLDERS}
    found = {
        (name, module)
        for name, tree in sources().items()
        if part_of(name) == part
        for module, _ in imports(tree)
        if module.split(".")[0] in houses - ALLOWED[part]
    }
    assert found == set()


def test_every_file_is_of_a_part_whose_imports_are_ruled() -> None:
    assert {part_of(name) for name in sources()} - ALLOWED.keys() == {"gunicorn.conf"}


def test_only_the_guards_read_tokens() -> None:
    found = {
        (name, module, taken)
        for name, tree in sources().items()
        if part_of(name) == "handlers"
        for module, names in imports(tree)
        for taken in names or {module}
        if f"{module}.{taken}".startswith("connect.tokens") and taken not in TOKEN_READERS.get(name, set())
    }
    assert found == set()


def test_the_sandbox_takes_nothing_of_the_product_but_its_token_rules() -> None:
    found = {
        (name, module, taken)
        for name, tree in sources().items()
        if part_of(name) == "sandbox"
        for module, names in imports(tree)
        for taken in names or {""}
        if module.split(".")[0] == "connect" and not f"{module}.{taken}".startswith("connect.tokens")
    }
    assert found == set()


@pytest.mark.parametrize("part", ["services", "models", "connect"])
def test_the_inside_knows_no_flask(part: str) -> None:
    found = {
        name
        for name, tree in sources().items()
        if part_of(name) == part
        for module, _ in imports(tree)
        if module.split(".")[0] == "flask"
    }
    assert found == set()


def test_services_leave_environment_and_commit_to_the_edge() -> None:
    found = {
        (name, node.attr)
        for name, tree in sources().items()
        if part_of(name) == "services"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "commit")
    }
    assert found == set()


def test_nothing_hides_a_package_of_others() -> None:
    named = {part for path in tracked() for part in (*path.relative_to(ROOT).parts[:-1], path.stem)}
    assert named & TAKEN_NAMES == set()


@pytest.mark.parametrize("what", ABSENT)
def test_nothing_of_one_machine_is_in_the_project(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()!r}"
        for path in tracked()
        if path != Path(__file__) and path.suffix not in (".png", ".zip")
        if (hit := ABSENT[what].search(path.read_bytes()))
    ]
    assert found == []


def test_files_are_short() -> None:
    long = {name for name in sources() if len((ROOT / name).read_text().splitlines()) > LONGEST_FILE}
    assert long - LONG_FILES.keys() == set()
    assert LONG_FILES.keys() - long == set(), "no longer an exception"
