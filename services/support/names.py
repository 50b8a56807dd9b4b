"""The software that we know by name, and how people write it."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class Known(NamedTuple):
    """A name, its kind, and the pattern (lower case, no captures) under which it is written."""

    kind: str
    name: str
    pattern: str


_PRODUCT_TAIL = r"(?:\s{1,3}(?:software|core|service\s{1,3}management|service\s{1,3}desk))?"

KNOWN = (
    Known("product", "Jira Service Management", r"jira\s{1,3}service\s{0,3}(?:management|desk)"),
    Known("product", "Jira", r"jira" + _PRODUCT_TAIL),
    Known("product", "Confluence", r"confluence"),
    Known("product", "Bitbucket", r"bitbucket"),
    Known("product", "Bamboo", r"bamboo"),
    Known("product", "Crowd", r"crowd"),
    Known("product", "Fisheye", r"fisheye|fecru"),
    Known("product", "Crucible", r"crucible"),
    Known("database", "PostgreSQL", r"postgre(?:s|sql)|postgres(?:ql)?72|postgresql|edb"),
    Known("database", "MariaDB", r"mariadb"),
    Known("database", "MySQL", r"mysql(?:57|8)?"),
    Known("database", "Microsoft SQL Server", r"(?:microsoft\s{1,3})?sql\s{0,3}server|mssql|sqlserver|jtds"),
    Known("database", "Oracle Database", r"oracle\s{1,3}database|oracle(?:10g|11g|12c|19c)|oracle"),
    Known("database", "H2", r"h2"),
    Known("database", "HSQLDB", r"hsql(?:db)?"),
    Known("app_server", "Apache Tomcat", r"(?:apache\s{1,3})?tomcat"),
    Known("app_server", "nginx", r"nginx"),
    Known("app_server", "Apache HTTP Server", r"apache\s{1,3}http\s{1,3}server|httpd"),
    Known("app_server", "HAProxy", r"haproxy"),
    Known("jvm", "Oracle Java", r"java\(tm\)|oracle\s{1,3}(?:jdk|java)"),
    Known("jvm", "OpenJDK", r"openjdk|adoptium|temurin|adoptopenjdk"),
    Known("jvm", "Amazon Corretto", r"corretto"),
    Known("jvm", "Azul Zulu", r"zulu"),
    Known("jvm", "Java", r"java|jdk|jre"),
    Known("os", "Red Hat Enterprise Linux", r"red\s{0,3}hat(?:\s{1,3}enterprise)?(?:\s{1,3}linux)?|rhel"),
    Known("os", "Rocky Linux", r"rocky(?:\s{1,3}linux)?"),
    Known("os", "AlmaLinux", r"alma\s{0,3}linux"),
    Known("os", "Oracle Linux", r"oracle\s{1,3}linux"),
    Known("os", "CentOS", r"centos(?:\s{1,3}linux|\s{1,3}stream)?"),
    Known("os", "Debian", r"debian(?:\s{1,3}gnu/linux)?"),
    Known("os", "Ubuntu", r"ubuntu"),
    Known("os", "SUSE Linux Enterprise Server", r"sles|suse(?:\s{1,3}linux)?(?:\s{1,3}enterprise)?(?:\s{1,3}server)?"),
    Known("os", "Alpine Linux", r"alpine(?:\s{1,3}linux)?"),
    Known("os", "Fedora", r"fedora(?:\s{1,3}linux)?"),
    Known("os", "Amazon Linux", r"amazon\s{1,3}linux"),
    Known("os", "Windows Server", r"(?:microsoft\s{1,3})?windows\s{1,3}server"),
    Known("os", "Windows", r"(?:microsoft\s{1,3})?windows"),
    Known("os", "macOS", r"macos|mac\s{1,3}os(?:\s{1,3}x)?"),
    Known("os", "Linux", r"linux"),
    Known("browser", "Microsoft Edge", r"(?:microsoft\s{1,3})?edge"),
    Known("browser", "Chrome", r"(?:google\s{1,3})?chrome"),
    Known("browser", "Firefox", r"(?:mozilla\s{1,3})?firefox"),
    Known("browser", "Safari", r"safari"),
    Known("browser", "Opera", r"opera"),
)

# Dialect and driver names that say the database without naming it as people do.
_DATABASE_HINTS = (
    ("postgres", "PostgreSQL"),
    ("mariadb", "MariaDB"),
    ("mysql", "MySQL"),
    ("sqlserver", "Microsoft SQL Server"),
    ("sql server", "Microsoft SQL Server"),
    ("mssql", "Microsoft SQL Server"),
    ("jtds", "Microsoft SQL Server"),
    ("oracle", "Oracle Database"),
    ("hsql", "HSQLDB"),
    ("h2", "H2"),
)


@cache
def pattern(known: Known) -> re.Pattern[str]:
    """The whole word, in any case."""
    return re.compile(rf"(?<![\w.-])(?:{known.pattern})(?![\w])", re.IGNORECASE)


def classify(text: str, kind: str | None = None) -> Known | None:
    """The known name that stands first in a text, of one kind or of any."""
    matches = [(match.start(), -len(match.group()), known) for known in KNOWN if (match := _match(known, kind, text))]
    return min(matches, key=lambda found: found[:2])[2] if matches else None


def database(*hints: str | None) -> str | None:
    """The database that names, dialects, drivers or URLs speak of. `postgres72` is a dialect, never version 7.2."""
    for hint in hints:
        for word, name in _DATABASE_HINTS:
            if hint and word in hint.lower():
                return name
    return None


def _match(known: Known, kind: str | None, text: str) -> re.Match[str] | None:
    return pattern(known).search(text) if kind in (None, known.kind) else None
