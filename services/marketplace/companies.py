"""Names of companies: what is left of one when its legal form and its spelling are taken away."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Legal forms, without points, as they stand behind a name in the countries that most customers are in; and an article.
_FORMS = """
ab ag as asa aps bv bvba co company corp corporation doo eood ev gbr gmbh group groupe holding inc incorporated kft kg
kk limited llc llp lp ltd ltda mbh nv oy oyj plc pte pty pvt sa sarl sas sasu sau se sl slu snc spa spzoo sro srl sprl
the ug und zoo
"""
FORMS = frozenset(_FORMS.split())
_WORD = re.compile(r"\w+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Shorter words stand in many names of domains by chance.
TELLING = 4


def plain(name: str | None) -> str:
    """The words of a name without case, accents and legal form: `Lilas S.A.S.` and `LÍLAS` are `lilas`."""
    folded = (name or "").casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded)
        folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    folded = folded.replace(".", "")
    return " ".join(word for word in _WORD.findall(folded) if word not in FORMS)


@lru_cache(maxsize=50_000)
def root_of(name: str | None) -> str:
    """The first word of what `plain` leaves; empty where nothing is left, or where there is no name."""
    return plain(name).partition(" ")[0]


@lru_cache(maxsize=50_000)
def is_of_domain(name: str, domain: str) -> bool:
    """Is the domain named after this company? So each faculty is of its university: by one long word of its name, or a
    short one that is all between two hyphens, or by the initials."""
    label = plain(domain.partition(".")[0].replace("-", " "))
    words = {*plain(name).split(), *plain(name.casefold().translate(_UMLAUTS)).split()}
    parts = {*label.split(), label.replace(" ", "")}
    initials = "".join(word[0] for word in plain(name).split())
    long = any(len(word) >= TELLING and any(word in part for part in parts) for word in words)
    return long or bool(parts & words) or (len(initials) > 2 and initials in parts)


def is_called(company: str, person: str | None) -> bool:
    """Is the "company" only its evaluator's own name, as old rows have it (`claire-durand` for Claire Durand)?"""
    theirs = sorted(plain(person).split())
    return bool(theirs) and sorted(plain(company.replace("-", " ")).split()) == theirs
