"""Forms that the contract samples do not have: other products, languages and ways to write the same facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from services import support

FRENCH_PASTE = """Informations système
Version de Java\t17.0.9
Système d'exploitation\tWindows Server 2022 10.0
Conteneur de serveur d'application\tApache Tomcat/9.0.85
Type de base de données\tmssql
Version de la base de données\t15.00.4355
Version\t10.3.2
Numéro de build\t10030002
"""
COMPOSE = """services:
  jsm:
    image: atlassian/jira-servicemanagement:5.12@sha256:abcdef
"""
BAMBOO = """<properties><bamboo-information><version>9.6.1</version></bamboo-information><plugins><plugin>
<plugin-key>com.example.x</plugin-key><plugin-name>X</plugin-name><plugin-version>1.2.3</plugin-version>
</plugin></plugins></properties>"""
OLD_JIRA = """<properties><System-Information><Version>8.20.10</Version>
<Application-Server-Container>Apache Tomcat/8.5.60</Application-Server-Container></System-Information></properties>"""
SPDX_TAGS = "SPDXVersion: SPDX-2.3\nPackageName: log4j-core\nPackageVersion: 2.17.1\n"
CYCLONEDX_XML = """<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library">
<name>log4j-core</name><version>2.17.1</version></component></components></bom>"""
ANSWERS = '[{"label": "Which Confluence version do you use?", "answer": "8.5.4"}]'
LABELS_AND_PROSE = "Jira version : 9.4.14\nBase de données : PostgreSQL 12.17\nServeur d'applications : Tomcat 8.5.93\n"
CORRETTO = """openjdk version "21.0.4" 2024-07-16 LTS
OpenJDK Runtime Environment Corretto-21.0.4.7.1 (build 21.0.4+7-LTS)
"""
JIRA_ON_WINDOWS = """    ___ Environment _____________________________
         JIRA Build                                    : 10.3.2#10030002-rev:abc
         os.name                                       : Windows Server 2022
         os.version                                    : 10.0
"""
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CORRETTO, ("jvm", "Amazon Corretto", "21.0.4")),
        ("Notre instance Confluence DC est en version 9.2.1 depuis lundi", ("product", "Confluence", "9.2.1")),
        ("Our Jira is now on 10.3.2", ("product", "Jira", "10.3.2")),
        ("Unser Confluence ist auf 8.5.4, PostgreSQL 13.14", ("product", "Confluence", "8.5.4")),
        ("Jira 9.12.5. The app version is 7.1.0.", ("plugin", "app", "7.1.0")),
        (f"Confluence Cloud. {USER_AGENT} Edg/130.0.2849.56", ("browser", "Microsoft Edge", "130.0.2849.56")),
        (USER_AGENT, ("browser", "Chrome", "130.0.0.0")),
        (FIREFOX, ("browser", "Firefox", "131.0")),
        (SAFARI, ("browser", "Safari", "17.6")),
        (FRENCH_PASTE, ("product", "Jira", "10.3.2")),
        (FRENCH_PASTE, ("os", "Windows Server 2022", "10.0")),
        (COMPOSE, ("product", "Jira Service Management", "5.12")),
        (BAMBOO, ("plugin", "X", "1.2.3")),
        (OLD_JIRA, ("product", "Jira", "8.20.10")),
        (SPDX_TAGS, ("plugin", "log4j-core", "2.17.1")),
        (CYCLONEDX_XML, ("plugin", "log4j-core", "2.17.1")),
        (ANSWERS, ("product", "Confluence", "8.5.4")),
        (LABELS_AND_PROSE, ("database", "PostgreSQL", "12.17")),
        ('NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\n', ("os", "Alpine Linux", "3.19.1")),
        ("Jira 9.12.5 ; le plugin est en version 5.2.1", ("plugin", "app", "5.2.1")),
    ],
)
def test_the_component_is_found(text: str, expected: tuple[str, str, str], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    found = support.extract([file])["components"]
    assert expected in [(item["kind"], item["name"], item["version"]) for item in found]


def test_a_package_of_debian_tells_nothing_of_the_system(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(
        "PostgreSQL 16.4 (Debian 16.4-1.pgdg120+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14)"
    )
    found = support.extract([file])["components"]
    assert [(item["kind"], item["name"], item["version"]) for item in found] == [("database", "PostgreSQL", "16.4")]


def test_a_log_of_jira_on_windows_is_no_systeminfo(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(JIRA_ON_WINDOWS)
    assert support.extract([file])["files"][0]["format"] == "jira-startup-log"


def test_a_browser_that_is_named_goes_before_the_user_agent(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(f"Confluence 8.5.4, Chrome 129.0.1. {USER_AGENT}")
    found = support.extract([file])["components"]
    assert [item["version"] for item in found if item["kind"] == "browser"] == ["129.0.1"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp850", "cp1252", "utf-8-sig"])
def test_the_encoding_changes_nothing(encoding: str, tmp_path: Path) -> None:
    plain, other = tmp_path / "plain", tmp_path / encoding
    plain.write_bytes(FRENCH_PASTE.encode())
    other.write_bytes(FRENCH_PASTE.encode(encoding))
    told = [
        [(item["kind"], item["name"], item["version"]) for item in support.extract([file])["components"]]
        for file in (plain, other)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"comment": "x", "log": {"version": "1.2", "creator": {}, "pages": []}}', "har"),
        ("<!--" + "x" * 3_000_000 + "--><properties/>", "xml-token-too-long"),
        ('<properties a="' + "x" * 3_000_000 + '"/>', "xml-token-too-long"),
    ],
)
def test_what_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(text, encoding="utf-8")
    assert support.extract([file])["files"][0]["reason"] == reason
