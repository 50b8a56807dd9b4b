"""The documentation says all of what there is, and nothing else: settings, routes, commands, targets, links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from flask import Flask

from app import create_app
from handlers.guards import ROUTES
from handlers.settings import Settings
from tests.test_architecture import tracked

ROOT = Path(__file__).resolve().parents[1]
# The policy has placeholders, and a check of its own.
PAGES = sorted(path for path in tracked() if path.suffix == ".md" and path.relative_to(ROOT).parts[0] != "policy")
# Not settings of the app: they are for whoever tests it.
FOR_TESTS = {"FAIRTRIAL_TEST_POSTGRES_URL", "FAIRTRIAL_PICTURES"}


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def app() -> Flask:
    """The app as it starts on a bare machine; it is looked at, not used."""
    return create_app(Settings(_env_file=None))  # type: ignore[call-arg]


def shown(default: object) -> str:
    """A default as docs/configuration.md writes it."""
    if isinstance(default, Path):
        default = default.relative_to(ROOT)
    plain = ",".join(default) if isinstance(default, tuple) else "" if default is None else str(default)
    return f"`{plain}`" if plain else "none"


def name_of(field: str) -> str:
    return f"FAIRTRIAL_{field.upper()}"


def test_every_setting_is_explained_with_its_default() -> None:
    told = dict(re.findall(r"^\| `(FAIRTRIAL_\w+)` \| .+ \| (.+?) \|$", text_of("docs/configuration.md"), re.M))
    assert told == {name_of(field): shown(info.default) for field, info in Settings.model_fields.items()}


def test_no_page_names_a_setting_that_is_none() -> None:
    named = {name for page in PAGES for name in re.findall(r"FAIRTRIAL_\w+[A-Z]", page.read_text(encoding="utf-8"))}
    assert named - FOR_TESTS <= {name_of(field) for field in Settings.model_fields}


def test_the_example_has_every_setting_and_each_would_be_taken(tmp_path: Path) -> None:
    example = text_of(".env.example")
    assert sorted(re.findall(r"^#(FAIRTRIAL_\w+)=", example, re.M)) == sorted(map(name_of, Settings.model_fields))
    everything = tmp_path / "env"
    everything.write_text(re.sub(r"^#(?=FAIRTRIAL_)", "", example, flags=re.M))
    read = Settings(_env_file=everything)  # type: ignore[call-arg]
    assert all(getattr(read, field) not in (None, ()) for field in Settings.model_fields)


def test_who_may_call_what_is_told_as_the_guards_have_it(app: Flask) -> None:
    told = set(re.findall(r"^\| `(\w+ /.*?)` \| (.+?) \|", text_of("docs/security.md"), re.M))
    assert told == {
        (f"{method} {re.sub(r'<any.fr, en.:lang>', '<lang>', rule.rule)}", ROUTES[rule.endpoint].value)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_named_is_one(page: Path) -> None:
    assert set(re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text(encoding="utf-8"), re.M)) <= targets()


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each `flask --app app …` in code of a page."""
    for line in re.findall(r"(?:`|^ {4,}|&& )(?:\.venv/bin/)?flask --app app ([^`\n#|]+)", page.read_text(), re.M):
        yield shlex.split(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_named_is_one(page: Path, app: Flask) -> None:
    for words in commands(page):
        command: click.Command = app.cli
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert not isinstance(command, click.Group) or not words, f"{command.name} has no {words[0]}"
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
