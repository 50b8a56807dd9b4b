"""What secrets and personal data look like in the files of support cases. No quantifier is open-ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_CREDENTIAL = (
    r"(?:[\w.-]{0,60}(?:pass(?:word|wd|phrase|wort)|kennwort|contrase[nñ]a|mot[ _-]?de[ _-]?passe|secret(?:[ _-]?key)?|"
    r"api[_-]?key|access[_-]?key|private[._-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token|credentials?)"
    r"|[\w.-]{0,60}(?:(?-i:[a-z]Pass|[a-z]Token)|[._]pass|[._]pwd|[._]token|_jwt)|mdp|pwd|pass|token|jwt|passwort)"
)
_IDENTITY = (
    r"(?:[\w.-]{0,40}(?:user[._ -]?name|user|loginname|userdn|bind[._]?dn|\.login)|login|utilisateur|connectionName|"
    r"nom d['’]utilisateur|benutzername|sen|server[._ -]?id|support ?entitlement ?number|"
    r"[\w.-]{0,40}license[._-]?message|"
    r"licen[sc]e[._ -]?organi[sz]ation|(?:user)?account[._ -]?id|registered ?owner|host ?name|logon ?server)"
)
_NAMED = rf"(?:{_CREDENTIAL}|{_IDENTITY})"
_DOMAIN = r"[A-Z0-9-]{1,63}(?:\.[A-Z0-9-]{1,63}){0,5}\.[A-Z]{2,24}"
_VALUE = r"(\"[^\"\n]{1,1000}\"|'[^'\n]{1,1000}'|[^\s\"'<>;&]{1,1000})"


@dataclass(frozen=True)
class Rule:
    """What one kind of secret looks like. Group 1 is taken out; `keywords` (lower case) say which lines to look at."""

    token: str
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]
    numbered: bool = False
    accept: Callable[[re.Match[str]], bool] = bool


def _rule(
    token: str,
    keywords: str,
    pattern: str,
    *,
    numbered: bool = False,
    accept: Callable[[re.Match[str]], bool] = bool,
) -> Rule:
    return Rule(token, tuple(keywords.split("|")), re.compile(pattern, re.IGNORECASE), numbered, accept)


_CREDENTIAL_MARKS = "pass|pwd|mdp|secret|token|key|kennwort|contrase|credential|jwt"
_IDENTITY_MARKS = "user|login|utilisateur|benutzer|connectionname|sen|server|entitlement|licen|account|owner|host"
_MARKS = f"{_CREDENTIAL_MARKS}|{_IDENTITY_MARKS}"


def _is_address(match: re.Match[str]) -> bool:
    """An IPv4 address, not a four-part version: `Server version number: 9.0.43.0` and `Chrome/130.0.0.0` stay."""
    before = match.string[max(0, match.start(1) - 40) : match.start(1)]
    after = match.string[match.end(1) : match.end(1) + 8]
    parts = [int(part) for part in match.group(1).split(".")]
    if max(parts) > 255 or parts[0] in (0, 127):
        return False
    if _VERSION_BEFORE.search(before) or re.match(r"[.+_]?\w|-\S", after):
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
    r"plugin|app|addon)\b[\s:=/\"'(>v-]{0,20}|[\w][-_+~]|\bv)$",
    re.IGNORECASE,
)
_NETWORK_BEFORE = re.compile(
    r"(?:\b(?:from|to|ip|ips|addr|address|addresses|adresse|host|hostname|client|remote|peer|peers|node|proxy|gateway|dns|"
    r"listen|server|via|depuis|by)\b[\w.-]{0,15}[\s:=/\"'>(\[-]{0,6}|//|@|,\s?)$",
    re.IGNORECASE,
)


def _is_name(match: re.Match[str]) -> bool:
    """Not a number or a switch: `max.user=500`, `create user: true`."""
    return not re.fullmatch(r"[\"']?(?:\d{1,12}|true|false|on|off|yes|no)[\"',]?", match.group(1), re.IGNORECASE)


def _is_mail(match: re.Match[str]) -> bool:
    """Not a package URL: `pkg:maven/org.hibernate/validator@5.4.3.Final`."""
    before = match.string[max(0, match.start(1) - 300) : match.start(1)].split()
    return not (before and before[-1].lstrip("\"'<(").startswith("pkg:"))


def _is_phone(match: re.Match[str]) -> bool:
    return 8 <= len(re.findall(r"\d", match.group(1))) <= 15


def _is_ipv6(match: re.Match[str]) -> bool:
    text = match.group(1)
    # Not a time of day, not a MAC address, not a C++ scope: eight groups, or a gap with a hexadecimal group beside it.
    return text.count(":") == 7 or ("::" in text and text.count("::") == 1 and any(char.isalnum() for char in text))


RULES = (
    # Credentials that are known by their own shape.
    _rule("secret", "eyj", r"\b(eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}(?:\.[\w-]{0,2000})?)"),
    _rule("secret", "atatt|atctt|bbdc-|atbb", r"\b((?:ATATT|ATCTT3xFfG|BBDC-|ATBB)[\w=+/-]{8,400})"),
    _rule(
        "secret",
        "ghp_|gho_|ghs_|github_pat_|glpat-|xox|akia|sk-",
        r"\b((?:gh[pos]_|github_pat_|glpat-|xox[abprs]-|(?-i:AKIA)|sk-)[\w-]{12,200})",
    ),
    _rule("secret", "bearer|basic", r"\b(?:Bearer|Basic)\s{1,4}([\w+/=.~-]{8,2000})"),
    _rule("secret", "jsessionid", r"JSESSIONID\s{0,3}[=:]\s{0,3}([\w.!-]{8,200})"),
    _rule("secret", "cookie", r"\bcookie\s{0,4}:\s{0,4}(\S[^\n]{0,3999})"),
    _rule("secret", "cookie", r"\bcookie[\w.-]{0,40}\s{0,4}=\s{0,4}([^\s;<>\"']{1,1000})"),
    _rule("secret", "token=", r"[?&;]token=([^\s&\"'<>]{4,2000})"),
    # Credentials and identifiers that are known by the name in front of them.
    _rule("secret", _MARKS, rf"<{_NAMED}(?:\s[^<>]{{0,200}})?>\s{{0,20}}([^<>\n]{{1,4000}}?)\s{{0,20}}</"),
    _rule(
        "secret",
        _MARKS,
        rf"(?:name|key)\s{{0,4}}=\s{{0,4}}[\"']{_NAMED}[\"']"
        rf"(?:\s{{1,20}}value\s{{0,4}}=\s{{0,4}}[\"']|[^<>]{{0,100}}>\s{{0,20}})([^<>\"'\n]{{1,4000}})",
    ),
    # A line that is nothing but a key and its value: all the rest is the value, whatever stands in it.
    _rule(
        "secret",
        _CREDENTIAL_MARKS,
        rf"^\s{{0,40}}(?:-\s{{1,4}}|export\s{{1,4}})?(?!-){_CREDENTIAL}\s{{0,40}}[=:]\s{{0,40}}(?![\"'])(\S.{{0,2000}})",
    ),
    _rule("secret", _CREDENTIAL_MARKS, rf"(?<![\w.-]){_CREDENTIAL}[\"']?\s{{0,40}}[=:]\s{{0,40}}{_VALUE}"),
    _rule("secret", _CREDENTIAL_MARKS, rf"^\s{{0,40}}{_CREDENTIAL}(?:\t|\s{{2,80}}){_VALUE}"),
    _rule("secret", "--", rf"(?<!\S)--{_CREDENTIAL}\s{{1,8}}{_VALUE}"),
    _rule("secret", "curl", r"\bcurl\b[^\n]{0,300}?\s-u\s{0,4}[^\s:]{1,100}:(\S{1,300})"),
    _rule("secret", "token|pat|auth|bearer", r"(?<![\w+/])((?-i:[MNO][A-Za-z0-9+/]{39,49}))(?![\w+/])"),
    _rule("secret", "aaab", r"\b((?-i:AAAB)[\w+/=]{20,4000})"),
    _rule("id", _IDENTITY_MARKS, rf"(?<![\w.-]){_IDENTITY}[\"']?\s{{0,40}}[=:]\s{{0,40}}{_VALUE}", accept=_is_name),
    _rule("id", _IDENTITY_MARKS, rf"^\s{{0,40}}{_IDENTITY}(?:\t|\s{{2,80}}){_VALUE}", accept=_is_name),
    _rule("id", "cn=|uid=", r"\b(?:cn|uid)=([^,;\s\"'<>]{1,200})"),
    _rule("secret", "://", r"://[^\s/:@\"'<>]{0,200}:([^\s/@\"'<>]{1,300})@"),
    _rule("id", "://", r"://([^\s/:@\"'<>\[]{1,200})(?::\[secret\])?@"),
    _rule("id", "sen-", r"\b(SEN-[A-Z]?\d{1,12})\b"),
    _rule("id", "-", r"(?<![\w-])((?-i:[A-Z][0-9A-Z]{3}(?:-[0-9A-Z]{4}){3}))(?![\w-])"),
    _rule("id", "accountid", r"accountid:([\w:-]{10,140})"),
    _rule("id", "s-1-5-", r"\b(S-1-5-[\d-]{4,80})"),
    # People and places.
    _rule("mail", "@", rf"(?<![\w.+-])([\w.+-]{{1,64}}@{_DOMAIN})(?![\w-])", numbered=True, accept=_is_mail),
    _rule(
        "host", "jdbc:", r"jdbc:[a-z:]{1,40}(?://|@)(?:\[id\](?::\[secret\])?@)?(?!\[)([\w.-]{1,200})", numbered=True
    ),
    _rule("host", "ldap", r"ldaps?://(?!\[)([\w.-]{1,200})", numbered=True),
    _rule("name", "users\\|home/", r"(?:[A-Z]:\\Users\\|/home/)([^\s\\/\"'<>:;,]{1,64})", numbered=True),
    _rule("phone", "+", r"(?<![\w+.])(\+\d{1,3}[\s().-]{0,3}\d(?:[\s().-]{0,2}\d){6,13})(?!\w)", accept=_is_phone),
    _rule("phone", "0", r"(?<![\w.,:+/-])(0[1-9](?:[\s.-]\d\d){4})(?![\w.-]?\d)"),
    _rule(
        "phone",
        "tel|phone|mobile|fax|tél",
        r"\b(?:tel|tél|téléphone|telefon|phone|mobile|fax)\b[.:\s]{1,6}((?:\+|\(?0)[\d\s().-]{7,20}\d)",
        accept=_is_phone,
    ),
    _rule("mac", ":|-", r"(?<![\w:-])([0-9a-f]{2}(?:[:-][0-9a-f]{2}){5})(?![\w:-])", numbered=True),
    _rule("ip", ":", r"(?<![\w:.])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:.])", numbered=True, accept=_is_ipv6),
    _rule("ip", ".", r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d])", numbered=True, accept=_is_address),
)
