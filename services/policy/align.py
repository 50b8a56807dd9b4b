"""Which clause of one language says what a clause of the other one says, where their authors gave no common ids.

The order is taken to be the same (what moved is told by its likeness afterwards), so this is an alignment of two
sequences. Likeness comes from the words that French and English share, weighted by how rare they are in the document,
from a few words of the trade, and from where the clauses stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from services.policy.glossary import TITLE_WORDS
from services.policy.sources import Clause

ENOUGH = 0.30
SURE = 0.55
_WORD = re.compile(r"[a-z]{2,}|\d+")
_SMALL_WORDS = "the of and to in on our your you we is le la les de des du et en un une vos nos vous nous"
_SMALL = frozenset(_SMALL_WORDS.split())
Pair = tuple[Clause | None, Clause | None]


def align(french: Sequence[Clause], english: Sequence[Clause]) -> list[Pair]:
    """The clauses in pairs, in order; a clause that has no counterpart stands alone."""
    alike = _likeness(french, english)
    best = [[0.0] * (len(english) + 1) for _ in range(len(french) + 1)]
    for i in range(len(french) - 1, -1, -1):
        for j in range(len(english) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike[i][j] - ENOUGH)
    return _facing(_walk(french, english, alike, best))


def _facing(pairs: Sequence[Pair]) -> list[Pair]:
    """Where as many stand alone on one side as on the other, between the same neighbours, they are each other's."""
    found: list[Pair] = []
    for together, run in groupby(pairs, key=lambda pair: pair[0] is not None and pair[1] is not None):
        group = list(run)
        french, english = ([pair[side] for pair in group if pair[side] is not None] for side in (0, 1))
        same = [one.level for one in french if one] == [one.level for one in english if one]
        found += group if together or not same else list(zip(french, english, strict=True))
    return found


def moved(pairs: Sequence[Pair]) -> list[tuple[Clause, Clause]]:
    """Clauses without counterpart in their place that have one elsewhere."""
    french = [one for one, other in pairs if one and not other]
    english = [other for one, other in pairs if other and not one]
    alike = _likeness(french, english)
    found: list[tuple[Clause, Clause]] = []
    for i, one in enumerate(french):
        j = max(range(len(english)), key=lambda j: alike[i][j], default=None)
        if j is not None and alike[i][j] >= SURE and all(english[j] is not other for _, other in found):
            found.append((one, english[j]))
    return found


def _walk(
    french: Sequence[Clause], english: Sequence[Clause], alike: list[list[float]], best: list[list[float]]
) -> list[Pair]:
    pairs: list[Pair] = []
    i = j = 0
    while i < len(french) or j < len(english):
        both = i < len(french) and j < len(english)
        if both and best[i][j] == best[i + 1][j + 1] + alike[i][j] - ENOUGH:
            pairs.append((french[i], english[j]))
            i, j = i + 1, j + 1
        elif i < len(french) and (not both or best[i][j] == best[i + 1][j]):
            pairs.append((french[i], None))
            i += 1
        else:
            pairs.append((None, english[j]))
            j += 1
    return pairs


def _likeness(french: Sequence[Clause], english: Sequence[Clause]) -> list[list[float]]:
    bodies = [[_stems(clause.markdown) for clause in clauses] for clauses in (french, english)]
    titles = [[_title_stems(clause.title) for clause in clauses] for clauses in (french, english)]
    known = Counter(stem for side in bodies for body in side for stem in body)
    rows = []
    for i, one in enumerate(french):
        row = []
        for j, other in enumerate(english):
            if one.named and other.named:
                row.append(2.0 if one.id == other.id else 0.0)
                continue
            titled = _overlap(titles[0][i], titles[1][j], {})
            said = _overlap(bodies[0][i], bodies[1][j], known)
            away = abs(i / max(1, len(french)) - j / max(1, len(english)))
            row.append(0.6 * titled + 0.7 * said + 0.1 * (one.level == other.level) + 0.15 * max(0, 1 - 6 * away))
        rows.append(row)
    return rows


def _overlap(one: frozenset[str], other: frozenset[str], known: Mapping[str, int]) -> float:
    def weight(stems: frozenset[str]) -> float:
        return sum(1 / known.get(stem, 1) for stem in stems)

    return 2 * weight(one & other) / (weight(one) + weight(other)) if one and other else 0.0


def plain_words(text: str) -> list[str]:
    """Small letters without accents, word by word."""
    bare = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return _WORD.findall(re.sub(r"(\w)-(\w)", r"\1\2", bare.replace("'", " ")))


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in plain_words(text) if len(word) >= 5 or word.isdigit())


def _title_stems(text: str) -> frozenset[str]:
    return frozenset(
        TITLE_WORDS.get(word, word)[:5] for word in plain_words(text.replace("’", "'")) if word not in _SMALL
    )
