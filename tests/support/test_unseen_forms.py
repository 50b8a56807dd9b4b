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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
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
