"""Real version strings (support.md 1.5), most of which `packaging` rejects."""

from __future__ import annotations

import pytest

from services.support import versions

READ = [
    ("8.5.12", (8, 5, 12)),
    ("v8.20.1#820001", (8, 20, 1)),
    ("9.12.5#9120005-sha1:0123456789abcdef", (9, 12, 5)),
    ("15.6 (Debian 15.6-1.pgdg120+2)", (15, 6)),
    ("PostgreSQL - 14.11 (Ubuntu 14.11-0ubuntu0.22.04.1)", (14, 11)),
    ("8.0.36-0ubuntu0.22.04.1", (8, 0, 36)),
    ("10.6.12-MariaDB", (10, 6, 12)),
    ("Apache Tomcat/9.0.87", (9, 0, 87)),
    ("Apache Tomcat/8.5.97 - Servlet API 3.1", (8, 5, 97)),
    ("8.5.78.0", (8, 5, 78, 0)),
    ("Linux 5.14.0-427.13.1.el9_4.x86_64", (5, 14, 0)),
    ("MySQL Connector/J mysql-connector-j-8.0.33 (Revision: 0)", (8, 0, 33)),
    ("2.14.0-AC", (2, 14, 0)),
    ("1001.0.0-SNAPSHOT", (1001, 0, 0)),
    ("10.0.20348 N/A Build 20348", (10, 0, 20348)),
    ("PostgreSQL 16", (16,)),
    ("postgres72", ()),
    ("no version", ()),
    ("", ()),
]
JAVA = [
    ("1.8.0_281", (8, 0, 281)),
    ("1.8.0_281-b09", (8, 0, 281)),
    ("8u281", (8, 0, 281)),
    ("17.0.11+9", (17, 0, 11)),
    ("11.0.22 - Eclipse Adoptium", (11, 0, 22)),
    ("11", (11,)),
]


@pytest.mark.parametrize(("raw", "key"), READ)
def test_reading(raw: str, key: tuple[int, ...]) -> None:
    version = versions.read(raw)
    assert (version.key, version.raw) == (key, raw)


@pytest.mark.parametrize(("raw", "key"), JAVA)
def test_java(raw: str, key: tuple[int, ...]) -> None:
    assert versions.read_java(raw).key == key


def test_oracle_is_told_by_its_release() -> None:
    raw = "Oracle Database 19c Enterprise Edition Release 19.3.0.0.0 - Production"
    assert versions.read_database(raw).key == (19, 3, 0, 0, 0)
    assert versions.read_database("Oracle 19c").key == (19,)


def test_order_is_by_numbers_and_not_by_text() -> None:
    ordered = ["8.5.4", "8.5.12", "8.20.1", "9.2.0", "10.0.0"]
    assert sorted(ordered, key=versions.sort_key) == ordered
    assert versions.sort_key("1.8.0_281", "jvm") < versions.sort_key("11.0.22", "jvm")


def test_numbers_for_jql() -> None:
    assert versions.number("8.5.12") == 8_005_012
    assert versions.series("8.5.12") == "8.5"
    assert versions.number(None) is None
    assert versions.series("") is None


def test_releases_go_by_their_marketing_names() -> None:
    assert versions.release_name("Microsoft SQL Server", "15.00.4261") == "2019"
    assert versions.release_name("Microsoft Windows Server 2022 Standard", "10.0.20348") == "Server 2022"
    assert versions.release_name("PostgreSQL", "15.6") is None
