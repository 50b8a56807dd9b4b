"""What the name of a setting says of its value: a secret, or something about secrets.

Names are taken apart into words, so that `my_app_password_new`, `dbPasswordOld`, `ldap.secret.value`, `PASSWORD_PROD`
and `mot de passe de la base` are one case. The last word tells what is none: `password.min.length`, `tokenStore`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[A-Z]{2,40}(?=[A-Z][a-z])|[A-Z]?[a-z]{1,60}|[A-Z]{1,60}|\d{1,60}")


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_SECRET = _words(
    "password passwords passwd passwort passphrase passcode kennwort contrasena mdp pwd pw pass secret secrets token",
    "jwt jeton credential credentials identifiants zugangsdaten senha parola",
)
# Written together, or with a prefix: `rootpw`, `authtoken`, `mysqlpass`, `lizenzschlüssel`.
_ENDINGS = (
    *("password", "passwd", "passwort", "passphrase", "kennwort", "secret", "token", "pwd", "pw", "pass", "mdp", "jwt"),
    *("schlussel", "motdepasse"),
)
_NO_SECRET = _words("bypass compass trespass")
_BEFORE_KEY = _words(
    "api access private encryption encrypt signing shared secret master license licence account auth session storage",
    "deploy consumer client cipher crypt hmac app",
)
_KEYS_WRITTEN_TOGETHER = tuple(f"{word}key" for word in _BEFORE_KEY)
_PAIRS = {(word, "key") for word in _BEFORE_KEY} | {
    ("mot", "passe"),
    ("pass", "phrase"),
    ("code", "pin"),
    ("pin", "code"),
    ("code", "acces"),
    ("access", "code"),
    ("cle", "api"),
    ("cle", "privee"),
    ("cle", "licence"),
    ("cle", "secrete"),
}
_FILLERS = _words("de d la du of the")
# "key" is a word of half the lines there are: in front of a secret's it has one of the words above, in the same name.
_SECRET_KEY = re.compile(
    rf"(?:{'|'.join(sorted(_BEFORE_KEY))})(?:[^a-z<>\"]|{'|'.join(sorted(_FILLERS, reverse=True))}){{0,200}}key"
)
# Last words that make it a setting about secrets, or the name of a piece of software or of a file.
_ABOUT = _words(
    "length len min max minimum maximum size policy ttl expiry expires expiration expire timeout age lifetime",
    "interval days hours minutes seconds count counter enabled enable disabled disable required allowed strength",
    "complexity history rotation attempts retries retry limit type algorithm algo alg encoder encoding encryption",
    "class factory provider impl handler manager version file path location dir directory url uri",
    "endpoint name field attribute header parameter format mode status state page reset plugin macro",
    "addon module scope scopes audience issuer kind cache store validator validation checker filter",
    "supported date created updated modified label title description expression pattern regex source mapping",
    "alias bits iterations rounds threshold check generator rule rules usage driver position index line column",
    "port connector java py js jar kt xml",
)
# Of what follows, a process that reads one file mostly needs nothing: compiled where it is used.
_PLAIN = (
    r"(?:true|false|none|null|nil|yes|no|on|off|enabled|disabled|oui|non|ja|nein|empty|unset|n/a|undefined|required|optional|"
    r"[|>-]|[|>][-+]|\*{3,40}|x{3,40}|hidden|masked|redacted)[,;]?"
)
# Maybe as coordinates of a library: `jjwt-api:0.12.6`.
_VERSION = r"(?:[a-z][\w.-]{1,80}:)?[\^~=v>< ]{0,3}\d{1,9}(?:\.\d{1,9}){1,4}(?:[-+._]?[a-zA-Z]\w{0,20})?[,;]?"


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, lower case and without accents: `dbPasswordOld` gives `db`, `password`, `old`."""
    text = name.removeprefix("-D")
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return tuple(word.lower() for word in _WORD.findall(text))


def names_a_key(line: str) -> bool:
    """Whether a line, in lower case, may have a name in it that is a secret's by its word "key" alone."""
    return "key" in line and bool(_SECRET_KEY.search(line))


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a setting, an element, a parameter or a label of this name holds a secret."""
    words = [word for word in words_of(name) if word not in _FILLERS and not word.isdigit()]
    if not words or words[-1] in _ABOUT:
        return False
    return (
        words == ["auth"]
        or any(word in _SECRET or _ends_in_secret(word) for word in words)
        or any(pair in _PAIRS for pair in pairwise(words))
    )


def is_harmless(name: str, value: str) -> bool:
    """A switch, a placeholder, a version (`"jsonwebtoken": "9.0.2"`) or a count (`pass: 42`) in place of a secret."""
    if re.fullmatch(_PLAIN, value, re.IGNORECASE):
        return True
    last = words_of(name)[-1:]
    if last == ("auth",) and len(value) < 12:
        return True
    if re.fullmatch(_VERSION, value):
        return last not in (("password",), ("passwd",), ("pwd",), ("mdp",), ("passwort",))
    return last == ("pass",) and len(value) < 4 and value.isdigit()


def _ends_in_secret(word: str) -> bool:
    return word.endswith((*_ENDINGS, *_KEYS_WRITTEN_TOGETHER)) and word not in _NO_SECRET
