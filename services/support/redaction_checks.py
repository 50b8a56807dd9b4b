"""What tells a secret or a person from a version, where the pattern alone cannot. Each looks at a match of a rule."""

from __future__ import annotations

import re

from services.support import names
from services.support.redaction_keys import is_harmless, is_secret


def holds_secret(match: re.Match[str]) -> bool:
    """By its name the value is a secret, and it is none of those that give nothing away."""
    value = match["value"].strip("\"'\\ ,")
    return is_secret(match["key"].strip()) and bool(value) and not is_harmless(match["key"], value)


def is_address(match: re.Match[str]) -> bool:
    """An IPv4 address, not a four-part version: `Server version number: 9.0.43.0` and `Chrome/130.0.0.0` stay."""
    before = match.string[max(0, match.start(1) - 40) : match.start(1)]
    after = match.string[match.end(1) : match.end(1) + 8]
    parts = [int(part) for part in match.group(1).split(".")]
    if max(parts) > 255 or parts[0] in (0, 127):
        return False
    if (
        re.search(_UPGRADE_BEFORE, before, re.IGNORECASE)
        or re.search(_VERSION_BEFORE, before, re.IGNORECASE)
        or re.search(_SERVER_PRODUCT_BEFORE, before, re.IGNORECASE)
        or re.match(r"[.+_]?\w|-\S", after)
    ):
        return False
    is_one = re.search(_NETWORK_BEFORE, before, re.IGNORECASE) or re.match(r":\d|/\d|\s-\s|\)", after)
    return bool(is_one) or _looks_like_one(parts)


def _looks_like_one(parts: list[int]) -> bool:
    """With nothing around it that would tell: a private network, or numbers larger than versions have."""
    first, second, *last = parts
    if first == 10 or (first, second) in ((192, 168), (169, 254)) or (first == 172 and 16 <= second < 32):
        return True
    return last != [0, 0] and (first >= 100 or (first > 30 and max(second, *last) >= 100))


# Not compiled at once: a file without an address needs none of them.
_VERSION_BEFORE = (
    r"(?:\b(?:version|versionsnummer|versión|ver|release|build|driver|pilote|number|tomcat|java|jdk|jre|jvm|chrome|chromium|"
    r"firefox|safari|edge?|edg|opr|opera|brave|jira|confluence|bitbucket|postgresql|mysql|mariadb|oracle|windows|linux|kernel|"
    r"plugin|app|addon|extension|weblogic|websphere|jetty|nginx|wildfly|db2|jdbc|ojdbc|connector|update|patch|hotfix|rtm|sp\d)\b[\s:=/\"'(>v-]{0,20}|[\w][-_+~]|\bv)$"
)
_UPGRADE_BEFORE = r"\b(?:up|down)(?:grad|dat)|\bmigrat|\bmise [aà] jour|\baktualisier"
# "SQL Server 12.6.1.0" names a product; "server 8.8.8.8" a machine.
_SERVER_PRODUCT_BEFORE = (
    r"\b(?:sql|mysql|mariadb|postgres|postgresql|oracle|jira|confluence|weblogic|websphere|application|windows|web|http|wildfly|jboss|mssql|report\w{0,10})\s{0,2}server"
    r"[\s:=/(v-]{0,6}$"
)
_NETWORK_BEFORE = (
    r"(?:\b(?:from|to|ip|ips|addr|address|addresses|adresse|host|hostname|client|remote|peer|peers|node|proxy|gateway|dns|"
    r"listen|server|via|depuis|by)\b[\w.-]{0,15}[\s:=/\"'>(\[-]{0,6}|//|@|,\s?)$"
)


def is_name(match: re.Match[str]) -> bool:
    """Not a number or a switch: `max.user=500`, `create user: true`."""
    return not re.fullmatch(
        r"[\"']?(?:\d{1,12}|localhost|true|false|on|off|yes|no)[\"',]?",
        match[match.re.groupindex.get("value", 1)],
        re.IGNORECASE,
    )


def is_value(match: re.Match[str]) -> bool:
    """What follows "the password is": a quoted word or one with a digit or a sign in it, not a word of the sentence."""
    value = match.group("value")
    return value[0] in "\"'`«" or bool(re.search(r"\d|[^\w.,;:!?'’-]", value.rstrip(".,;:!?")))


def is_strong(match: re.Match[str]) -> bool:
    """What follows the word "password" with nothing between: letters and digits together, no algorithm, no version."""
    value = match.group("value").strip("\"'.,;:!?")
    return bool(
        len(value) >= 8
        and re.search(r"\d", value)
        and re.search(r"[a-z]", value, re.IGNORECASE)
        and not re.match(r"[v\d.]{1,20}(?:[-+]|$)|.{0,20}(?:sha\d|hmac|aes|rsa|md5|pbkdf|utf-8)", value, re.IGNORECASE)
    )


def is_person(match: re.Match[str]) -> bool:
    """Capitalised words without a digit, which name no software: `Contact: Bob Charlie`, not `Nom : Confluence`."""
    value = match.group("value")
    software = re.search(r"\d", value) or names.classify(value) or names.database(value)
    return not software and not re.search(_NO_PERSON, value, re.IGNORECASE)


# Vendors and words that stand where a person could.
_NO_PERSON = (
    r"^(?:Atlassian|Microsoft|Apache|Oracle|Adobe|Google|Amazon|Standalone|Unknown|None|Null|True|False|Yes|No|"
    r"Support|System|Anonymous|The|This|It|We|If|I|Our|My|On|In|After|Since|Please|All|Nous|Notre|Je|Vous|Il|Le|La|Les|Un|"
    r"Une|Depuis|Après|Wir|Ich|Der|Die|Das|Unser|Nach|Seit|Bitte|Team|Everyone|Default|Commercial|Community|Version|Plugin|App|"
    r"Add-on|Server|Cloud|Data Center|Unassigned|Automatic|Root|Intel|AMD)\b"
)


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
    # Not a time of day, not a MAC address, not a C++ scope, not this very machine.
    text = match.group(1)
    digits = sum(char.isalnum() for char in text)
    return text.count(":") == 7 or (text.count("::") == 1 and digits > 3)
