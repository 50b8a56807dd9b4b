"""Golden expectations, written by reading each sample by eye."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.support import extract
from tests.contracts import contract

Found = dict[str, str | None]

CONFLUENCE: Found = {
    "product": "Confluence 8.5.12",
    "database": "PostgreSQL 15.6",
    "jvm": "OpenJDK 17.0.11",
    "os": "Linux 5.14.0",
    "app_server": "Apache Tomcat 9.0.87",
}
JIRA: Found = {
    "product": "Jira 9.12.5",
    "database": "MySQL 8.0.36",
    "jvm": "OpenJDK 11.0.22",
    "os": "Linux 5.15.0",
    "app_server": "Apache Tomcat 8.5.97",
}
PASTED_JIRA = JIRA | {"database": "PostgreSQL 14.11"}
CLUSTER = {"memory_mb": 31767, "cpu_count": 8, "clustered": True, "deployment": "datacenter"}

SAMPLES: list[tuple[str, str, Found, dict[str, Any]]] = [
    ("zip/Confluence_support_2026-11-20-10-00-00.zip", "atlassian-support-zip", CONFLUENCE, CLUSTER),
    ("zip/Confluence_support_2026-11-20.tar.gz", "atlassian-support-tar", CONFLUENCE, CLUSTER),
    (
        "zip/Jira_support_2026-11-20-10-00-00.zip",
        "atlassian-support-zip",
        JIRA,
        {"memory_mb": 64422, "cpu_count": 16, "clustered": True, "deployment": "datacenter"},
    ),
    ("application_xml/confluence-8.5-application.xml", "application-xml", CONFLUENCE, CLUSTER),
    (
        "application_xml/jira-9.12-application.xml",
        "application-xml",
        JIRA,
        {"memory_mb": 64422, "cpu_count": 16, "clustered": False},
    ),
    (
        "application_xml/bitbucket-7.21-application.xml",
        "application-xml",
        {
            "product": "Bitbucket 7.21.11",
            "database": "Microsoft SQL Server 15.00.4261",
            "jvm": "Java 11.0.18",
            "os": "Windows Server 2019 10.0",
            "app_server": None,
        },
        {"cpu_count": 4, "clustered": False},
    ),
    (
        "config/confluence.cfg.xml",
        "confluence-cfg-xml",
        {"product": "Confluence", "database": "PostgreSQL"},
        {"clustered": True, "deployment": "datacenter"},
    ),
    ("config/dbconfig.xml", "dbconfig-xml", {"product": "Jira", "database": "PostgreSQL"}, {}),
    ("config/cluster.properties", "properties", {"product": "Jira"}, {"clustered": True, "deployment": "datacenter"}),
    ("config/jira-config.properties", "properties", {"product": "Jira"}, {}),
    ("config/java-version.txt", "java-version", {"jvm": "OpenJDK 17.0.11"}, {}),
    ("config/java-version-8-oracle.txt", "java-version", {"jvm": "Oracle Java 1.8.0_281"}, {}),
    ("config/os-release-debian12.txt", "os-release", {"os": "Debian 12"}, {}),
    ("config/os-release-rhel9.txt", "os-release", {"os": "Red Hat Enterprise Linux 9.4"}, {}),
    ("paste/jira-system-info-en.txt", "jira-system-info", PASTED_JIRA, {"clustered": False}),
    (
        "paste/jira-wiki-table.txt",
        "wiki-table",
        {
            "product": "Jira 9.12.5",
            "database": "PostgreSQL 14.11",
            "jvm": "OpenJDK 11.0.22",
            "os": "Red Hat Enterprise Linux 8.9",
            "browser": "Firefox 122.0",
            "plugin": "app 7.1.0",
        },
        {"deployment": "datacenter"},
    ),
    (
        "paste/freeform-fr.txt",
        "free-text",
        {
            "product": "Confluence 8.5.12",
            "database": "PostgreSQL 15.6",
            "jvm": "Java 17.0.11",
            "os": "Red Hat Enterprise Linux 9.4",
            "app_server": "Apache Tomcat 9.0.87",
            "plugin": "app 4.3.1",
            "browser": "Chrome 124",
        },
        {"memory_mb": 32768, "cpu_count": 8, "clustered": True, "deployment": "datacenter"},
    ),
    (
        "paste/freeform-en-cloud.txt",
        "free-text",
        {"product": "Confluence", "plugin": "app 2.14.0-AC", "browser": "Chrome 130.0.6723.92", "os": "macOS 14.6.1"},
        {"deployment": "cloud"},
    ),
    ("logs/atlassian-jira-startup.log", "jira-startup-log", PASTED_JIRA, {}),
    ("logs/confluence-sysinfo-keyvalue.log", "confluence-system-info", CONFLUENCE, {}),
    (
        "logs/tomcat-versionlogger.log",
        "tomcat-version-log",
        {"jvm": "OpenJDK 11.0.15", "os": "Linux 5.4.17", "app_server": "Apache Tomcat 8.5.78", "product": None},
        {},
    ),
    ("compose/confluence-lts-compose.yml", "compose", {"product": "Confluence 8.5.23", "database": "MySQL 8.0"}, {}),
    ("compose/jira-lts-compose.yml", "compose", {"product": "Jira 9.12.5", "database": "MySQL 8.0"}, {}),
    ("sbom/cyclonedx-obom.json", "cyclonedx", {"product": "Keycloak 10.0.2", "os": "Red Hat Enterprise Linux 8.0"}, {}),
    ("sbom/spdx-2.2-hello.spdx.json", "spdx", {"plugin": "hello 0.0.1"}, {}),
    (
        "atlassian/adf-comment-with-sysinfo.json",
        "atlassian-document",
        CONFLUENCE,
        {"deployment": "datacenter"},
    ),
    (
        "atlassian/jsm-create-request.json",
        "atlassian-document",
        {"product": "Confluence 8.5.12", "database": "PostgreSQL 15.6", "jvm": "Java 17.0.11"},
        {"deployment": "datacenter"},
    ),
]

SYSTEMINFO = [
    ("srv2019_en.txt", "Microsoft Windows Server 2019 Datacenter 10.0.17763", 2047),
    ("srv2022_en.txt", "Microsoft Windows Server 2022 Standard 10.0.20348", 2047),
    ("win10_es.txt", "Microsoft Windows 10 Education 10.0.17763", 8066),
    ("win10_it.txt", "Microsoft Windows 10 Pro 10.0.17134", 8073),
    ("win11_24h2.txt", "Microsoft Windows 11 Enterprise LTSC 10.0.26100", 4095),
    ("win7_de.txt", "Microsoft Windows 7 Ultimate N 6.1.7601", 16155),
    ("win7_fr_cmd_cp850.txt", "Microsoft Windows 7 Entreprise N 6.1.7601", 2047),
    ("win7_fr_powershell_utf16le.txt", "Microsoft Windows 7 Entreprise N 6.1.7601", 2047),
]


def read(name: str) -> dict[str, Any]:
    return extract([contract(f"support/{name}")])


def first_of(answer: dict[str, Any], kind: str) -> str | None:
    """Name and version of the first component of a kind, as one text."""
    found = [item for item in answer["components"] if item["kind"] == kind]
    return f"{found[0]['name']} {found[0]['version'] or ''}".strip() if found else None


@pytest.mark.parametrize(("name", "form", "expected", "facts"), SAMPLES, ids=[sample[0] for sample in SAMPLES])
def test_sample_gives_what_the_eye_reads(name: str, form: str, expected: Found, facts: dict[str, Any]) -> None:
    answer = read(name)
    assert (answer["files"][0]["status"], answer["files"][0]["format"]) == ("parsed", form)
    assert {kind: first_of(answer, kind) for kind in expected} == expected
    assert answer["facts"] == facts


@pytest.mark.parametrize(("name", "system", "memory"), SYSTEMINFO, ids=[sample[0] for sample in SYSTEMINFO])
def test_systeminfo_in_every_language_and_encoding(name: str, system: str, memory: int) -> None:
    answer = read(f"systeminfo/{name}")
    assert answer["files"][0]["format"] == "systeminfo"
    assert first_of(answer, "os") == system
    assert answer["facts"] == {"memory_mb": memory, "cpu_count": 1}


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
