"""What tells a secret or a person from a version, where the pattern alone cannot. Each looks at a match of a rule."""

from __future__ import annotations

import re


def is_address(match: re.Match[str]) -> bool:
    """An IPv4 address, not a four-part version: `Server version number: 9.0.43.0` and `Chrome/130.0.0.0` stay."""
    before = match.string[max(0, match.start(1) - 40) : match.start(1)]
    after = match.string[match.end(1) : match.end(1) + 8]
    parts = [int(part) for part in match.group(1).split(".")]
    if max(parts) > 255 or parts[0] in (0, 127):
        return False
    if _VERSION_BEFORE.search(before) or _SERVER_PRODUCT_BEFORE.search(before) or re.match(r"[.+_]?\w|-\S", after):
        return False
    return bool(_NETWORK_BEFORE.search(before) or re.match(r":\d|/\d|\s-\s|\)", after)) or _looks_like_one(parts)


def _looks_like_one(parts: list[int]) -> bool:
    """With nothing around it that would tell: a private network, or numbers larger than versions have."""
    first, second, *last = parts
    if first == 10 or (first, second) in ((192, 168), (169, 254)) or (first == 172 and 16 <= second < 32):
        return True
    return last != [0, 0] and (first >= 100 or (first > 30 and max(second, *last) >= 100))


_VERSION_BEFORE = re.compile(
    r"(?:\b(?:version|versionsnummer|versión|ver|release|build|driver|pilote|number|tomcat|java|jdk|jre|jvm|chrome|chromium|"
    r"firefox|safari|edge?|edg|opr|opera|brave|jira|confluence|bitbucket|postgresql|mysql|mariadb|oracle|windows|linux|kernel|"
    r"plugin|app|addon|extension|weblogic|websphere|jetty|nginx|wildfly|db2|jdbc|ojdbc|connector|update|patch|hotfix|rtm|sp\d)\b[\s:=/\"'(>v-]{0,20}|[\w][-_+~]|\bv)$",
    re.IGNORECASE,
)
# "SQL Server 12.6.1.0" names a product; "server 8.8.8.8" a machine.
_SERVER_PRODUCT_BEFORE = re.compile(
    r"\b(?:sql|weblogic|websphere|application|windows|web|http|wildfly|jboss|mssql|report\w{0,10})\s{0,2}server"
    r"[\s:=/(v-]{0,6}$",
    re.IGNORECASE,
)
_NETWORK_BEFORE = re.compile(
    r"(?:\b(?:from|to|ip|ips|addr|address|addresses|adresse|host|hostname|client|remote|peer|peers|node|proxy|gateway|dns|"
    r"listen|server|via|depuis|by)\b[\w.-]{0,15}[\s:=/\"'>(\[-]{0,6}|//|@|,\s?)$",
    re.IGNORECASE,
)


def is_name(match: re.Match[str]) -> bool:
    """Not a number or a switch: `max.user=500`, `create user: true`."""
    return not re.fullmatch(r"[\"']?(?:\d{1,12}|true|false|on|off|yes|no)[\"',]?", match.group(1), re.IGNORECASE)


def is_value(match: re.Match[str]) -> bool:
    """What follows "the password is": a quoted word or one with a digit or a sign in it, not a word of the sentence."""
    value = match.group(1)
    return value[0] in "\"'`«" or bool(re.search(r"\d|[^\w.,;:!?'’-]", value.rstrip(".,;:!?")))


def is_host(match: re.Match[str]) -> bool:
    """A name of a machine: it has a letter, and it is not this very machine or a switch."""
    value = match.group(1).lower()
    return bool(re.search(r"[a-z]", value)) and value not in ("localhost", "true", "false", "none", "null", "unknown")


_CODE_ROOTS = (
    "com",
    "org",
    "net",
    "io",
    "fr",
    "de",
    "java",
    "javax",
    "jakarta",
    "sun",
    "jdk",
    "atlassian",
    "hibernate",
)


def is_inner_host(match: re.Match[str]) -> bool:
    """`pg01.acme.local`, not a package of code: `com.example.internal`."""
    return match.group(1).lower().split(".")[0] not in _CODE_ROOTS


def is_mail(match: re.Match[str]) -> bool:
    """Not a package URL: `pkg:maven/org.hibernate/validator@5.4.3.Final`."""
    before = match.string[max(0, match.start(1) - 300) : match.start(1)].split()
    return not (before and before[-1].lstrip("\"'<(").startswith("pkg:"))


def is_phone(match: re.Match[str]) -> bool:
    """As many digits as a telephone number has."""
    return 8 <= len(re.findall(r"\d", match.group(1))) <= 15


def is_ipv6(match: re.Match[str]) -> bool:
    """An IPv6 address: eight groups, or a gap with a hexadecimal group beside it."""
    text = match.group(1)
    # Not a time of day, not a MAC address, not a C++ scope: eight groups, or a gap with a hexadecimal group beside it.
    return text.count(":") == 7 or ("::" in text and text.count("::") == 1 and any(char.isalnum() for char in text))
