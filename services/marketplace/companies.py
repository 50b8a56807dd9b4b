"""Names of companies: what is left of one when its legal form and its spelling are taken away."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Legal forms, without points, as they stand behind a name in the countries that most customers are in.
_FORMS = """
ab ag as asa aps bv bvba co company corp corporation doo eood ev gbr gmbh group groupe holding inc incorporated kft kg
kk limited llc llp lp ltd ltda mbh nv oy oyj plc pte pty pvt sa sarl sas sasu sau se sl slu snc spa spzoo sro srl sprl
ug und zoo
"""
FORMS = frozenset(_FORMS.split())
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=50_000)
def root_of(name: str | None) -> str:
    """`Lilas S.A.S.`, `LILAS` and `Lílas Group` are `lilas`; empty where nothing is left, or where there is no name."""
    plain = unicodedata.normalize("NFKD", (name or "").casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace(".", "")
    words = [word for word in _WORD.findall(plain) if word not in FORMS]
    return words[0] if words else ""
