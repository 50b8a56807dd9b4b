"""`flask forge manifest`, and the settings of Forge."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from pydantic import ValidationError

from app import create_app
from handlers.forge_modules import PAGE_MODULES
from handlers.settings import Settings
from tests.handlers.faces import Page

UUID = "5a1d7c3e-0000-4000-8000-000000000009"
ARI = f"ari:cloud:ecosystem::app/{UUID}"


def settings(**given: object) -> Settings:
    return Settings(secret_keys=("a-secret-key-for-the-tests",), _env_file=None, **given)  # type: ignore[arg-type]


def run(*arguments: str, **given: object) -> Result:
    app = create_app(settings(**({"forge_app_id": UUID} | given)))
    return app.test_cli_runner().invoke(args=["forge", "manifest", *arguments])


def test_the_manifest_is_the_same_text_each_time_and_says_whence_it_is() -> None:
    first, second = run(base_url="https://app.example"), run(base_url="https://app.example")
    assert (first.exit_code, first.output) == (0, second.output)
    assert first.output.startswith("# Made by ")
    assert f'id: "{ARI}"' in first.output and 'baseUrl: "https://app.example"' in first.output


def test_it_is_written_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    assert run("--output", str(path)).exit_code == 0
    assert path.read_text() == run().output


def test_it_is_given_as_json_with_a_guide_where_there_is_one() -> None:
    found = json.loads(run("--json", "--migration-guide", "https://app.example/move").output)
    assert found["app"]["id"] == ARI
    [module] = found["modules"]["connectToForgeMigration"]
    assert module["migrationGuideUrl"] == "https://app.example/move"
    assert "connectToForgeMigration" not in json.loads(run("--json").output)["modules"]


def test_what_is_missing_is_named() -> None:
    without = run(forge_app_id=None)
    assert (without.exit_code, "FAIRTRIAL_FORGE_APP_ID" in without.output) == (1, True)
    assert run("--migration-guide", "http://app.example").exit_code == 2


@pytest.mark.parametrize("given", [UUID, ARI, f" {ARI} "])
def test_an_app_id_is_completed(given: str) -> None:
    assert settings(forge_app_id=given).forge_app_id == ARI


@pytest.mark.parametrize("given", [None, "", " "])
def test_without_one_forge_is_off(given: str | None) -> None:
    assert settings(forge_app_id=given).forge_app_id is None


@pytest.mark.parametrize("given", ["ari:cloud:ecosystem::environment/x", "a b", "https://x.example", "x" * 65])
def test_what_is_no_app_id_stops_the_start(given: str) -> None:
    with pytest.raises(ValidationError):
        settings(forge_app_id=given)


def test_development_builds_call_an_app_of_this_machine_alone() -> None:
    assert settings().forge_callers == ("PRODUCTION", "DEVELOPMENT")
    assert settings(base_url="https://app.example").forge_callers == ("PRODUCTION",)
    assert settings(base_url="https://app.example", forge_environments="STAGING").forge_callers == ("STAGING",)


def test_a_package_has_the_shell_of_each_page_in_each_language_and_what_its_manifest_names(tmp_path: Path) -> None:
    runner = create_app(settings(forge_app_id=UUID, base_url="https://app.example")).test_cli_runner()
    for _ in range(2):
        assert runner.invoke(args=["forge", "package", str(tmp_path / "app")]).exit_code == 0
    written = {str(path.relative_to(tmp_path / "app")) for path in (tmp_path / "app").rglob("*") if path.is_file()}
    manifest = (tmp_path / "app" / "manifest.yml").read_text()
    # The script that a page loads is built of the others, by npm (tests/browser/test_forge_bridge.py).
    assert {name for name in written if name.startswith("static/")} == {
        "static/pages/index.html", "static/pages/fairtrial.css", "static/pages/icon.svg",
    }  # fmt: skip
    assert (
        set(re.findall(r'path: "(locales/.+?)"', manifest)) == {name for name in written if "locales" in name} != set()
    )
    told = json.loads((tmp_path / "app" / "src" / "shells.json").read_text())
    assert (told["home"], set(told["shells"])) == ("https://app.example", {page.module_key for page in PAGE_MODULES})
    for key, by_language in told["shells"].items():
        for lang, shell in by_language.items():
            found = Page(shell)
            assert (found.faults, found.lang) == ([], lang), key
    assert '"/support/api/panel?issueId="' in told["shells"]["configuration-panel"]["fr"]


def test_a_package_needs_an_app_id_too(tmp_path: Path) -> None:
    runner = create_app(settings(forge_app_id=None)).test_cli_runner()
    assert runner.invoke(args=["forge", "package", str(tmp_path / "app")]).exit_code == 1
    assert not (tmp_path / "app").exists()
