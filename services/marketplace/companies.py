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


def plain(name: str | None) -> str:
    """The words of a name without case, accents and legal form: `Lilas S.A.S.` and `LÍLAS` are `lilas`."""
    folded = unicodedata.normalize("NFKD", (name or "").casefold())
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter)).replace(".", "")
    return " ".join(word for word in _WORD.findall(folded) if word not in FORMS)


@lru_cache(maxsize=50_000)
def root_of(name: str | None) -> str:
    """The first word of what `plain` leaves; empty where nothing is left, or where there is no name."""
    return plain(name).partition(" ")[0]
