"""Golden expectations, written by reading each sample by eye: `golden/`, one file a sample.

Names and versions in there are facts of our own writing; the samples themselves stay where they are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.support import extract
from tests.contracts import contract

GOLDEN = Path(__file__).parent / "golden"
# What lies in the folder beside samples of configurations.
NO_SAMPLES = ("README.md", "eol", "hostile", "redaction")


def read(name: str) -> dict[str, Any]:
    return extract([contract(f"support/{name}")])


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_sample_gives_what_the_eye_reads(golden: Path) -> None:
    expected = json.loads(golden.read_text(encoding="utf-8"))
    answer = read(expected["sample"])
    file = answer["files"][0]
    components = [[item["kind"], item["name"], item["version"]] for item in answer["components"]]
    assert {key: file[key] for key in ("status", "format", "reason")} == {
        key: expected[key] for key in ("status", "format", "reason")
    }
    if "count" in expected:
        # Long lists: how many, and some of them.
        assert len(components) == expected["count"]
        assert [item for item in expected["among"] if item not in components] == []
    else:
        assert sorted(components, key=repr) == sorted(expected["components"], key=repr)
    assert answer["facts"] == expected["facts"]
    assert answer["warnings"] == [f"{file['name']}: {warning}" for warning in expected["warnings"]]


def test_every_sample_has_an_expectation() -> None:
    folder = contract("support")
    samples = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    expected = {json.loads(path.read_text(encoding="utf-8"))["sample"] for path in GOLDEN.glob("*.json")}
    assert {name for name in samples if name.split("/")[0] not in NO_SAMPLES} == expected


def test_apps_of_a_support_zip_are_told_with_key_state_and_origin() -> None:
    answer = read("zip/Confluence_support_2026-11-20-10-00-00.zip")
    apps = {item["name"]: (item["version"], item["raw"]) for item in answer["components"] if item["kind"] == "plugin"}
    assert apps["Example Macros for Confluence"] == ("4.3.1", "com.example.vendor.macros 4.3.1 ENABLED User installed")
    assert apps["Other Diagrams"] == ("12.0.3-conf8", "com.example.other.diagrams 12.0.3-conf8 DISABLED User installed")
    assert len(apps) == 4


def test_every_component_says_where_it_stood() -> None:
    answer = read("zip/Confluence_support_2026-11-20-10-00-00.zip")
    name = "Confluence_support_2026-11-20-10-00-00.zip"
    database = next(item for item in answer["components"] if item["kind"] == "database")
    assert database["raw"] == "15.6 (Debian 15.6-1.pgdg120+2)"
    assert database["source"] == f"{name}!application-properties/application.xml#database-information/version"


def test_logs_in_a_zip_are_never_read() -> None:
    # Its catalina.out is of another server, of 2022; and logs hold people.
    answer = read("zip/Confluence_support_2026-11-20-10-00-00.zip")
    assert "8.5.78" not in json.dumps(answer)


def test_files_that_disagree_are_told() -> None:
    answer = read("zip/Jira_support_2026-11-20-10-00-00.zip")
    assert answer["warnings"] == ["Jira_support_2026-11-20-10-00-00.zip: sources-disagree:database"]


@pytest.mark.parametrize(
    "name", ["sbom/cyclonedx-dropwizard.json", "sbom/spdx-3.0-maven.spdx3.json", "config/pip-freeze.txt"]
)
def test_bills_of_materials_are_lists_of_plugins(name: str) -> None:
    components = read(name)["components"]
    assert len(components) > 5
    assert {item["kind"] for item in components} == {"plugin"}


def test_package_urls_are_no_mail_addresses() -> None:
    answer = read("sbom/cyclonedx-dropwizard.json")
    assert answer["redactions"] == 0 or "[mail" not in json.dumps(answer["components"])
    assert any(
        item["raw"] == "pkg:maven/com.google.code.findbugs/jsr305@3.0.2?type=jar" for item in answer["components"]
    )


@pytest.mark.parametrize("name", ["config/dbconfig.xml", "compose/jira-lts-compose.yml", "paste/freeform-fr.txt"])
def test_secrets_of_a_file_are_counted_and_none_leaves(name: str) -> None:
    answer = read(name)
    told = json.dumps(answer)
    assert answer["redactions"] > 0
    for secret in ("strong-password-EXAMPLE", "123123", "camille.exemple", "+33 1 99"):
        assert secret not in told


def test_unknown_is_a_status_and_not_an_error() -> None:
    answer = read("atlassian/webhook-failed.json")
    assert answer["files"][0]["status"] == "unknown"
    assert answer["components"] == []


def test_content_decides_and_never_the_name(tmp_path: Any) -> None:
    disguised = tmp_path / "photo.png"
    disguised.write_bytes(contract("support/application_xml/jira-9.12-application.xml").read_bytes())
    assert extract([disguised])["files"][0]["format"] == "application-xml"


def test_several_files_make_one_answer() -> None:
    answer = extract([contract(f"support/config/{name}") for name in ("java-version.txt", "os-release-rhel9.txt")])
    assert [file["status"] for file in answer["files"]] == ["parsed", "parsed"]
    assert [item["kind"] for item in answer["components"]] == ["jvm", "os"]
    assert len(answer["files"][0]["sha256"]) == 64
