"""What secrets and personal data look like in the files of support cases. No quantifier is open-ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.support.redaction_checks import (
    is_address,
    is_host,
    is_inner_host,
    is_ipv6,
    is_mail,
    is_name,
    is_phone,
    is_value,
)

_CREDENTIAL = (
    r"(?:[\w.-]{0,60}(?:pass(?:word|wd|phrase|wort)|kennwort|contrase[nñ]a|mot[ _-]?de[ _-]?passe|secret(?:[ _-]?key)?|"
    r"api[_-]?key|(?:access|account|encryption|signing|shared)[._-]?key|private[._-]?key|auth[_-]?token|access[_-]?token|refresh[_-]?token|credentials?)"
    r"|[\w.-]{0,60}(?:(?-i:[a-z]Pass|[a-z]Token)|[._]pass|[._]pwd|[._-]token|_jwt)|mdp|pwd|pass|token|jwt|passwort)"
)
_IDENTITY = (
    r"(?:[\w.-]{0,40}(?:user[._ -]?name|user|loginname|userdn|bind[._]?dn|\.login)|login|utilisateur|connectionName|"
    r"nom d['’]utilisateur|benutzername|identifiant|usuario|nome utente|sen|"
    r"server[._ -]?id|support ?entitlement ?number|"
    r"[\w.-]{0,40}license[._-]?message|"
    r"licen[sc]e[._ -]?organi[sz]ation|(?:user)?account[._ -]?id|registered ?owner|host ?name|logon ?server)"
)
_NAMED = rf"(?:{_CREDENTIAL}|{_IDENTITY})"
# Labels of `systeminfo`, of licences and of database descriptors, whose whole value is a person, a firm or a machine.
_OWNER = (
    r"(?:registered (?:owner|organi[sz]ation)|host ?name|logon server|domain|product id|organi[sz]ation|licen[sc]ee|"
    r"nom de l['’ ]?h[oô]te|propri[eé]taire(?: enregistr[eé])?|organisation enregistr[eé]e|domaine|"
    r"hostname|registrierter benutzer|registrierte organisation|anmeldeserver|"
    r"nombre de host|propiedad de|propietario registrado|dominio|nome host|proprietario registrato|"
    r"nome do host|propriet[aá]rio registrado)"
)
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
_IDENTITY_MARKS = (
    "user|identifiant|usuario|utente|login|utilisateur|benutzer|connectionname|sen|server|entitlement|licen|account|owner|"
    "host"
)
_MARKS = f"{_CREDENTIAL_MARKS}|{_IDENTITY_MARKS}"


RULES = (
    # Credentials that are known by their own shape.
    _rule("secret", "eyj", r"\b(eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}(?:\.[\w-]{0,2000})?)"),
    _rule("secret", "atatt|atctt|bbdc-|atbb", r"\b((?:ATATT|ATCTT3xFfG|BBDC-|ATBB)[\w=+/-]{8,400})"),
    _rule(
        "secret",
        "ghp_|gho_|ghs_|ghu_|ghr_|github_pat_|glpat-|xox|akia|asia|sk-|_live_|_test_|aiza|npm_|pypi-|hvs.|dckr_pat_|sg.",
        r"\b((?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|(?-i:A[KS]IA)(?=[A-Z0-9]{12})|sk-|[rsp]k_(?:live|test)_|"
        r"(?-i:AIza)|npm_|pypi-|hvs\.|dckr_pat_|(?-i:SG)\.(?=[\w-]{16,30}\.))[\w.-]{12,400})",
    ),
    _rule("secret", "hooks.slack.com|webhook.office", r"(?:hooks\.slack\.com/|webhook\.office\.com/)(\S{8,400})"),
    _rule("secret", "sig=|signature=", r"[?&;](?:sig|[\w-]{0,30}signature)=([^\s&\"'<>]{8,2000})"),
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
    _rule("secret", "curl", r"\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[\s=]{0,4}[\"']?[^\s:\"']{1,100}:([^\s\"']{1,300})"),
    _rule("secret", "sshpass", rf"\bsshpass\s{{1,4}}-p\s{{0,4}}{_VALUE}"),
    _rule(
        "secret",
        "mysql|mariadb",
        r"\b(?:mysql\w{0,10}|mariadb[\w-]{0,10})\s[^\n]{0,200}?(?<!\S)(?-i:-p)(?=\S)([^\s\"']{1,200})",
    ),
    _rule(
        "secret",
        "sqlcmd|ldapsearch|redis-cli",
        rf"\b(?:sqlcmd|ldapsearch|redis-cli)\s[^\n]{{0,300}}?\s(?-i:-P|-w|-a)\s{{0,4}}{_VALUE}",
    ),
    _rule("secret", "storepass|keypass", rf"(?<!\S)-(?:\w{{0,10}}storepass|keypass)\s{{1,4}}{_VALUE}"),
    _rule("secret", "pass:", r"(?<![\w-])pass:(\S{4,200})"),
    _rule(
        "secret",
        _CREDENTIAL_MARKS,
        rf"(?<![\w.-])(?:{_CREDENTIAL}|passcode|code pin)\s{{1,4}}(?:is|was|are|est|était|ist|war|lautet|es|era|è|:)"
        rf"(?:\s{{0,2}}:)?\s{{1,4}}{_VALUE}",
        accept=is_value,
    ),
    _rule("secret", "jdbc:oracle", r"jdbc:oracle:[a-z0-9]{1,10}:[\w.-]{1,60}/([^\s/@\"']{1,200})@"),
    _rule("secret", "token|pat|auth|bearer", r"(?<![\w+/])((?-i:[MNO][A-Za-z0-9+/]{39,49}))(?![\w+/])"),
    _rule("secret", "aaab", r"\b((?-i:AAAB)[\w+/=]{20,4000})"),
    _rule("id", _IDENTITY_MARKS, rf"(?<![\w.-]){_IDENTITY}[\"']?\s{{0,40}}[=:]\s{{0,40}}{_VALUE}", accept=is_name),
    _rule("id", _IDENTITY_MARKS, rf"^\s{{0,40}}{_IDENTITY}(?:\t|\s{{2,80}}){_VALUE}", accept=is_name),
    _rule(
        "id",
        "owner|organi|host|domain|domin|server|licen|propri|propiet|propied|h\u00f4te|hote|benutzer|product id",
        rf"^\s{{0,40}}[*|]{{0,3}}\s{{0,4}}{_OWNER}\s{{0,40}}(?::|\t)\s{{0,40}}(?!\[)(\S.{{0,300}})",
    ),
    _rule("id", "cn=|uid=", r"\b(?:cn|uid)=([^,;\s\"'<>]{1,200})"),
    _rule("secret", "://", r"://[^\s/:@\"'<>]{0,200}:([^\s/@\"'<>]{1,300})@"),
    _rule("id", "://", r"://([^\s/:@\"'<>\[]{1,200})(?::\[secret\])?@"),
    _rule("id", "sen-", r"\b(SEN-[A-Z]?\d{1,12})\b"),
    _rule("id", "-", r"(?<![\w-])((?-i:[A-Z][0-9A-Z]{3}(?:-[0-9A-Z]{4}){3}))(?![\w-])"),
    _rule("id", "accountid", r"accountid:([\w:-]{10,140})"),
    _rule("id", "s-1-5-", r"\b(S-1-5-[\d-]{4,80})"),
    # People and places.
    _rule("mail", "@", rf"(?<![\w.+-])([\w.+-]{{1,64}}@{_DOMAIN})(?![\w-])", numbered=True, accept=is_mail),
    _rule(
        "host",
        "jdbc:",
        r"jdbc:[a-z0-9:]{1,40}(?:[\w.-]{0,60}/\[secret\])?(?:@?//|@)(?:\[id\](?::\[secret\])?@)?(?!\[)([\w.-]{1,200})",
        numbered=True,
    ),
    _rule(
        "host",
        "base",
        r"(?:base[ ._-]?url|url de base|basis-?url)[\"']?\s{0,40}[=:>\t|]\s{0,40}[\"']?https?://(?!\[|localhost\b)([\w.-]{1,200})",
        numbered=True,
    ),
    _rule(
        "host",
        "host",
        r"(?<![\w.-])[\w.-]{0,30}host(?:name)?[\"']?\s{0,4}[=:]\s{0,4}[\"']?([a-z0-9][\w.-]{1,200})",
        numbered=True,
        accept=is_host,
    ),
    _rule(
        "host",
        ".local|.internal|.corp|.lan|.intra|.priv",
        r"(?<![\w.@/-])([a-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){0,5}\.(?:local|internal|corp|lan|intra|intranet|localdomain|priv))(?![\w.-]{0,1}\w)",
        numbered=True,
        accept=is_inner_host,
    ),
    _rule("host", "ldap", r"ldaps?://(?!\[)([\w.-]{1,200})", numbered=True),
    _rule("name", "users\\|home/", r"(?:[A-Z]:\\Users\\|/home/)([^\s\\/\"'<>:;,]{1,64})", numbered=True),
    _rule("phone", "+", r"(?<![\w+.])(\+\d{1,3}[\s().-]{0,3}\d(?:[\s().-]{0,2}\d){6,13})(?!\w)", accept=is_phone),
    _rule("phone", "-", r"(?<![\w.+/-])(\(?[2-9]\d{2}\)?[ -]\d{3}-\d{4})(?![\w.-])"),
    _rule("phone", "0", r"(?<![\w.,:+/-])(0[1-9](?:[\s.-]\d\d){4})(?![\w.-]?\d)"),
    _rule(
        "phone",
        "tel|phone|mobile|fax|tél",
        r"\b(?:tel|tél|téléphone|telefon|phone|mobile|fax)\b[.:\s]{1,6}((?:\+|\(?0)[\d\s().-]{7,20}\d)",
        accept=is_phone,
    ),
    _rule("mac", ":|-", r"(?<![\w:-])([0-9a-f]{2}(?:[:-][0-9a-f]{2}){5})(?![\w:-])", numbered=True),
    _rule("ip", ":", r"(?<![\w:.])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:.])", numbered=True, accept=is_ipv6),
    _rule("ip", ".", r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d])", numbered=True, accept=is_address),
)
