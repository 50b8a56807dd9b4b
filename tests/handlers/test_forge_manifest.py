"""`flask forge manifest`, and the settings of Forge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from pydantic import ValidationError

from app import create_app
from handlers.settings import Settings

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
