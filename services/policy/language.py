"""Telling French from English by the small words that every sentence needs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from models.register import Language

# Words that the two languages share in writing ("on", "or", "plus", "a") are in neither list.
_FRENCH = """le la les un une des du de et est sont dans pour par sur avec que qui ne pas ce cette ces vos votre vous
    nous nos notre au aux ou où il elle ils leur se sa son si été être peut sans l d c n s qu j m"""
_ENGLISH = """the of and is are in for by with that which not this these your you we our to at it they their be been
    can without from an if as any will was were has have its his her"""
_SMALL_WORDS: Mapping[Language, frozenset[str]] = {
    "fr": frozenset(_FRENCH.split()),
    "en": frozenset(_ENGLISH.split()),
}
_WORD = re.compile(r"[^\W\d_]+")
# Below this a block has too few small words for a verdict: names and headings would be false alarms.
MIN_WORDS = 8
MARGIN = 2.0


def language_of(text: str) -> Language | None:
    """The language of a block of text; None when it is too short, or when neither language clearly wins."""
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < MIN_WORDS:
        return None
    french, english = (sum(word in _SMALL_WORDS[language] for word in words) for language in ("fr", "en"))
    if french >= 3 and french > MARGIN * english:
        return "fr"
    if english >= 3 and english > MARGIN * french:
        return "en"
    return None


def has_french_letters(text: str) -> bool:
    """Are there accents or a cedilla in it, which no English heading of a policy has?"""
    return re.search(r"[àâæçéèêëîïôœùûüÿ]", text, re.IGNORECASE) is not None
