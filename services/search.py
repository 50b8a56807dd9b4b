"""Search in sealed fields: blinded trigrams, in the order of the text, so that part of a word is found.

Equal trigrams have equal marks: whoever steals the database alone learns how often marks occur, and no text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from models.vault import Vault

MARK_CHARS = 6
MAX_CHARS = 200
BETWEEN = "x"
MAX_KNOWN = 50_000
# Digits and letters mixed are cut into numbers and words by the full-text index of PostgreSQL.
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def folded(text: str) -> str:
    """Lower case, without accents, one space between words."""
    plain = text[:MAX_CHARS].casefold()
    if plain.isascii():
        return " ".join(plain.split())
    plain = unicodedata.normalize("NFKD", plain)
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).split())


def index(vault: Vault, texts: Iterable[str | None]) -> str:
    """What is stored for a row: the marks of each text, and between two a word that is none: no match runs across."""
    return f" {BETWEEN} ".join(_marks(vault, folded(text)) for text in texts if text)


def needle(vault: Vault, query: str) -> str | None:
    """What to look for, marks as they stand in `index`; None for a query under three characters, which would match
    nearly everything."""
    return _marks(vault, folded(query)) or None


def _marks(vault: Vault, text: str) -> str:
    known = _known(vault)
    if len(known) > MAX_KNOWN:
        known.clear()
    return " ".join([known[text[at : at + 3]] for at in range(len(text) - 2)])


class _Marks(dict[str, str]):
    """The mark of each trigram. Names share theirs: nearly all are in here after the first few hundred."""

    def __init__(self, vault: Vault) -> None:
        super().__init__()
        self._vault = vault

    def __missing__(self, trigram: str) -> str:
        mark = self[trigram] = self._vault.blind_index("trigram", trigram)[:MARK_CHARS].translate(LETTERS)
        return mark


@lru_cache(maxsize=2)
def _known(vault: Vault) -> _Marks:
    return _Marks(vault)
