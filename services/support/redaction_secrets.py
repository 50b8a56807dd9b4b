"""What secrets look like in the files of support cases: by their own shape, and by the name in front of them."""

from __future__ import annotations

from services.support.redaction_checks import holds_secret, is_strong, is_value
from services.support.redaction_rule import NAMES_A_KEY, VALUE, Rule

# A name that stands alone, as in a file of settings; `redaction_keys` says what it names.
_KEY = r"(?P<key>[\w.-]{2,120})"
_SPOKEN = r"(?:password|passwort|kennwort|mot de passe|passcode|passphrase|mdp|pwd|contraseña|secret|token|api[ -]key)"
_SPOKEN_MARKS = "pass|kennwort|mdp|pwd|contrase|secret|token|api key|api-key"
_MARKS = (
    f"pass|pw|mdp|secret|token|{NAMES_A_KEY}|kennwort|contrase|credential|jwt|jeton|identifiants|auth|zugangsdaten|cle|clé|schl|pin|code|senha|"
    "parola"
)

# Credentials that are known by their own shape.
_SHAPES: tuple[Rule, ...] = (
    Rule("secret", "eyj", r"\b(eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}(?:\.[\w-]{0,2000})?)"),
    Rule("secret", "atatt|atctt|atstt|atoa|bbdc-|atbb", r"\b((?:AT[ACS]TT3?|BBDC-|ATBB|(?-i:ATOA))[\w=+/-]{8,400})"),
    Rule(
        "secret",
        "ghp_|gho_|ghs_|ghu_|ghr_|github_pat_|gl|xox|xapp-|akia|asia|sk-|_live_|_test_|aiza|npm_|pypi-|hvs.|dckr_pat_|sg.|"
        "whsec_|dop_v1_",
        r"\b((?:gh[pousr]_|github_pat_|gl[a-z]{2,5}-(?=[\w-]{14})|xox[abeprs]-|xapp-|(?-i:A[KS]IA)(?=[A-Z0-9]{12})|sk-|"
        r"[rsp]k_(?:live|test)_|(?-i:AIza)|npm_|pypi-|hvs\.|dckr_pat_|whsec_|dop_v1_|(?-i:SG)\.(?=[\w-]{16,30}\.))"
        r"[\w.-]{12,400})",
    ),
    Rule("secret", "hooks.slack.com|webhook.office", r"(?:hooks\.slack\.com/|webhook\.office\.com/)(\S{8,400})"),
    Rule("secret", "sig|nature", r"[?&;](?:sig|[\w-]{0,30}signature)=([^\s&\"'<>]{8,2000})"),
    Rule("secret", "signature", r"x-[\w-]{0,30}signature[\w-]{0,10}\s{0,3}:\s{0,3}(\S{8,400})"),
    Rule("secret", "authorization", r"[\"'][\w-]{0,10}authorization[\"']?\s{0,4}:\s{0,4}[\"']?([^\"'\n]{4,4000})"),
    Rule(
        "secret",
        "authorization",
        r"(?<![\"'\w-])[\w-]{0,10}authorization\s{0,4}[:=]\s{0,4}((?:[\w-]{2,30}\s{1,4}\S|\S{16})[^\n]{0,3999})",
    ),
    Rule("secret", "bearer|basic", r"\b(?:Bearer|Basic)\s{1,4}([\w+/=.~-]{8,2000})"),
    Rule("secret", "jsessionid", r"JSESSIONID\s{0,3}[=:]\s{0,3}([\w.!-]{8,200})"),
    Rule("secret", "cookie", r"\bcookie\s{0,4}:\s{0,4}(\S[^\n]{0,3999})"),
    Rule("secret", "cookie", r"\bcookie[\w.-]{0,40}\s{0,4}=\s{0,4}([^\s;<>\"']{1,1000})"),
    Rule("secret", "pat|auth|bearer|token", r"(?<![\w+/])((?-i:[MNO][A-Za-z0-9+/]{39,49}))(?![\w+/])"),
    Rule("secret", "aaab", r"\b((?-i:AAAB)[\w+/=]{20,4000})"),
    Rule("secret", "ssh-|ecdsa-", r"\b(?:ssh-[a-z0-9]{3,10}|ecdsa-[\w-]{4,30})\s{1,4}([\w+/=]{20,4000})"),
)
# Secrets that are known by the name in front of them.
_NAMED: tuple[Rule, ...] = (
    Rule(
        "secret",
        _MARKS,
        r"<(?P<key>[\w.:-]{2,120})(?:\s[^<>]{0,200})?>\s{0,20}"
        r"(?P<value><!\[CDATA\[.{1,4000}?\]\]>|[^<>\n]{1,4000}?)\s{0,20}</",
        accept=holds_secret,
        signs="<",
    ),
    Rule(
        "secret",
        _MARKS,
        r"\b(?:name|key)\s{0,4}=\s{0,4}[\"'](?P<key>[^\"'<>\n]{2,120})[\"'][^<>]{0,100}>\s{0,20}(?P<value>[^<>\n]{1,4000})",
        accept=holds_secret,
        signs=">",
    ),
    Rule(
        "secret",
        _MARKS,
        r"\b(?:name|key)[\"']?\s{0,4}[=:]\s{0,4}[\"']?(?P<key>[\w./:-]{2,120})[\"']?[\s,]{1,20}[\"']?val(?:ue)?[\"']?\s{0,4}[=:]"
        rf"\s{{0,4}}{VALUE}",
        accept=holds_secret,
        signs="=:",
    ),
    Rule(
        "secret",
        _MARKS,
        r"\bval(?:ue)?\s{0,4}=\s{0,4}[\"'](?P<value>[^\"'<>\n]{1,4000})[\"']\s{1,20}(?:name|key)\s{0,4}=\s{0,4}[\"']"
        r"(?P<key>[\w.-]{2,120})[\"']",
        accept=holds_secret,
        signs="=",
    ),
    Rule(
        "secret",
        _MARKS,
        r"<(?:[\w-]{0,20}name|key)>\s{0,20}(?P<key>[\w.-]{2,120})\s{0,20}</[\w-]{1,30}>\s{0,20}<(?:[\w-]{0,20}value|string)>"
        r"(?P<value>[^<>\n]{1,4000})",
        accept=holds_secret,
        signs="<",
    ),
    # A line that is nothing but a key and its value: all the rest is the value, whatever stands in it.
    Rule(
        "secret",
        _MARKS,
        rf"^\s{{0,40}}(?:[-*?+>]\s{{1,4}}|(?:export|set|env|declare -x|setenv)\s{{1,4}})?(?!-){_KEY}"
        r"(?:\s{0,40}[=:]\s{0,40}|\t|\s{2,80})(?![\"'{\[|=])(?P<value>\S.{0,2000})",
        accept=holds_secret,
    ),
    Rule(
        "secret",
        _MARKS,
        rf"(?<![\w.-]){_KEY}(?:\[\d{{1,3}}\]|@\w{{1,30}})?\\?[\"']?\s{{0,40}}(?:[=:-]>|:=|[=:])\s{{0,40}}(?:!\w{{1,20}}\s{{1,4}})?{VALUE}",
        accept=holds_secret,
        signs="=:>",
    ),
    # Labels of several words, in tables and in forms: `Passwort für Jira: …`, `|Mot de passe|…|`.
    Rule(
        "secret",
        _MARKS,
        r"(?:^|[|\t(])\s{0,20}(?P<key>[^\W\d][\w.'’/()-]{0,30}(?: [\w(][\w.'’/()-]{0,30}){0,6})"
        r"(?:\s{0,20}:\s{1,20}|\s{1,20}=\s{1,20}|\s{0,20}\t\s{0,20}|\s{0,10}\|{1,2}\s{0,10})(?P<value>[^|\s][^|\n]{0,400})",
        accept=holds_secret,
        signs=":=\t|",
    ),
    Rule("secret", _MARKS, rf"(?<!\S)--?(?!-){_KEY}\s{{1,8}}(?!-){VALUE}", accept=holds_secret, signs="-"),
    Rule(
        "secret",
        _MARKS,
        rf"^\s{{0,40}}(?:ENV\s{{1,4}}|(?=[\w-]{{1,60}}\.)){_KEY}\s{{1,4}}{VALUE}\s{{0,20}}$",
        accept=holds_secret,
    ),
    Rule(
        "secret",
        _SPOKEN_MARKS,
        rf"(?<![\w.-]){_SPOKEN}(?:\s(?:for|of|de|du|des|für|pour|sur|on|in|zu)\s[\w'’ ]{{1,40}}?)?\s{{1,4}}"
        rf"(?:is|was|are|est|était|c['’]est|ist|war|lautet|es|era|è|:|-)(?:\s{{0,2}}:)?\s{{1,4}}{VALUE}",
        accept=is_value,
    ),
    Rule("secret", _SPOKEN_MARKS, rf"(?<![\w.-]){_SPOKEN}\s{{1,4}}{VALUE}", accept=is_strong),
    # Secrets that are known by the command or the address that they stand in.
    Rule("secret", "curl", r"\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[\s=]{0,4}[\"']?([^\s\"']{1,100}:[^\s\"']{1,300})"),
    Rule(
        "secret",
        "mysql|mariadb",
        r"\b(?:mysql\w{0,10}|mariadb[\w-]{0,10})\s[^\n]{0,200}?(?<!\S)(?-i:-p)(?=\S)([^\s\"']{1,200})",
    ),
    Rule(
        "secret",
        "sqlcmd|ldapsearch|redis-cli|sshpass|docker|storepass|keypass",
        r"(?:\b(?:sqlcmd|ldapsearch|redis-cli|sshpass|docker login)\b[^\n]{0,300}?\s(?:(?-i:-P|-p|-w)|-a)|"
        rf"(?<!\S)-(?:\w{{0,10}}storepass|keypass))\s{{0,4}}{VALUE}",
    ),
    Rule(
        "secret",
        "log|sign|connec|anmeld",
        r"\b(?:log ?in|sign ?in|connect(?:er|é)|connexion|anmelden)\b[^\n]{0,20}?\b(?:with|as|avec|mit)\s{1,4}"
        r"(\S{1,60}\s?/\s?(?=\S{0,40}[\d!$%&#*])\S{1,100})",
    ),
    Rule(
        "secret",
        _MARKS,
        r"<(?P<key>[\w.:-]{2,120})\s[^<>]{0,200}?\bvalue\s{0,4}=\s{0,4}[\"'](?P<value>[^\"'<>\n]{1,4000})[\"']",
        accept=holds_secret,
        signs="<",
    ),
    Rule("secret", "bindpw|identified", r"\b(?:bindpw|identified\s{1,4}by)\s{1,4}[\"']?([^\s\"';]{1,200})"),
    Rule("secret", "net use", r"\bnet use\s{1,4}\S{1,4}\s{1,4}\S{3,200}\s{1,4}(?!/)(\S{1,200})"),
    Rule("secret", "/user:", r"\s/user:\S{1,100}\s{1,4}(?!/)(\S{1,200})"),
    Rule("secret", "pass:", r"(?<![\w-])pass:(\S{4,200})"),
    Rule("secret", "jdbc:oracle", r"jdbc:oracle:[a-z0-9]{1,10}:[\w.-]{1,60}/([^\s/@\"']{1,200})@"),
    Rule("secret", "://", r"://[^\s/:@\"'<>]{0,200}:(?!\d{1,5}/)([^\s@\"'<>]{1,300})@(?=[\w\[])"),
)

SECRETS = _SHAPES + _NAMED
